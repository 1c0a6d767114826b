import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorker } from "@modelyard/platform-tests/processes";
import { reportMissing, runtimes } from "@modelyard/platform-tests/runtimes";
import { type Application, describeApplication, type Environment, onPort } from "@modelyard/repo-tests/application";
import { bundleForWeb } from "@modelyard/repo-tests/bundle";

const { binary = "" } = runtimes.workerd;
reportMissing([runtimes.workerd]);

const options = {
  available: binary !== "",
  // Workerd notices that a client has left when it sends it something.
  noticesAtOnce: false,
};

async function start(environment: Environment): Promise<Application> {
  const folder = mkdtempSync(join(tmpdir(), "modelyard-worker-"));
  await bundleForWeb(fileURLToPath(new URL("worker.ts", import.meta.url)), join(folder, "worker.js"), "workerd");
  const bindings = Object.entries(environment).map(([name, value]) => `(name = "${name}", text = "${value}")`);
  const configuration = join(folder, "worker.capnp");
  writeFileSync(
    configuration,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [
         (name = "worker", worker = .worker),
         (name = "internet", network = (allow = ["public", "private"])),
       ],
       sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
     );
     const worker :Workerd.Worker = (
       modules = [(name = "worker", esModule = embed "worker.js")],
       compatibilityDate = "2026-04-01",
       bindings = [${bindings.join(", ")}],
     );`,
  );
  const server = await startWorker(binary, configuration);
  return onPort(server.port, async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
}

describeApplication("Cloudflare Workers", start, options);
