import { type Candidate, type EventOf, isJsonObject, type OperationName } from "@modelyard/core";
import { type Sample, SampleWindow } from "./sample-window.js";

/** What is measured: time to the first token, seconds per token of the answer, seconds per call. */
const modes = ["stream", "plain", "call"] as const;
export type LatencyMode = (typeof modes)[number];

export function modeOf(operation: OperationName, stream: boolean): LatencyMode {
  if (stream) return "stream";
  return operation === "embeddings" ? "call" : "plain";
}

/** Seconds; `undefined`: the attempt says nothing about them. */
function sampleOf(event: EventOf<"attempt_succeeded">): number | undefined {
  const mode = modeOf(event.operation, event.stream);
  if (mode === "stream") return event.firstTokenMs === undefined ? undefined : event.firstTokenMs / 1000;
  if (mode === "call") return event.durationMs / 1000;
  const tokens = event.usage?.completion_tokens ?? 0;
  return tokens > 0 ? event.durationMs / 1000 / tokens : undefined;
}

/** A deployment that failed before it was ever measured is tried again after this long, in milliseconds. */
const triedAgainMs = 60_000;

/** Deployments that a snapshot or another process told of and that were not met here; those told of longest ago go first. */
const mostRemembered = 10_000;

interface Measured {
  /** The deployment's id: an index may be given to another one when the configuration changes. */
  readonly id: string;
  readonly windows: Record<LatencyMode, SampleWindow>;
  /** When it last failed without having been measured; 0: never. */
  failedAt: number;
}

/** Samples of one mode, summed up. */
interface News {
  sum: number;
  count: number;
  at: number;
}

type AllNews = Map<string, Record<LatencyMode, News>>;

interface Remembered extends Readonly<Record<LatencyMode, readonly Sample[]>> {
  readonly failedAt: number;
}

/** What a pick reads of one mode, by the router's index: flat, since a group may have a thousand deployments. */
export interface LatencyColumn {
  /** Seconds; below 0: nobody knows; `Infinity`: it only ever failed. */
  latencies: Float64Array;
  /** From when on the latency must be computed again, in milliseconds since the epoch. */
  until: Float64Array;
}

const unknown = -1;

function column(): LatencyColumn {
  return { latencies: new Float64Array(0), until: new Float64Array(0) };
}

function longer(values: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(values);
  return copy;
}

/** Latencies of deployments, by index. */
export class LatencyTable {
  readonly columns: Readonly<Record<LatencyMode, LatencyColumn>> = {
    stream: column(),
    plain: column(),
    call: column(),
  };
  /** Changes when a deployment becomes known: then indexes must be looked up again. */
  generation = 0;
  readonly #rows: (Measured | undefined)[] = [];
  /** What a snapshot said of deployments that have not been seen since. */
  readonly #remembered = new Map<string, Remembered>();
  /** Measured since others were told; `undefined`: nobody asks. */
  #news: AllNews | undefined;

  constructor(
    readonly ttlMs: number,
    readonly capacity: number,
  ) {}

