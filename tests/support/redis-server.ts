import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    redisUrl: string | undefined;
  }
}

interface Binary {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A Redis server of the tests. */
export interface RedisProcess {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Stops the process without closing its connections. */
  pause(): void;
  resume(): void;
  kill(): void;
  stop(): Promise<void>;
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(executable);
}

const cacheFolder = fileURLToPath(new URL("../../node_modules/.cache/redis", import.meta.url));
const unpacked = join(cacheFolder, "root");

function libraries(): NodeJS.ProcessEnv {
  const folder = join(unpacked, "usr/lib");
  const paths = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return { LD_LIBRARY_PATH: paths.join(delimiter) };
}

/** Debian's packages, unpacked into the project's cache without root permissions. */
function unpackDebian(): Binary | undefined {
  const path = join(unpacked, "usr/bin/redis-server");
  if (executable(path)) return { path, env: libraries() };
  if (onPath("apt-get") === undefined || onPath("dpkg") === undefined) return undefined;
  try {
    mkdirSync(join(cacheFolder, "lists/partial"), { recursive: true });
    mkdirSync(join(cacheFolder, "archives/partial"), { recursive: true });
    mkdirSync(unpacked, { recursive: true });
    const options = [
      `Dir::State::Lists=${cacheFolder}/lists`,
      `Dir::Cache=${cacheFolder}`,
      "Dir::Cache::archives=archives",
    ].flatMap((option) => ["-o", option]);
    execFileSync("apt-get", [...options, "update"], { cwd: cacheFolder, stdio: "ignore" });
    execFileSync("apt-get", [...options, "download", "redis-server", "redis-tools", "libjemalloc2", "liblzf1"], {
      cwd: cacheFolder,
      stdio: "ignore",
    });
    for (const file of readdirSync(cacheFolder).filter((name) => name.endsWith(".deb"))) {
      execFileSync("dpkg", ["-x", file, unpacked], { cwd: cacheFolder, stdio: "ignore" });
    }
    writeFileSync(join(cacheFolder, "README"), "Debian's redis-server, unpacked for the tests.\n");
  } catch {
    return undefined;
  }
  return executable(path) ? { path, env: libraries() } : undefined;
}

/** The binary from REDIS_SERVER, from the PATH or from Debian's packages. `undefined`: there is none. */
export function findRedis(): Binary | undefined {
  const path = process.env["REDIS_SERVER"] ?? onPath("redis-server") ?? onPath("valkey-server");
  return path === undefined ? unpackDebian() : { path, env: {} };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write("PING\r\n");
    });
    const finish = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once("data", () => {
      finish(true);
    });
    socket.once("error", () => {
      finish(false);
    });
  });
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (child.exitCode !== null) throw new Error(`redis-server exited with code ${String(child.exitCode)}`);
    if (await answers(port)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  throw new Error("redis-server did not become ready");
}

/**
 * Starts a Redis on a free local port, without persistence.
 * @param args - arguments of redis-server; a configuration file must come first
 */
export async function startRedis(
  args: readonly string[] = [],
  options: { readonly port?: number } = {},
): Promise<RedisProcess> {
  const binary = findRedis();
  if (binary === undefined) throw new Error("redis-server was not found");
  const port = options.port ?? (await freePort());
  const file = args.filter((arg) => arg.endsWith(".conf"));
  const rest = args.filter((arg) => !file.includes(arg));
  const child = spawn(
    binary.path,
    [...file, "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...rest],
    {
      stdio: "ignore",
      env: { ...process.env, ...binary.env },
    },
  );
  await untilReady(child, port);
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    host: "127.0.0.1",
    port,
    pause: () => {
      child.kill("SIGSTOP");
    },
    resume: () => {
      child.kill("SIGCONT");
    },
    kill: () => {
      child.kill("SIGKILL");
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** URL of the Redis that all tests share. `undefined`: there is none, and tests that need it are skipped. */
export function redisForTests(): string | undefined {
  return inject("redisUrl");
}
