// Counts what requests cost in figures that do not depend on the machine or its load, and prints them as JSON. Run it
// without V8's compilers, which optimize allocations away at unpredictable times, and with a heap that is large enough to
// need no garbage collection.
import { createHook } from "node:async_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import { heldBytes } from "./in-the-air.js";
import { acrossWires, completion, type Scenario, throughGateway } from "./scenarios.js";
import { overSockets } from "./sockets.js";
import { titleOf, wirePairs } from "../wires/wires.js";

/** The cost of one request. */
export interface Figures {
  /** Bytes allocated on V8's heap. */
  readonly bytes: number;
  /** Bytes of these in the old generation. What they refer to is kept until the next full collection. */
  readonly oldBytes: number;
  readonly promises: number;
  readonly timers: number;
  /** Calls of `JSON.parse` and `JSON.stringify`. */
  readonly parses: number;
  readonly stringifies: number;
  /** Bytes held on V8's heap while the vendor works. Each collection has to copy what is held. */
  readonly heldBytes: number;
}

type AllocationFigures = Omit<Figures, "heldBytes">;

/** How often a scenario is repeated. */
interface Repeats {
  readonly warmUps: number;
  readonly measured: number;
  /** Rounds in which the old generation is looked at, and the requests of one. */
  readonly rounds: number;
  readonly inRound: number;
}

const thoroughly: Repeats = { warmUps: 200, measured: 100, rounds: 7, inRound: 50 };
/** For the many combinations of wires, whose streams are long. */
const quickly: Repeats = { warmUps: 60, measured: 20, rounds: 9, inRound: 10 };

async function repeat(scenario: Scenario, count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await scenario();
}

async function bytesOf(scenario: Scenario, { measured }: Repeats): Promise<number> {
  const before = process.memoryUsage().heapUsed;
  await repeat(scenario, measured);
  return (process.memoryUsage().heapUsed - before) / measured;
}

/** Size of the old generation. Without collections, everything in it was allocated there. */
function oldSize(): number {
  let size = 0;
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics())
    if (!name.startsWith("new_")) size += used;
  return size;
}

/** The median of several rounds, since V8 stores feedback about the code there too, but less with each round. */
async function oldBytesOf(scenario: Scenario, { rounds, inRound }: Repeats): Promise<number> {
  const sizes = new Float64Array(rounds);
  for (let round = 0; round < rounds; round += 1) {
    const before = oldSize();
    await repeat(scenario, inRound);
    sizes[round] = (oldSize() - before) / inRound;
  }
  return sizes.toSorted()[(rounds - 1) / 2] ?? Number.NaN;
}

async function countsOf(
  scenario: Scenario,
  { measured }: Repeats,
): Promise<Omit<AllocationFigures, "bytes" | "oldBytes">> {
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

async function figuresOf(scenario: Scenario, repeats = thoroughly): Promise<AllocationFigures> {
  await repeat(scenario, repeats.warmUps);
  globalThis.gc?.();
  const bytes = Math.round(await bytesOf(scenario, repeats));
  const counts = await countsOf(scenario, repeats);
  globalThis.gc?.();
  return { bytes, oldBytes: await oldBytesOf(scenario, repeats), ...counts };
}

const fewPieces = 50;
const manyPieces = 100;

/** What one more event of a stream costs. */
function perEvent(few: AllocationFigures, many: AllocationFigures): Partial<Figures> {
  const added = (read: (figures: AllocationFigures) => number): number =>
    (read(many) - read(few)) / (manyPieces - fewPieces);
  return {
    bytes: Math.round(added(({ bytes }) => bytes)),
    promises: added(({ promises }) => promises),
    parses: added(({ parses }) => parses),
    stringifies: added(({ stringifies }) => stringifies),
  };
}

const figures: Record<string, Partial<Figures>> = {};
for (const [name, scenario] of Object.entries(scenarios)) figures[name] = await figuresOf(scenario);
for (const stream of [false, true]) {
  const { scenario, close } = await overSockets(stream);
  figures[stream ? "stream, sockets" : "plain, sockets"] = await figuresOf(scenario);
  await close();
}
for (const pair of wirePairs) {
  const figuresWith = (pieces: number): Promise<AllocationFigures> => figuresOf(acrossWires(pair, pieces), quickly);
  const few = await figuresWith(fewPieces);
  const title = titleOf(pair);
  figures[`${title}, plain`] = await figuresWith(0);
  figures[`${title}, stream`] = few;
  figures[`${title}, one more event`] = perEvent(few, await figuresWith(manyPieces));
}
for (const size of [1, 20]) figures[`in the air, ${String(size)} KB`] = { heldBytes: await heldBytes(size * 1_024) };
process.stdout.write(`${JSON.stringify(figures)}\n`);
