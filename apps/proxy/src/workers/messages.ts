import type { WorkerMetrics } from "./merge-metrics.js";

/** The files of a valid configuration, as pairs of path and text. */
export type Sources = readonly (readonly [path: string, text: string])[];

/** Messages from a worker to the supervisor. */
export type FromWorker =
  | { readonly kind: "ready"; readonly banner: string }
  /** Answers `ping`. */
  | { readonly kind: "pong" }
  /** The files that the worker serves now. */
  | { readonly kind: "sources"; readonly sources: Sources }
  /** A starting worker asks for the files that the others serve. */
  | { readonly kind: "get_sources" }
  /** A worker asks for the metrics of all workers. */
  | { readonly kind: "get_all_metrics"; readonly id: number }
  /** The worker's own metrics, in answer to `get_metrics`. */
  | { readonly kind: "metrics"; readonly id: string; readonly text: string };

/** Messages from the supervisor to a worker. */
export type ToWorker =
  | { readonly kind: "ping" }
  /** Answers `get_sources`: the files that other workers serve, or `undefined` if none serves yet. */
  | { readonly kind: "sources"; readonly sources: Sources | undefined }
  | { readonly kind: "get_metrics"; readonly id: string }
  | { readonly kind: "all_metrics"; readonly id: number; readonly all: readonly WorkerMetrics[] };
