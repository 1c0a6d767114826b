import { describeApplication, onServer } from "@modelyard/repo-tests/application";
import { vi } from "vitest";

describeApplication("Fastify", async (environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { app } = await import("./app.js");
  await app.listen({ port: 0, host: "127.0.0.1" });
  return onServer(app.server);
});
