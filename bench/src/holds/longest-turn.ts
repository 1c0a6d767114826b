import { PerformanceObserver, performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openSync, readSync } from "node:fs";

let schedstat: number | undefined;
const read = Buffer.alloc(128);

/** Processor time of this thread, in milliseconds: the time of other programs does not count. */
export function cpuMs(): number {
  schedstat ??= openSync("/proc/thread-self/schedstat", "r");
  const length = readSync(schedstat, read, 0, read.length, 0);
  return Number(read.toString("latin1", 0, length).split(" ")[0]) / 1e6;
}

/** What the longest turns of the event loop took, in milliseconds. Each figure may be of another turn. */
export interface LongestTurn {
  /** Everything but collecting. */
  readonly turnMs: number;
  /** Parsing long texts. */
  readonly parsingMs: number;
  /** Collecting garbage, except while parsing. */
  readonly collectingMs: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Turn extends Span {
  readonly cpuMs: number;
  readonly parsingMs: number;
}

/** Shorter texts are not bodies that need a turn of their own, so parsing them counts as other work. */
const longText = 256 * 1024;

/**
 * Measures the turns of the event loop while something runs. `JSON.parse` is measured where it runs: the same text may take
 * twice as long in another turn, because the garbage of the turns before is collected in it.
 */
export async function longestTurn(run: () => Promise<unknown>): Promise<LongestTurn> {
  const turns: Turn[] = [];
  const parses: Span[] = [];
  const collections: Span[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      collections.push({ from: startTime, to: startTime + duration });
  });
  observer.observe({ entryTypes: ["gc"] });
  let parsingMs = 0;
  const parse = JSON.parse;
  JSON.parse = (text: string, ...more: []): unknown => {
    if (text.length < longText) return parse(text, ...more);
    const from = performance.now();
    const began = cpuMs();
    try {
      return parse(text, ...more);
    } finally {
      parsingMs += cpuMs() - began;
      parses.push({ from, to: performance.now() });
    }
  };
  let running = true;
  let from = performance.now();
  let before = cpuMs();
  const look = (): void => {
    const now = cpuMs();
    const to = performance.now();
    turns.push({ from, to, cpuMs: now - before, parsingMs });
    parsingMs = 0;
    before = now;
    from = to;
    if (running) setImmediate(look);
  };
  setImmediate(look);
  try {
    await run();
  } finally {
    running = false;
    JSON.parse = parse;
  }
  // The observer is notified in a later turn.
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
  observer.disconnect();
  return worstOf(turns, parses, collections);
}

function worstOf(turns: readonly Turn[], parses: readonly Span[], collections: readonly Span[]): LongestTurn {
  const between = collections.filter((collection) => !parses.some((parse) => isWithin(collection, parse)));
  const split = turns.map((turn) => {
    const collectingMs = between
      .filter((collection) => isWithin(collection, turn))
      .reduce((sum, { from, to }) => sum + to - from, 0);
    return { parsingMs: turn.parsingMs, collectingMs, turnMs: turn.cpuMs - collectingMs };
  });
  const worst = (figure: keyof LongestTurn): number => split.reduce((most, turn) => Math.max(most, turn[figure]), 0);
  return { parsingMs: worst("parsingMs"), collectingMs: worst("collectingMs"), turnMs: worst("turnMs") };
}

function isWithin(inner: Span, outer: Span): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}
