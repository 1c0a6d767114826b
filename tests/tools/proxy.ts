import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../../../apps/proxy/dist/cli.js", import.meta.url));

export interface Proxy {
  readonly origin: string;
  /** What it has logged. */
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Starts the built proxy with this configuration, which is written to the folder. JSON is YAML, too. */
export async function startProxy(folder: string, configuration: unknown): Promise<Proxy> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, JSON.stringify(configuration, undefined, 2));
  const child = spawn(process.execPath, [cli, "serve", "--config", file, "--port", "0", "--no-watch"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  let log = "";
  const origin = await new Promise<string>((resolve, reject) => {
    const read = (piece: Buffer): void => {
      log += piece.toString();
      const url = /http:\/\/\S+:\d+/u.exec(log)?.[0];
      if (url !== undefined) resolve(url);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => {
      reject(new Error(`The proxy did not start (exit code ${String(code)}):\n${log}`));
    });
  });
  return {
    // It listens on all addresses, since it has a master key.
    origin: origin.replace("0.0.0.0", "127.0.0.1"),
    log: () => log,
    stop: async () => {
      const exit = once(child, "exit");
      kill();
      await exit;
      process.off("exit", kill);
    },
  };
}
