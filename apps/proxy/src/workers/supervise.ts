import cluster, { type Worker } from "node:cluster";
import { logLevel } from "../log/log-level.js";
import { createLogger } from "../log/logger.js";
import { MetricsCollector } from "./collect-metrics.js";
import { Heartbeat } from "./heartbeat.js";
import type { FromWorker, Sources, ToWorker } from "./messages.js";

/** Tells a worker which one it is, from 0. */
export const workerVariable = "MODELYARD_WORKER";

/** A worker that lived shorter than this, in milliseconds, is not started again at once. */
const shortLifeMs = 10_000;
const longestWaitMs = 30_000;

/** How long a worker may be silent unless the operator says otherwise, in milliseconds. */
const defaultSilenceMs = 15_000;

export interface SuperviseOptions {
  /** How many workers there are. */
  readonly count: number;
  /** Whether there is a file that SIGHUP reads again. */
  readonly rereads: boolean;
  /** A worker that does not answer for so long is replaced. Milliseconds. @defaultValue 15_000 */
  readonly silenceMs: number | undefined;
}

/** A worker that has not ended. */
interface Member {
  /** From 0. */
  readonly index: number;
  /** It serves, and knows what signals mean. */
  ready: boolean;
  /** It is to read the file again as soon as it serves: it may have read an older one. */
  outdated: boolean;
  /** Runs while it serves. */
  heartbeat: Heartbeat | undefined;
}

/** Keeps `count` workers running that share one port, until a signal ends them. */
class Supervisor {
  readonly #count: number;
  readonly #logger = createLogger(logLevel() ?? "info");
  readonly #members = new Map<Worker, Member>();
  readonly #metrics = new MetricsCollector(() => this.#serving());
  readonly #ended: (code: number) => void;
  /** How often in a row each one ended early. */
  readonly #failures: number[];
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #silenceMs: number;
  /** What some worker served last; for those that begin when the files cannot be used. */
  #sources: Sources | undefined;
  /** All served at the same time once; nothing is said before. */
  #begun = false;
  #ending = false;
  #code = 0;

  constructor({ count, silenceMs = defaultSilenceMs }: SuperviseOptions, ended: (code: number) => void) {
    this.#count = count;
    this.#silenceMs = silenceMs;
    this.#ended = ended;
    this.#failures = Array.from({ length: count }, () => 0);
  }

  /** The first one alone: what is wrong with the file is said once. */
  begin(): void {
    this.#start(0, () => {
      for (let index = 1; index < this.#count; index += 1) this.#start(index, () => undefined);
    });
  }

  /** @param signal - passed on; workers let live streams finish */
  end(signal: NodeJS.Signals): void {
    if (this.#ending) {
      this.#tellAll("SIGKILL");
      process.exit(1);
    }
    this.#logger.info({ signal }, "ending: workers finish what they have");
    this.#endAll();
  }

  /** Lets all read their file again. */
  reload(): void {
    for (const [worker, member] of this.#members) {
      // The signal would end one that does not know it yet.
      if (member.ready) worker.process.kill("SIGHUP");
      else member.outdated = true;
    }
  }

  #tellAll(signal: NodeJS.Signals): void {
    for (const worker of this.#members.keys()) worker.process.kill(signal);
  }

  #endAll(): void {
    this.#ending = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#tellAll("SIGTERM");
    this.#checkEnd();
  }

  /** @param onReady - of one that must begin, or all end; a later one is tried again and again */
  #start(index: number, onReady?: () => void): void {
    const worker = cluster.fork({ [workerVariable]: String(index) });
    const startedAt = performance.now();
    const member: Member = { index, ready: false, outdated: false, heartbeat: undefined };
    this.#members.set(worker, member);
    worker.on("message", (message: FromWorker) => {
      this.#metrics.take(worker, message);
      member.heartbeat?.answered();
      if (message.kind === "sources") this.#sources = message.sources;
      else if (message.kind === "sources_wanted") send(worker, { kind: "sources", sources: this.#sources });
      // One that was told to end while it began.
      if (message.kind !== "ready" || this.#ending) return;
      member.ready = true;
      member.heartbeat = this.#watch(worker, index);
      this.#logger.info({ worker: index + 1, pid: worker.process.pid }, "worker serves");
      if (member.outdated) worker.process.kill("SIGHUP");
      this.#begin(message.banner);
      onReady?.();
    });
    worker.on("exit", (code: number | null, signal: string | null) => {
      member.heartbeat?.stop();
      this.#metrics.forget(worker);
      this.#members.delete(worker);
      // One that did not serve yet had nothing to finish when a signal ended it.
      if (this.#ending) this.#checkEnd(!member.ready && signal !== null ? 0 : code);
      else if (!member.ready && onReady !== undefined) this.#giveUp(code);
      else this.#restart(index, performance.now() - startedAt, { code, signal });
    });
  }

  /** Ends one that hangs; it is started again as any that ended. */
  #watch(worker: Worker, index: number): Heartbeat {
    return new Heartbeat({
      limitMs: this.#silenceMs,
      ask: () => {
        send(worker, { kind: "alive_please" });
      },
      onSilence: () => {
        const { pid } = worker.process;
        this.#logger.error({ worker: index + 1, pid, silentMs: this.#silenceMs }, "a worker hangs and is killed");
        worker.process.kill("SIGKILL");
      },
    });
  }

  /** Workers that answer, each with its number. */
  #serving(): ReadonlyMap<Worker, number> {
    const serving = [...this.#members].filter(([worker, member]) => member.ready && worker.isConnected());
    return new Map(serving.map(([worker, member]) => [worker, member.index + 1]));
  }

  #begin(banner: string): void {
    if (this.#begun || this.#serving().size < this.#count) return;
    this.#begun = true;
    process.stdout.write(banner);
  }

  /** It could not even begin; it said itself why. */
  #giveUp(code: number | null): void {
    this.#code = code === null || code === 0 ? 1 : code;
    this.#endAll();
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
      this.#start(index);
    }, waitMs);
    this.#waiting.add(timer);
  }

  #checkEnd(code: number | null = 0): void {
    if (code !== 0 && this.#code === 0) this.#code = 1;
    if (this.#members.size === 0) this.#ended(this.#code);
  }
}

function send(worker: Worker, message: ToWorker): void {
  // The callback takes what fails because the worker ends meanwhile.
  if (worker.isConnected()) worker.process.send(message, () => undefined);
}

/** Runs workers, each of which serves. Resolves when all have ended, with the exit code. */
export function supervise(options: SuperviseOptions): Promise<number> {
  return new Promise((resolve) => {
    const supervisor = new Supervisor(options, resolve);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        supervisor.end(signal);
      });
    }
    if (options.rereads) {
      process.on("SIGHUP", () => {
        supervisor.reload();
      });
    }
    supervisor.begin();
  });
}
