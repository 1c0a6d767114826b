import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "@modelyard/platform-tests/processes";
import { reportMissing, runtimes } from "@modelyard/platform-tests/runtimes";
import { type Application, describeApplication, type Environment, onPort } from "@modelyard/repo-tests/application";
import { bundleForWeb } from "@modelyard/repo-tests/bundle";

const runtime = runtimes.deno;
reportMissing([runtime]);

async function start(environment: Environment): Promise<Application> {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-deno-"));
  await bundleForWeb(fileURLToPath(new URL("server.ts", import.meta.url)), join(folder, "server.mjs"), "deno");
  const env = { ...environment, PORT: "0" };
  const permissions = ["--allow-net=127.0.0.1,0.0.0.0:0", `--allow-env=${Object.keys(env).join(",")}`];
  const server = await startServer({ runtime, folder, file: "server.mjs", permissions, env });
  return onPort(server.port, async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
}

describeApplication("Deno", start, { available: runtime.binary !== undefined });
