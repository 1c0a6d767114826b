import type { Worker } from "node:cluster";
import type { Clock } from "@modelyard/core";
import { systemClock, type Timer } from "@modelyard/core/kit";
import type { WorkerMetrics } from "./merge-metrics.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** A worker that is slower than this, in milliseconds, is left out of one answer. */
const patienceMs = 1_000;

/** What is needed of a worker. */
export type Line = Pick<Worker, "isConnected" | "send">;

interface Collection {
  readonly id: string;
  /** Who gets the result, and by which number each asked. */
  readonly asking: { readonly worker: Line; readonly id: number }[];
  readonly all: WorkerMetrics[];
  /** Workers that have not answered, and how each shows in the metrics. */
  readonly awaited: Map<Line, number>;
  readonly timer: Timer;
}

/** Asks all workers for their metrics when one of them is asked for everybody's. Who asks meanwhile gets the same. */
export class MetricsCollector {
  readonly #serving: () => ReadonlyMap<Line, number>;
  readonly #clock: Clock;
  #open: Collection | undefined;
  #collections = 0;

  /** @param serving - workers that can answer, each with its number in the metrics */
  constructor(serving: () => ReadonlyMap<Line, number>, clock: Clock = systemClock) {
    this.#serving = serving;
    this.#clock = clock;
  }

  take(worker: Line, message: FromWorker): void {
    if (message.kind === "metrics_wanted") {
      this.#open ??= this.#begin();
      this.#open.asking.push({ worker, id: message.id });
      if (this.#open.awaited.size === 0) this.#end();
    } else if (message.kind === "metrics" && message.id === this.#open?.id) {
      const number = this.#open.awaited.get(worker);
      if (number !== undefined) this.#open.all.push({ worker: number, text: message.text });
      this.forget(worker);
    }
  }

  /** It will not answer any more. */
  forget(worker: Line): void {
    if (this.#open?.awaited.delete(worker) === true && this.#open.awaited.size === 0) this.#end();
  }

  #begin(): Collection {
    this.#collections += 1;
    const id = String(this.#collections);
    const awaited = new Map(this.#serving());
    for (const worker of awaited.keys()) tell(worker, { kind: "metrics_please", id });
    const timer = this.#clock.setTimer(() => {
      this.#end();
    }, patienceMs);
    return { id, asking: [], all: [], awaited, timer };
  }

  #end(): void {
    if (this.#open === undefined) return;
    const { asking, all, timer } = this.#open;
    this.#open = undefined;
    this.#clock.clearTimer(timer);
    all.sort((left, right) => left.worker - right.worker);
    for (const { worker, id } of asking) tell(worker, { kind: "metrics_of_all", id, all });
  }
}

function tell(worker: Line, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
