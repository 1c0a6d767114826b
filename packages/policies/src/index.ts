export * from "./backoff.js";
export * from "./failure-rate.js";
export * from "./fallback-plan.js";
export * from "./health.js";
export * from "./limits.js";
export * from "./retry-policy.js";
export * from "./rolling-counts.js";
export * from "./timeouts.js";
