import cluster, { type Worker } from "node:cluster";
import { createLogger } from "../logger.js";
import { MetricsCollector } from "./collect-metrics.js";
import type { FromWorker } from "./messages.js";

/** Tells a worker which one it is, from 0. */
export const workerVariable = "MODELYARD_WORKER";

/** A worker that lived shorter than this, in milliseconds, is not started again at once. */
const shortLifeMs = 10_000;
const longestWaitMs = 30_000;

/** Keeps `count` workers running that share one port, until a signal ends them. */
class Supervisor {
  readonly #count: number;
  readonly #logger = createLogger(false);
  readonly #indexes = new Map<Worker, number>();
  readonly #metrics = new MetricsCollector((worker) => (this.#indexes.get(worker) ?? 0) + 1);
  readonly #ended: (code: number) => void;
  /** How often in a row each one ended early. */
  readonly #failures: number[];
  readonly #waiting = new Set<NodeJS.Timeout>();
  #ready = 0;
  #ending = false;
  #code = 0;

  constructor(count: number, ended: (code: number) => void) {
    this.#count = count;
    this.#ended = ended;
    this.#failures = Array.from({ length: count }, () => 0);
  }

  /** The first one alone: what is wrong with the file is said once. */
  begin(): void {
    this.#start(0, (banner) => {
      for (let index = 1; index < this.#count; index += 1) {
        this.#start(index, () => {
          if (this.#ready === this.#count) process.stdout.write(banner);
        });
      }
    });
  }

  /** @param signal - passed on; workers let live streams finish */
  end(signal: NodeJS.Signals): void {
    if (this.#ending) {
      this.tellAll("SIGKILL");
      process.exit(1);
    }
    this.#ending = true;
    this.#logger.info({ signal }, "ending: workers finish what they have");
    for (const timer of this.#waiting) clearTimeout(timer);
    this.tellAll("SIGTERM");
    this.#checkEnd();
  }

  tellAll(signal: NodeJS.Signals): void {
    for (const worker of this.#indexes.keys()) worker.process.kill(signal);
  }

  #start(index: number, onReady: ((banner: string) => void) | undefined): void {
    const worker = cluster.fork({ [workerVariable]: String(index) });
    const startedAt = performance.now();
    let ready = false;
    this.#indexes.set(worker, index);
    worker.on("message", (message: FromWorker) => {
      this.#metrics.take(worker, message);
      if (message.kind !== "ready") return;
      ready = true;
      this.#ready += 1;
      this.#logger.info({ worker: index + 1, pid: worker.process.pid }, "worker serves");
      onReady?.(message.banner);
    });
    worker.on("exit", (code, signal) => {
      this.#metrics.forget(worker);
      this.#indexes.delete(worker);
      if (ready) this.#ready -= 1;
      if (this.#ending) this.#checkEnd(code);
      else if (!ready && onReady !== undefined) this.#giveUp(code);
      else this.#restart(index, performance.now() - startedAt, { code, signal });
    });
  }

  /** It could not even begin; it said itself why. */
  #giveUp(code: number | null): void {
    this.#code = code === null || code === 0 ? 1 : code;
    this.#ending = true;
    this.tellAll("SIGTERM");
    this.#checkEnd();
  }

  #restart(
    index: number,
    livedMs: number,
    end: { readonly code: number | null; readonly signal: string | null },
  ): void {
    const failures = livedMs < shortLifeMs ? (this.#failures[index] ?? 0) + 1 : 0;
    this.#failures[index] = failures;
    const waitMs = failures === 0 ? 0 : Math.min(longestWaitMs, 100 * 2 ** (failures - 1));
    this.#logger.error({ worker: index + 1, ...end, waitMs }, "a worker ended and is started again");
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#start(index, undefined);
    }, waitMs);
    this.#waiting.add(timer);
  }

  #checkEnd(code: number | null = 0): void {
    if (code !== 0 && this.#code === 0) this.#code = 1;
    if (this.#indexes.size === 0) this.#ended(this.#code);
  }
}

/** Runs workers, each of which serves. Resolves when all have ended, with the exit code. */
export function supervise(count: number): Promise<number> {
  return new Promise((resolve) => {
    const supervisor = new Supervisor(count, resolve);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        supervisor.end(signal);
      });
    }
    process.on("SIGHUP", () => {
      supervisor.tellAll("SIGHUP");
    });
    supervisor.begin();
  });
}
