import type { OperationName } from "@modelyard/core";

/** What is measured: time to the first token, seconds per token of the answer, seconds per call. */
export const latencyModes = ["stream", "plain", "call"] as const;
export type LatencyMode = (typeof latencyModes)[number];

export function modeOf(operation: OperationName, stream: boolean): LatencyMode {
  if (stream) return "stream";
  return operation === "embeddings" ? "call" : "plain";
}

/** A value for each mode. */
export function byMode<Value>(make: (mode: LatencyMode) => Value): Record<LatencyMode, Value> {
  return { stream: make("stream"), plain: make("plain"), call: make("call") };
}
