import type { WorkerMetrics } from "./merge-metrics.js";

/** What a worker tells the process that started it. */
export type FromWorker =
  | { readonly kind: "ready"; readonly banner: string }
  /** Somebody wants the metrics of all. */
  | { readonly kind: "metrics_wanted"; readonly id: number }
  /** Its own. */
  | { readonly kind: "metrics"; readonly id: string; readonly text: string };

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "metrics_please"; readonly id: string }
  | { readonly kind: "metrics_of_all"; readonly id: number; readonly all: readonly WorkerMetrics[] };
