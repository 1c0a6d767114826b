import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/** Clock ticks per second in `/proc`: 100 for programs on every Linux platform. */
const ticksPerSecond = 100;

const canPin = availableParallelism() > 1 && spawnSync("taskset", ["-V"]).status === 0;

export interface StartOptions {
  readonly command?: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it prints when it is ready, with its port as the group `port`; or a path that it then answers. */
  readonly ready: RegExp | { readonly port: number; readonly path: string };
}

/** How long to wait for a process to be ready, in milliseconds. */
const startLimitMs = 120_000;
/** Interval of requests that test whether it answers, in milliseconds. */
const lookMs = 100;

/** A server under test, or one that a test needs. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** How long it took to be ready, in milliseconds. */
  readonly readyMs: number;
  stop(): void;
}

/** Pins this process to a core. Without `taskset`, the scheduler decides. */
export function pinSelf(core: number): void {
  if (canPin) spawnSync("taskset", ["-pc", String(core), String(process.pid)]);
}

/** Starts a process pinned to a core and waits until it is ready. @throws with its output if it fails to start */
export async function start(core: number, options: StartOptions): Promise<Running> {
  const { command = process.execPath, args, env, cwd, ready } = options;
  const [file, ...rest] = canPin
    ? (["taskset", "-c", String(core), command, ...args] as const)
    : ([command, ...args] as const);
  const began = performance.now();
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env }, cwd });
  // No process must survive the end of the run, however it ends.
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  child.once("exit", () => {
    process.off("exit", kill);
  });
  const port = await Promise.race([
    ready instanceof RegExp ? portOf(child, ready) : answering(ready),
    unready(child),
  ]).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    pid: child.pid ?? 0,
    port,
    readyMs: performance.now() - began,
    stop: () => {
      child.kill("SIGTERM");
    },
  };
}

function portOf(child: ChildProcess, ready: RegExp): Promise<number> {
  return new Promise((resolve) => {
    let printed = "";
    const onData = (piece: Buffer): void => {
      printed += String(piece);
      const port = ready.exec(printed)?.groups?.["port"];
      if (port === undefined) return;
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", onData);
      resolve(Number(port));
    };
    child.stdout?.on("data", onData);
    child.stderr?.on("data", onData);
  });
}

async function answering({ port, path }: { readonly port: number; readonly path: string }): Promise<number> {
  const end = performance.now() + startLimitMs;
  while (performance.now() < end) {
    const { ok } = await fetch(`http://127.0.0.1:${String(port)}${path}`).catch(() => ({ ok: false }));
    if (ok) return port;
    await delay(lookMs);
  }
  throw new Error(`no answer from http://127.0.0.1:${String(port)}${path}`);
}

/** Rejects if the process exits or takes too long. Keeps reading its output, since a full pipe would block it. */
function unready(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    let last = "";
    const fail = (what: string): void => {
      reject(new Error(`a process ${what} before it was ready:\n${last}`));
    };
    const onData = (piece: Buffer): void => {
      last = (last + String(piece)).slice(-4_000);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", onData);
    child.once("error", reject);
    child.once("exit", (code) => {
      fail(`ended with ${String(code)}`);
    });
    setTimeout(() => {
      fail(`took more than ${String(startLimitMs)} ms`);
    }, startLimitMs).unref();
  });
}

/** User and system time of a process in microseconds. `NaN`: there is no `/proc`. */
export function cpuMicroseconds(pid: number): number {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, "utf8")
        .split(") ")[1]
        ?.split(" ") ?? [];
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process in megabytes. `NaN`: there is no `/proc`. */
export function residentMb(pid: number): number {
  try {
    const kilobytes = /VmRSS:\s+(?<kilobytes>\d+)/u.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
    return Number(kilobytes?.groups?.["kilobytes"] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}
