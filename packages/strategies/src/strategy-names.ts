const names = [
  "simple-shuffle",
  "least-busy",
  "usage-based-routing",
  "usage-based-routing-v2",
  "cost-based-routing",
  "latency-based-routing",
  "predicted-latency",
  "cost-slo",
] as const;

/** A name of a built-in strategy. */
export type StrategyName = (typeof names)[number];

/** The names of the strategies that `createStrategy` can create: LiteLLM's, and those of our own. */
export const strategyNames: readonly string[] = names;
