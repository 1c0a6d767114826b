import type { Worker } from "node:cluster";
import type { Clock } from "@modelyard/core";
import { systemClock, type Timer } from "@modelyard/core/kit";
import type { WorkerMetrics } from "./merge-metrics.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** A worker that takes longer than this, in milliseconds, is missing from the result. */
const timeoutMs = 1_000;

/** The parts of a `Worker` that are used here. */
export type WorkerChannel = Pick<Worker, "isConnected" | "send">;

interface Collection {
  readonly id: string;
  /** The workers that asked for the result, each with the id of its request. */
  readonly asking: { readonly worker: WorkerChannel; readonly id: number }[];
  readonly all: WorkerMetrics[];
  /** The workers that have not answered yet, each with its number in the metrics. */
  readonly awaited: Map<WorkerChannel, number>;
  readonly timer: Timer;
}

/**
 * Runs in the supervisor: collects the metrics of all workers when a worker receives a request for them. Requests that
 * arrive during a collection share its result.
 */
export class MetricsCollector {
  readonly #serving: () => ReadonlyMap<WorkerChannel, number>;
  readonly #clock: Clock;
  #open: Collection | undefined;
  #collections = 0;

  /** @param serving - returns the workers that can answer, each with its number in the metrics */
  constructor(serving: () => ReadonlyMap<WorkerChannel, number>, clock: Clock = systemClock) {
    this.#serving = serving;
    this.#clock = clock;
  }

  /** Handles a message of a worker, if it concerns metrics. */
  receive(worker: WorkerChannel, message: FromWorker): void {
    if (message.kind === "get_all_metrics") {
      this.#open ??= this.#begin();
      this.#open.asking.push({ worker, id: message.id });
      if (this.#open.awaited.size === 0) this.#end();
    } else if (message.kind === "metrics" && message.id === this.#open?.id) {
      const number = this.#open.awaited.get(worker);
      if (number !== undefined) this.#open.all.push({ worker: number, text: message.text });
      this.forget(worker);
    }
  }

  /** Stops waiting for a worker, because it has answered or exited. */
  forget(worker: WorkerChannel): void {
    if (this.#open?.awaited.delete(worker) === true && this.#open.awaited.size === 0) this.#end();
  }

  #begin(): Collection {
    this.#collections += 1;
    const id = String(this.#collections);
    const awaited = new Map(this.#serving());
    for (const worker of awaited.keys()) send(worker, { kind: "get_metrics", id });
    const timer = this.#clock.setTimer(() => {
      this.#end();
    }, timeoutMs);
    return { id, asking: [], all: [], awaited, timer };
  }

  #end(): void {
    if (this.#open === undefined) return;
    const { asking, all, timer } = this.#open;
    this.#open = undefined;
    this.#clock.clearTimer(timer);
    all.sort((left, right) => left.worker - right.worker);
    for (const { worker, id } of asking) send(worker, { kind: "all_metrics", id, all });
  }
}

function send(worker: WorkerChannel, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
