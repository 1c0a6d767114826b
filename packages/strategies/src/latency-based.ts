import {
  type Candidate,
  type EventOf,
  invalidOption,
  isJsonObject,
  type NonEmpty,
  type PickContext,
  type Strategy,
  type StrategyEvent,
} from "@modelyard/core";
import { SampleWindow } from "./sample-window.js";

export interface LatencyBasedOptions {
  /** How long a measurement counts. Milliseconds, above 0. @defaultValue 3_600_000 */
  readonly ttlMs?: number;
  /** Deployments up to this share slower than the fastest share the calls; at least 0. @defaultValue 0 */
  readonly lowestLatencyBuffer?: number;
  /** Measurements kept per deployment. Whole, at least 1. @defaultValue 10 */
  readonly maxLatencyListSize?: number;
}

/** What is measured: time to the first token, seconds per token of the answer, seconds per call. */
const modes = ["stream", "plain", "call"] as const;
type Mode = (typeof modes)[number];

/** Differences below this are noise, in seconds. */
const noise: Readonly<Record<Mode, number>> = { stream: 0.01, plain: 0.001, call: 0.01 };

interface Measured {
  /** The deployment's id: an index may be given to another one when the configuration changes. */
  readonly id: string;
  readonly windows: Record<Mode, SampleWindow>;
  /** When it last failed without ever having been measured; 0: never. */
  failedAt: number;
}

function modeOf(operation: string, stream: boolean): Mode {
  if (stream) return "stream";
  return operation === "embeddings" ? "call" : "plain";
}

function sampleOf(event: EventOf<"attempt_succeeded">): number | undefined {
  const mode = modeOf(event.operation, event.stream);
  if (mode === "stream") return event.firstTokenMs === undefined ? undefined : event.firstTokenMs / 1000;
  if (mode === "call") return event.durationMs / 1000;
  const tokens = event.usage?.completion_tokens ?? 0;
  return tokens > 0 ? event.durationMs / 1000 / tokens : undefined;
}

/** Latencies of deployments, by index. */
class LatencyTable {
  readonly #rows: (Measured | undefined)[] = [];

  constructor(
    readonly ttlMs: number,
    readonly capacity: number,
  ) {}

  row(index: number, id: string): Measured {
    const known = this.#rows[index];
    if (known?.id === id) return known;
    const window = (): SampleWindow => new SampleWindow(this.capacity);
    const made: Measured = { id, windows: { stream: window(), plain: window(), call: window() }, failedAt: 0 };
    this.#rows[index] = made;
    return made;
  }

  /** Seconds; -1: nobody knows yet; `Infinity`: it only ever failed. */
  latency({ index, deployment }: Candidate, mode: Mode, now: number): number {
    const row = this.#rows[index];
    if (row === undefined || row.id !== deployment.id) return -1;
    const mean = row.windows[mode].mean(now, this.ttlMs);
    if (mean !== undefined) return mean;
    return row.failedAt > now - this.ttlMs ? Number.POSITIVE_INFINITY : -1;
  }

  succeeded(event: EventOf<"attempt_succeeded">): void {
    const sample = sampleOf(event);
    if (sample === undefined) return;
    const row = this.row(event.index, event.deployment.id);
    row.failedAt = 0;
    row.windows[modeOf(event.operation, event.stream)].add(sample, event.at);
  }

  /** A failure never looks fast: a timeout counts as at least what is known, others leave the latencies alone. */
  failed(event: EventOf<"attempt_failed">): void {
    const { blame } = event.error;
    if (blame === "request" || blame === "caller" || blame === "router") return;
    const row = this.row(event.index, event.deployment.id);
    const mode = modeOf(event.operation, event.stream);
    const mean = row.windows[mode].mean(event.at, this.ttlMs);
    if (mean === undefined) row.failedAt = event.at;
    else if (event.error.kind === "timeout") row.windows[mode].add(Math.max(mean, event.durationMs / 1000), event.at);
  }

