import { pathToFileURL } from "node:url";
import { describeApplication, onServer } from "@modelyard/repo-tests/application";
import { bundle } from "@modelyard/repo-tests/bundle";
import { vi } from "vitest";
import type * as Example from "./app.js";

describeApplication("Express", async (environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  // The tests run with the condition "import", with which a dependency of Express is not what it requires.
  const { file, remove } = await bundle(new URL("app.ts", import.meta.url));
  const { app } = (await import(pathToFileURL(file).href)) as typeof Example;
  remove();
  return onServer(app.listen(0, "127.0.0.1"));
});
