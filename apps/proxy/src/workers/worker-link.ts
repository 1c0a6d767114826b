import cluster from "node:cluster";
import { Cancellation } from "@modelyard/core/kit";
import type { ExtraRoute, RouteRequest } from "@modelyard/gateway";
import { mergeMetrics, type WorkerMetrics } from "./merge-metrics.js";
import type { FromWorker, Sources, ToWorker } from "./messages.js";
import { shareRunning } from "./share-running.js";

/** Source: Prometheus, "Exposition formats". */
const textFormat = "text/plain; version=0.0.4; charset=utf-8";

function metricsRequest(): RouteRequest {
  return {
    method: "GET",
    path: "/metrics",
    header: () => undefined,
    body: async () => new Uint8Array(),
    callId: "metrics",
    options: () => ({}),
    cancellation: new Cancellation(),
  };
}

function send(message: FromWorker): void {
  process.send?.(message);
}

/** A worker's connection to the supervisor. */
export class WorkerLink {
  readonly #waiting = new Map<number, (all: readonly WorkerMetrics[]) => void>();
  #asked = 0;
  #onSources: ((sources: Sources | undefined) => void) | undefined;
  #own: () => Promise<string> = async () => "";

  constructor() {
    process.on("message", (message: ToWorker) => {
      this.#receive(message);
    });
    process.on("SIGINT", () => undefined);
  }

  #receive(message: ToWorker): void {
    switch (message.kind) {
      case "ping":
        send({ kind: "pong" });
        break;
      case "sources":
        this.#onSources?.(message.sources);
        break;
      case "get_metrics":
        void this.#answer(message.id);
        break;
      case "all_metrics":
        this.#waiting.get(message.id)?.(message.all);
        break;
    }
  }

  /** The files that the other workers serve, or `undefined` if none serves yet. */
  sources(): Promise<ReadonlyMap<string, string> | undefined> {
    return new Promise((resolve) => {
      this.#onSources = (sources) => {
        resolve(sources === undefined ? undefined : new Map(sources));
      };
      send({ kind: "get_sources" });
    });
  }

  /** Reports the files that this worker serves, for workers that start while the files on disk are invalid. */
  serves(sources: ReadonlyMap<string, string>): void {
    send({ kind: "sources", sources: [...sources] });
  }

  ready(banner: string): void {
    send({ kind: "ready", banner });
  }

  /** Closes the connection, which would keep the process alive. */
  close(): void {
    cluster.worker?.disconnect();
  }

  /** Replaces the route `/metrics` by one that returns the metrics of all workers. */
  routes(own: readonly ExtraRoute[]): readonly ExtraRoute[] {
    return own.map((route) => (route.path === "/metrics" ? this.#metricsOfAll(route) : route));
  }

  #metricsOfAll(route: ExtraRoute): ExtraRoute {
    this.#own = async () => {
      const { body } = await route.handle(metricsRequest());
      return typeof body === "string" ? body : "";
    };
    const merged = shareRunning(async () => mergeMetrics(await this.#collect()));
    return {
      ...route,
      handle: async () => ({ status: 200, headers: { "content-type": textFormat }, body: await merged() }),
    };
  }

  #collect(): Promise<readonly WorkerMetrics[]> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, (all) => {
        this.#waiting.delete(id);
        resolve(all);
      });
      send({ kind: "get_all_metrics", id });
    });
  }

  async #answer(id: string): Promise<void> {
    let text = "";
    try {
      text = await this.#own();
    } catch {
      // The metrics of the other workers are still useful.
    }
    send({ kind: "metrics", id, text });
  }
}