  snapshot(): unknown {
    return Object.fromEntries(
      this.#rows.flatMap((row) =>
        row === undefined
          ? []
          : [[row.id, Object.fromEntries(modes.map((mode) => [mode, row.windows[mode].entries()]))]],
      ),
    );
  }
}

function pickFastest(
  table: LatencyTable,
  buffer: number,
  candidates: NonEmpty<Candidate>,
  context: PickContext,
): Candidate {
  const { now } = context;
  const mode = modeOf(context.operation, context.stream);
  let lowest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const latency = table.latency(candidate, mode, now);
    if (latency < lowest) lowest = latency;
  }
  const most = lowest < 0 ? lowest : Math.max(lowest * (1 + buffer), lowest + noise[mode]);
  let near = 0;
  for (const candidate of candidates) if (table.latency(candidate, mode, now) <= most) near += 1;
  let place = Math.floor(context.random.next() * near);
  for (const candidate of candidates) {
    if (table.latency(candidate, mode, now) > most) continue;
    if (place === 0) return candidate;
    place -= 1;
  }
  return candidates[0];
}

/**
 * The fastest of late: time to the first token for streams, seconds per token of the answer otherwise, as a mean over a
 * sliding window. Those not measured yet are tried first; near-equals share by lot.
 */
export function latencyBased(options: LatencyBasedOptions = {}): Strategy {
  const { ttlMs = 3_600_000, lowestLatencyBuffer = 0, maxLatencyListSize = 10 } = options;
  if (!(ttlMs > 0))
    throw invalidOption("latencyBased.ttlMs", `${String(ttlMs)} is not above 0.`, "Correct it or leave it out.");
  if (!(lowestLatencyBuffer >= 0)) {
    throw invalidOption(
      "latencyBased.lowestLatencyBuffer",
      `${String(lowestLatencyBuffer)} is below 0.`,
      "Correct it or leave it out.",
    );
  }
  if (!Number.isInteger(maxLatencyListSize) || maxLatencyListSize < 1) {
    throw invalidOption(
      "latencyBased.maxLatencyListSize",
      `${String(maxLatencyListSize)} is no whole number of at least 1.`,
      "Correct it or leave it out.",
    );
  }
  const table = new LatencyTable(ttlMs, maxLatencyListSize);
  /** What a snapshot said of deployments that have not been seen since. */
  const remembered = new Map<string, Record<Mode, readonly (readonly [number, number])[]>>();
  const recall = (candidates: NonEmpty<Candidate>): void => {
    for (const { index, deployment } of candidates) {
      const entries = remembered.get(deployment.id);
      if (entries === undefined) continue;
      remembered.delete(deployment.id);
      const row = table.row(index, deployment.id);
      for (const mode of modes) for (const [at, value] of entries[mode]) row.windows[mode].add(value, at);
    }
  };
  return {
    name: "latency-based-routing",
    pick(candidates, context) {
      if (remembered.size > 0) recall(candidates);
      return pickFastest(table, lowestLatencyBuffer, candidates, context);
    },
    observe(event: StrategyEvent) {
      if (event.type === "attempt_succeeded") table.succeeded(event);
      else if (event.type === "attempt_failed") table.failed(event);
    },
    snapshot: () => table.snapshot(),
    restore(snapshot) {
      if (!isJsonObject(snapshot)) return;
      for (const [id, windows] of Object.entries(snapshot)) {
        if (isJsonObject(windows))
          remembered.set(id, {
            stream: samples(windows["stream"]),
            plain: samples(windows["plain"]),
            call: samples(windows["call"]),
          });
      }
    },
  };
}

function samples(value: unknown): readonly (readonly [number, number])[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).filter(
    (entry): entry is readonly [number, number] =>
      Array.isArray(entry) &&
      entry.length === 2 &&
      entry.every((part) => typeof part === "number" && Number.isFinite(part)),
  );
}
