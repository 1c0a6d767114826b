import type { WorkerMetrics } from "./merge-metrics.js";

/** The files of a configuration that works: pairs of path and text. */
export type Sources = readonly (readonly [path: string, text: string])[];

/** What a worker tells the process that started it. */
export type FromWorker =
  | { readonly kind: "ready"; readonly banner: string }
  /** Its answer to `alive_please`. */
  | { readonly kind: "alive" }
  /** What it serves now. */
  | { readonly kind: "sources"; readonly sources: Sources }
  /** It begins, and wants to know what the others serve. */
  | { readonly kind: "sources_wanted" }
  /** Somebody wants the metrics of all. */
  | { readonly kind: "metrics_wanted"; readonly id: number }
  /** Its own. */
  | { readonly kind: "metrics"; readonly id: string; readonly text: string };

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: "alive_please" }
  /** The files that other workers serve, or `undefined` if none serves yet. */
  | { readonly kind: "sources"; readonly sources: Sources | undefined }
  | { readonly kind: "metrics_please"; readonly id: string }
  | { readonly kind: "metrics_of_all"; readonly id: number; readonly all: readonly WorkerMetrics[] };
