import cluster from "node:cluster";
import { Cancellation } from "@modelyard/core/kit";
import type { ExtraRoute, RouteRequest } from "@modelyard/gateway";
import { mergeMetrics, type WorkerMetrics } from "./merge-metrics.js";
import type { FromWorker, Sources, ToWorker } from "./messages.js";
import { shareRunning } from "./share-running.js";

/** Source: Prometheus, "Exposition formats". */
const textFormat = "text/plain; version=0.0.4; charset=utf-8";

function ownRequest(): RouteRequest {
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

function tell(message: FromWorker): void {
  process.send?.(message);
}

/** A worker's line to the process that started it. */
export class WorkerLink {
  readonly #waiting = new Map<number, (all: readonly WorkerMetrics[]) => void>();
  #asked = 0;
  #onSources: ((sources: Sources | undefined) => void) | undefined;
  #own: () => Promise<string> = async () => "";

  constructor() {
    process.on("message", (message: ToWorker) => {
      this.#hear(message);
    });
    process.on("SIGINT", () => undefined);
  }

  #hear(message: ToWorker): void {
    switch (message.kind) {
      case "alive_please":
        tell({ kind: "alive" });
        break;
      case "sources":
        this.#onSources?.(message.sources);
        break;
      case "metrics_please":
        void this.#answer(message.id);
        break;
      case "metrics_of_all":
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
      tell({ kind: "sources_wanted" });
    });
  }

  /** Tells what this one serves, for those that begin when the files cannot be used. */
  serves(sources: ReadonlyMap<string, string>): void {
    tell({ kind: "sources", sources: [...sources] });
  }

  ready(banner: string): void {
    tell({ kind: "ready", banner });
  }

  /** Lets go of the line, which would keep the process alive. */
  close(): void {
    cluster.worker?.disconnect();
  }

  /** The same routes, with the metrics of all workers in place of one's own. */
  routes(own: readonly ExtraRoute[]): readonly ExtraRoute[] {
    return own.map((route) => (route.path === "/metrics" ? this.#forAll(route) : route));
  }

  #forAll(route: ExtraRoute): ExtraRoute {
    this.#own = async () => {
      const { body } = await route.handle(ownRequest());
      return typeof body === "string" ? body : "";
    };
    const merged = shareRunning(async () => mergeMetrics(await this.#everybody()));
    return {
      ...route,
      handle: async () => ({ status: 200, headers: { "content-type": textFormat }, body: await merged() }),
    };
  }

  #everybody(): Promise<readonly WorkerMetrics[]> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, (all) => {
        this.#waiting.delete(id);
        resolve(all);
      });
      tell({ kind: "metrics_wanted", id });
    });
  }

  async #answer(id: string): Promise<void> {
    let text = "";
    try {
      text = await this.#own();
    } catch {
      // The others' are good all the same.
    }
    tell({ kind: "metrics", id, text });
  }
}
