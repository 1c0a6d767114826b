import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Cli } from "./support/run-cli.js";

let cli: Cli;
// No packages are installed in this folder or in its parents.
const folder = mkdtempSync(join(tmpdir(), "modelyard-module-"));

beforeAll(async () => {
  cli = await Cli.build("strategy-modules");
});
afterEach(() => {
  cli.stop();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const make =
  'strategy = () => ({ name: "mine", pick: (candidates, context) => pickLowest(candidates, context, () => 1) });\n';

/** Node before 22.15 has no hooks for modules. */
const lends = "registerHooks" in nodeModule;

it.skipIf(!lends).each([
  [
    "mine.mjs",
    `import { pickLowest } from "modelyard";\nimport { isJsonObject } from "@modelyard/core/kit";\nif (!isJsonObject({})) throw new Error("no");\nexport const ${make}`,
  ],
  ["mine.cjs", `const { pickLowest } = require("@modelyard/strategies");\nexports.${make}`],
])("the bundled proxy shares its packages with a strategy's module: %s", async (name, text) => {
  writeFileSync(join(folder, name), text);
  const file = join(folder, "config.yaml");
  const entry = "  - { model_name: m, litellm_params: { model: openai/m, api_key: k } }\n";
  writeFileSync(file, `model_list:\n${entry.repeat(2)}router_settings: { routing_strategy: ./${name} }\n`);
  const run = cli.run(["check", file], { env: { NODE_PATH: "" } });
  const code = await run.exited;
  expect(run.output()).toContain("m: 2 deployments, mine");
  expect(code).toBe(0);
});
