// Counts what requests cost in figures that are the same on every machine and under every load, and prints them as
// JSON. To be run without compilers of V8, which optimise allocations away when they find the time, and with room for
// all of it, so that no collection comes in between.
import { createHook } from "node:async_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import { heldBytes } from "./in-the-air.js";
import { completion, type Scenario, throughGateway } from "./scenarios.js";
import { overSockets } from "./sockets.js";

/** Per request. */
export interface Figures {
  /** Allocated on V8's heap. */
  readonly bytes: number;
  /** Of these, allocated in the old generation: they keep what they refer to until the next collection of all. */
  readonly oldBytes: number;
  readonly promises: number;
  readonly timers: number;
  /** Calls of `JSON.parse` and `JSON.stringify`. */
  readonly parses: number;
  readonly stringifies: number;
  /** Held on V8's heap while the vendor works: what lives through collections is copied by each. */
  readonly heldBytes: number;
}

type Spent = Omit<Figures, "heldBytes">;

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

/** What is in the old generation. Without collections, all that comes to it was allocated there. */
function oldSize(): number {
  let size = 0;
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics())
    if (!name.startsWith("new_")) size += used;
  return size;
}

const rounds = 7;
const inRound = 50;

/** The median of some rounds: V8 puts what it learns about the code there too, but less and less of it. */
async function oldBytesOf(scenario: Scenario): Promise<number> {
  const sizes = new Float64Array(rounds);
  for (let round = 0; round < rounds; round += 1) {
    const before = oldSize();
    await repeat(scenario, inRound);
    sizes[round] = (oldSize() - before) / inRound;
  }
  return sizes.toSorted()[(rounds - 1) / 2] ?? Number.NaN;
}

async function countsOf(scenario: Scenario): Promise<Omit<Spent, "bytes" | "oldBytes">> {
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

async function figuresOf(scenario: Scenario): Promise<Spent> {
  await repeat(scenario, warmUps);
  globalThis.gc?.();
  const bytes = Math.round(await bytesOf(scenario));
  const counts = await countsOf(scenario);
  return { bytes, oldBytes: await oldBytesOf(scenario), ...counts };
}

const figures: Record<string, Partial<Figures>> = {};
for (const [name, scenario] of Object.entries(scenarios)) figures[name] = await figuresOf(scenario);
for (const stream of [false, true]) {
  const { scenario, close } = await overSockets(stream);
  figures[stream ? "stream, sockets" : "plain, sockets"] = await figuresOf(scenario);
  await close();
}
for (const size of [1, 20]) figures[`in the air, ${String(size)} KB`] = { heldBytes: await heldBytes(size * 1_024) };
process.stdout.write(`${JSON.stringify(figures)}\n`);
