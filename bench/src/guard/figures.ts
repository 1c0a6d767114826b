// Counts what requests cost in figures that are the same on every machine and under every load, and prints them as
// JSON. To be run without compilers of V8 (`--jitless`), which optimise allocations away when they find the time, and
// with room for all of it, so that no collection comes in between.
import { createHook } from "node:async_hooks";
import { completion, type Scenario, throughGateway } from "./scenarios.js";

/** Per request. */
export interface Figures {
  /** Allocated on V8's heap. */
  readonly bytes: number;
  readonly promises: number;
  readonly timers: number;
  /** Calls of `JSON.parse` and `JSON.stringify`. */
  readonly parses: number;
  readonly stringifies: number;
}

const warmUps = 200;
const measured = 100;

async function repeat(scenario: Scenario, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await scenario();
}

async function bytesOf(scenario: Scenario): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  await repeat(scenario, measured);
  return (process.memoryUsage().heapUsed - before) / measured;
}

async function countsOf(scenario: Scenario): Promise<Omit<Figures, "bytes">> {
  const counts = { promises: 0, timers: 0, parses: 0, stringifies: 0 };
  const { setTimeout } = globalThis;
  const { parse, stringify } = JSON;
  const hook = createHook({
    init: (_id, type) => {
      if (type === "PROMISE") counts.promises += 1;
    },
  });
  globalThis.setTimeout = ((...given: Parameters<typeof setTimeout>) => {
    counts.timers += 1;
    return setTimeout(...given);
  }) as typeof setTimeout;
  JSON.parse = (...given: Parameters<typeof parse>): unknown => {
    counts.parses += 1;
    return parse(...given);
  };
  JSON.stringify = ((...given: Parameters<typeof stringify>) => {
    counts.stringifies += 1;
    return stringify(...given);
  }) as typeof stringify;
  hook.enable();
  try {
    await repeat(scenario, measured);
  } finally {
    hook.disable();
    globalThis.setTimeout = setTimeout;
    JSON.parse = parse;
    JSON.stringify = stringify;
  }
  return {
    promises: counts.promises / measured,
    timers: counts.timers / measured,
    parses: counts.parses / measured,
    stringifies: counts.stringifies / measured,
  };
}

const scenarios: Readonly<Record<string, Scenario>> = {
  completion: completion(3, 1),
  "completion, 1000 deployments": completion(1_000, 1),
  "completion, 1000 groups": completion(3, 1_000),
  plain: throughGateway(false),
  stream: throughGateway(true),
};

const figures: Record<string, Figures> = {};
for (const [name, scenario] of Object.entries(scenarios)) {
  await repeat(scenario, warmUps);
  globalThis.gc?.();
  figures[name] = { bytes: Math.round(await bytesOf(scenario)), ...(await countsOf(scenario)) };
}
process.stdout.write(`${JSON.stringify(figures)}\n`);
