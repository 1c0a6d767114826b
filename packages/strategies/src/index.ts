export * from "./cost-based.js";
export * from "./create-strategy.js";
export { latencyBased, type LatencyBasedOptions } from "./latency-based.js";
export * from "./least-busy.js";
export * from "./pick-lowest.js";
export * from "./simple-shuffle.js";
export * from "./usage-based.js";
