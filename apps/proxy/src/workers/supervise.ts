import cluster, { type Worker } from "node:cluster";
import { logLevel } from "../log/log-level.js";
import { createLogger } from "../log/logger.js";
import { MetricsCollector } from "./collect-metrics.js";
import { Heartbeat } from "./heartbeat.js";
import type { FromWorker, Sources, ToWorker } from "./messages.js";

/** The environment variable that holds a worker's index, from 0. */
export const workerVariable = "MODELYARD_WORKER";

/** A worker that exits within this time, in milliseconds, is restarted after a delay that doubles each time. */
const shortLifeMs = 10_000;
const longestWaitMs = 30_000;

/** The default of {@link SuperviseOptions.silenceMs}. */
const defaultSilenceMs = 15_000;

export interface SuperviseOptions {
  /** The number of workers. */
  readonly count: number;
  /** Whether SIGHUP reloads a file. The demo has none. */
  readonly rereads: boolean;
  /**
   * A worker that does not respond for this long is replaced. Milliseconds.
   * @defaultValue 15_000
   */
  readonly silenceMs: number | undefined;
}

/** A running worker. */
interface WorkerState {
  /** From 0. */
  readonly index: number;
  /** Whether it serves and handles signals. */
  ready: boolean;
  /** Whether to reload the file once it serves, because the file may have changed since the worker read it. */
  outdated: boolean;
  /** Set while it serves. */
  heartbeat: Heartbeat | undefined;
}

/** Keeps `count` workers running that share one port, until a signal ends them. */
class Supervisor {
  readonly #count: number;
  readonly #logger = createLogger(logLevel() ?? "info");
  readonly #workers = new Map<Worker, WorkerState>();
  readonly #metrics = new MetricsCollector(() => this.#serving());
  readonly #ended: (code: number) => void;
  /** How many times in a row each worker exited early. */
  readonly #failures: number[];
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #silenceMs: number;
  /** The files that a worker served last, for workers that start while the files on disk are invalid. */
  #sources: Sources | undefined;
  /** Whether all workers have been serving at the same time once, so that the banner has been printed. */
  #bannerPrinted = false;
  #ending = false;
  #code = 0;

  constructor({ count, silenceMs = defaultSilenceMs }: SuperviseOptions, ended: (code: number) => void) {
    this.#count = count;
    this.#silenceMs = silenceMs;
    this.#ended = ended;
    this.#failures = Array.from({ length: count }, () => 0);
  }

  /** Starts the first worker, and the others once it serves, so that errors in the file are printed only once. */
  begin(): void {
    this.#start(0, () => {
      for (let index = 1; index < this.#count; index += 1) this.#start(index, () => undefined);
    });
  }

  /** Shuts down: workers finish running requests. A second call kills them. */
  end(signal: NodeJS.Signals): void {
    if (this.#ending) {
      this.#signalAll("SIGKILL");
      process.exit(1);
    }
    this.#logger.info({ signal }, "shutting down: workers finish running requests");
    this.#endAll();
  }

  /** Makes all workers reload their file. */
  reload(): void {
    for (const [worker, state] of this.#workers) {
      // The signal would end a worker that does not handle it yet.
      if (state.ready) worker.process.kill("SIGHUP");
      else state.outdated = true;
    }
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const worker of this.#workers.keys()) worker.process.kill(signal);
  }

  #endAll(): void {
    this.#ending = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#signalAll("SIGTERM");
    this.#checkEnd();
  }

  /**
   * Starts a worker.
   * @param onReady - called once it serves; if set, everything shuts down if the worker cannot start, otherwise the
   * worker is restarted until it can
   */
  #start(index: number, onReady?: () => void): void {
    const worker = cluster.fork({ [workerVariable]: String(index) });
    const startedAt = performance.now();
    const state: WorkerState = { index, ready: false, outdated: false, heartbeat: undefined };
    this.#workers.set(worker, state);
    worker.on("message", (message: FromWorker) => {
      this.#metrics.receive(worker, message);
      state.heartbeat?.answered();
      if (message.kind === "sources") this.#sources = message.sources;
      else if (message.kind === "get_sources") send(worker, { kind: "sources", sources: this.#sources });
      // A worker that becomes ready during the shutdown has received its SIGTERM already.
      if (message.kind !== "ready" || this.#ending) return;
      state.ready = true;
      state.heartbeat = this.#watch(worker, index);
      this.#logger.info({ worker: index + 1, pid: worker.process.pid }, "worker ready");
      if (state.outdated) worker.process.kill("SIGHUP");
      this.#printBanner(message.banner);
      onReady?.();
    });
    worker.on("exit", (code: number | null, signal: string | null) => {
      state.heartbeat?.stop();
      this.#metrics.forget(worker);
      this.#workers.delete(worker);
      // A worker that a signal ended before it served had no requests to finish, so that is not a failure.
      if (this.#ending) this.#checkEnd(!state.ready && signal !== null ? 0 : code);
      else if (!state.ready && onReady !== undefined) this.#giveUp(code);
      else this.#restart(index, performance.now() - startedAt, { code, signal });
    });
  }

  /** Kills the worker if it hangs. It is then restarted like any worker that exits. */
  #watch(worker: Worker, index: number): Heartbeat {
    return new Heartbeat({
      limitMs: this.#silenceMs,
      ping: () => {
        send(worker, { kind: "ping" });
      },
      onSilence: () => {
        const { pid } = worker.process;
        this.#logger.error(
          { worker: index + 1, pid, silentMs: this.#silenceMs },
          "worker does not respond and is killed",
        );
        worker.process.kill("SIGKILL");
      },
    });
  }

  /** The workers that can answer, each with its number. */
  #serving(): ReadonlyMap<Worker, number> {
    const serving = [...this.#workers].filter(([worker, state]) => state.ready && worker.isConnected());
    return new Map(serving.map(([worker, state]) => [worker, state.index + 1]));
  }

  #printBanner(banner: string): void {
    if (this.#bannerPrinted || this.#serving().size < this.#count) return;
    this.#bannerPrinted = true;
    process.stdout.write(banner);
  }

  /** Shuts down because the first worker could not start. The worker has printed the reason. */
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
    this.#logger.error({ worker: index + 1, ...end, waitMs }, "worker exited and is restarted");
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#start(index);
    }, waitMs);
    this.#waiting.add(timer);
  }

  #checkEnd(code: number | null = 0): void {
    if (code !== 0 && this.#code === 0) this.#code = 1;
    if (this.#workers.size === 0) this.#ended(this.#code);
  }
}

function send(worker: Worker, message: ToWorker): void {
  // Sending can fail because the worker exits meanwhile. Without a callback, that would be an uncaught error.
  if (worker.isConnected()) worker.process.send(message, () => undefined);
}

/** Runs workers that serve, and keeps them running. Resolves with the exit code once all have exited. */
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
