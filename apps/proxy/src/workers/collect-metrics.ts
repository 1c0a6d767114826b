import cluster, { type Worker } from "node:cluster";
import type { WorkerMetrics } from "./merge-metrics.js";
import type { FromWorker, ToWorker } from "./messages.js";

/** A worker that is slower than this, in milliseconds, is left out of one answer. */
const patienceMs = 1_000;

interface Collection {
  readonly all: WorkerMetrics[];
  /** Workers that have not answered. */
  readonly awaited: Set<Worker>;
  readonly done: () => void;
}

/** Asks all workers for their metrics when one of them is asked for everybody's. */
export class MetricsCollector {
  readonly #numberOf: (worker: Worker) => number;
  readonly #open = new Map<string, Collection>();
  #collections = 0;

  /** @param numberOf - as it shows in the metrics */
  constructor(numberOf: (worker: Worker) => number) {
    this.#numberOf = numberOf;
  }

  take(worker: Worker, message: FromWorker): void {
    if (message.kind === "metrics_wanted") this.#collect(worker, message.id);
    else if (message.kind === "metrics") {
      const collection = this.#open.get(message.id);
      if (collection?.awaited.delete(worker) !== true) return;
      collection.all.push({ worker: this.#numberOf(worker), text: message.text });
      if (collection.awaited.size === 0) collection.done();
    }
  }

  /** It will not answer any more. */
  forget(worker: Worker): void {
    for (const { awaited, done } of this.#open.values()) if (awaited.delete(worker) && awaited.size === 0) done();
  }

  #collect(asking: Worker, id: number): void {
    this.#collections += 1;
    const key = String(this.#collections);
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true);
    const all: WorkerMetrics[] = [];
    const done = (): void => {
      clearTimeout(timer);
      this.#open.delete(key);
      const sorted = all.toSorted((left, right) => left.worker - right.worker);
      tell(asking, { kind: "metrics_of_all", id, all: sorted });
    };
    const timer = setTimeout(done, patienceMs);
    this.#open.set(key, { all, awaited: new Set(workers as Worker[]), done });
    for (const worker of workers as Worker[]) tell(worker, { kind: "metrics_please", id: key });
  }
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
