import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { describeApplication, onServer } from "@modelyard/repo-tests/application";
import { vi } from "vitest";

describeApplication("Hono", async (environment) => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { app } = await import("./app.js");
  return onServer(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
});
