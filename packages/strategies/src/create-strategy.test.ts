import { describe, expect, it } from "vitest";
import { listed } from "../test/support/draws.js";
import { createStrategy } from "./create-strategy.js";
import { strategyNames } from "./strategy-names.js";

describe("createStrategy", () => {
  it("accepts LiteLLM's names, and those of our own strategies", () => {
    expect(strategyNames).toEqual([
      "simple-shuffle",
      "least-busy",
      "usage-based-routing",
      "usage-based-routing-v2",
      "cost-based-routing",
      "latency-based-routing",
      "predicted-latency",
      "cost-slo",
    ]);
  });

  it.each(strategyNames)("creates a new %s strategy on each call", (name) => {
    const made = createStrategy(name);
    expect(made.pick).toBeTypeOf("function");
    expect(made.name).toBe(name.replace("-v2", ""));
    expect(createStrategy(name)).not.toBe(made);
  });

  it("accepts LiteLLM's arguments, also numbers written as strings", () => {
    for (const args of [
      { ttl: 60, lowest_latency_buffer: 0.5, max_latency_list_size: 5 },
      { ttl: "60", lowest_latency_buffer: "0.5" },
    ])
      expect(createStrategy("latency-based-routing", args).name).toBe("latency-based-routing");
  });

  it.each([
    ["least-bussy", {}, 'Did you mean "least-busy"'],
    ["toString", {}, "there is no strategy"],
    ["latency-based-routing", { tll: 60 }, 'Did you mean "ttl"'],
    ["latency-based-routing", { ttl: "soon" }, "routing_strategy_args.ttl: it must be a number"],
    ["latency-based-routing", { ttl: 0 }, "routing_strategy_args.ttl: 0 is not above 0"],
    [
      "latency-based-routing",
      { max_latency_list_size: 0 },
      "routing_strategy_args.max_latency_list_size: 0 is not a whole number",
    ],
    [
      "simple-shuffle",
      { ttl: 60 },
      "routing_strategy_args.ttl: simple-shuffle has no such argument. It has no arguments.",
    ],
    ["predicted-latency", { first_token_weight: -1 }, "first_token_weight: -1 is not from 0 to 1,000"],
    ["cost-slo", { first_token_target: 0 }, "first_token_target: 0 is not above 0"],
    ["cost-slo", { explore: 2 }, "explore: 2 is not from 0 to 1"],
    ["usage-based-routing", { ttl: [] }, "routing_strategy_args.ttl: it must be a number"],
    ["usage-based-routing-v2", { rpm: 5 }, "usage-based-routing-v2 has no such argument"],
  ])("rejects the strategy %s with the arguments %j and explains why", (name, args, message) => {
    expect(() => createStrategy(name, args)).toThrow(message);
  });

  it("warns that a ttl other than 60 seconds has no effect on usage-based routing", () => {
    const deployments = listed([{ id: "a" }]).map((candidate) => candidate.deployment);
    expect(createStrategy("usage-based-routing", { ttl: 30 }).review?.(deployments)).toEqual([
      expect.stringContaining("routing_strategy_args.ttl has no effect under usage-based-routing"),
    ]);
    expect(createStrategy("usage-based-routing-v2", { ttl: 60 }).review?.(deployments) ?? []).toEqual([]);
  });
});

it("reports all wrong arguments at once", () => {
  const wrong = { ttl: "soon", lowest_latency_bufer: 1, max_latency_list_size: 0 };
  expect(() => createStrategy("latency-based-routing", wrong)).toThrow(
    /^routing_strategy_args\.lowest_latency_bufer: .*Did you mean "lowest_latency_buffer"\? ttl: it must be a number\. max_latency_list_size: 0 is not a whole number/u,
  );
  expect(() => createStrategy("usage-based-routing", { ttl: "soon", tttl: 60 })).toThrow(
    /^routing_strategy_args\.tttl: .*Did you mean "ttl"\? ttl: it must be a number\./u,
  );
});