  /** Where a deployment stands in the columns; -1: nothing is known of it. */
  find({ index, deployment }: Candidate): number {
    if (this.#rows[index]?.id === deployment.id) return index;
    if (!this.#remembered.has(deployment.id)) return -1;
    this.#row(index, deployment.id);
    return index;
  }

  /** Computes the latency at an index again. */
  refresh(index: number, mode: LatencyMode, now: number): void {
    const row = this.#rows[index];
    const { latencies, until } = this.columns[mode];
    const mean = row?.windows[mode].mean(now, this.ttlMs);
    if (row === undefined || mean !== undefined) {
      latencies[index] = mean ?? unknown;
      until[index] = row === undefined ? Number.POSITIVE_INFINITY : row.windows[mode].oldestAt + this.ttlMs;
      return;
    }
    const again = row.failedAt === 0 ? 0 : row.failedAt + Math.min(this.ttlMs, triedAgainMs);
    latencies[index] = now < again ? Number.POSITIVE_INFINITY : unknown;
    until[index] = now < again ? again : Number.POSITIVE_INFINITY;
  }

  succeeded(event: EventOf<"attempt_succeeded">): void {
    const sample = sampleOf(event);
    if (sample === undefined) return;
    const row = this.#row(event.index, event.deployment.id);
    const mode = modeOf(event.operation, event.stream);
    row.failedAt = 0;
    row.windows[mode].add(sample, event.at);
    this.#changed(event.index);
    if (this.#news !== undefined) note(this.#news, event.deployment.id, mode, [event.at, sample]);
  }

  /** A failure never looks fast: a timeout counts as at least what is known, others leave the latencies alone. */
  failed(event: EventOf<"attempt_failed">): void {
    const { blame, kind } = event.error;
    if (blame === "request" || blame === "caller" || blame === "router") return;
    const row = this.#row(event.index, event.deployment.id);
    const window = row.windows[modeOf(event.operation, event.stream)];
    if (window.mean(event.at, this.ttlMs) === undefined) row.failedAt = event.at;
    else if (kind === "timeout") window.addAtLeast(event.durationMs / 1000, event.at, this.ttlMs);
    this.#changed(event.index);
  }

  /** Plain data by deployment id, which {@link LatencyTable.restore} takes. */
  snapshot(): unknown {
    const known = this.#rows.filter((row) => row !== undefined);
    return Object.fromEntries([
      ...this.#remembered,
      ...known.map(({ id, windows, failedAt }) => [
        id,
        {
          stream: windows.stream.entries(),
          plain: windows.plain.entries(),
          call: windows.call.entries(),
          failedAt,
        } satisfies Remembered,
      ]),
    ]);
  }

  /** Of deployments that are known here already, what is known here stays. */
  restore(snapshot: unknown): void {
    if (!isJsonObject(snapshot)) return;
    const known = new Set(this.#rows.map((row) => row?.id));
    this.generation += 1;
    for (const [id, entry] of Object.entries(snapshot)) {
      if (!isJsonObject(entry) || known.has(id)) continue;
      const { failedAt } = entry;
      this.#remembered.delete(id);
      this.#remembered.set(id, {
        stream: samples(entry["stream"]),
        plain: samples(entry["plain"]),
        call: samples(entry["call"]),
        failedAt: typeof failedAt === "number" && Number.isFinite(failedAt) ? failedAt : 0,
      });
    }
    for (const id of this.#remembered.keys()) {
      if (this.#remembered.size <= mostRemembered) break;
      this.#remembered.delete(id);
    }
  }

  /**
   * Means of what was measured since this was last asked, one sample for each deployment and mode; the first time: of
   * all that is known.
   */
  learned(): unknown {
    const news = this.#news ?? this.#known();
    this.#news = new Map();
    if (news.size === 0) return undefined;
    return Object.fromEntries(
      [...news].map(([id, byMode]) => [
        id,
        Object.fromEntries(
          modes.filter((mode) => byMode[mode].count > 0).map((mode) => [mode, [meanOf(byMode[mode])]]),
        ),
      ]),
    );
  }

  /** Takes what {@link LatencyTable.learned} gave elsewhere. */
  hear(learned: unknown): void {
    if (!isJsonObject(learned)) return;
    const places = new Map(this.#rows.map((row, index) => [row?.id, index]));
    const rest: [string, unknown][] = [];
    for (const [id, entry] of Object.entries(learned)) {
      const index = places.get(id);
      const row = index === undefined ? undefined : this.#rows[index];
      if (index === undefined || row === undefined || !isJsonObject(entry)) rest.push([id, entry]);
      else {
        for (const mode of modes) {
          for (const [at, value] of samples(entry[mode])) {
            row.failedAt = 0;
            row.windows[mode].add(value, at);
          }
        }
        this.#changed(index);
      }
    }
    this.restore(Object.fromEntries(rest));
  }

  #known(): AllNews {
    const known: AllNews = new Map();
    for (const row of this.#rows) {
      if (row === undefined) continue;
      for (const mode of modes) for (const sample of row.windows[mode].entries()) note(known, row.id, mode, sample);
    }
    return known;
  }

  #row(index: number, id: string): Measured {
    const known = this.#rows[index];
    if (known?.id === id) return known;
    const window = (): SampleWindow => new SampleWindow(this.capacity);
    const made: Measured = { id, windows: { stream: window(), plain: window(), call: window() }, failedAt: 0 };
    const past = this.#remembered.get(id);
    if (past !== undefined) {
      this.#remembered.delete(id);
      made.failedAt = past.failedAt;
      for (const mode of modes) for (const [at, value] of past[mode]) made.windows[mode].add(value, at);
    }
    this.#rows[index] = made;
    this.generation += 1;
    this.#changed(index);
    return made;
  }

  /** The next pick computes it again. */
  #changed(index: number): void {
    for (const mode of modes) {
      const known = this.columns[mode];
      if (index >= known.until.length) {
        const length = Math.max(16, 2 * (index + 1));
        known.latencies = longer(known.latencies, length);
        known.until = longer(known.until, length);
      }
      known.until[index] = 0;
    }
  }
}

function note(news: AllNews, id: string, mode: LatencyMode, [at, value]: Sample): void {
  let byMode = news.get(id);
  if (byMode === undefined) {
    const none = (): News => ({ sum: 0, count: 0, at: 0 });
    byMode = { stream: none(), plain: none(), call: none() };
    news.set(id, byMode);
  }
  byMode[mode].sum += value;
  byMode[mode].count += 1;
  byMode[mode].at = at;
}

function meanOf({ sum, count, at }: News): Sample {
  return [at, sum / count];
}

function samples(value: unknown): readonly Sample[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).filter(
    (entry): entry is Sample =>
      Array.isArray(entry) &&
      entry.length === 2 &&
      entry.every((part) => typeof part === "number" && Number.isFinite(part) && part >= 0),
  );
}
