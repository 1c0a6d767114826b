import type { OperationName } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";

/** What is measured: time to the first token, seconds per output token, or seconds per call. */
export const latencyModes = ["stream", "plain", "call"] as const;
export type LatencyMode = (typeof latencyModes)[number];

export function modeOf(operation: OperationName, stream: boolean): LatencyMode {
  if (stream) return "stream";
  return operations[operation].latencyOf === "call" ? "call" : "plain";
}

/** One value per mode. */
export function byMode<Value>(make: (mode: LatencyMode) => Value): Record<LatencyMode, Value> {
  return { stream: make("stream"), plain: make("plain"), call: make("call") };
}
