import { quantile } from "./quantiles.js";

/** What happened during one part of a simulation. */
export interface TimelineStep {
  /** When it began, in milliseconds since the start. It ends when the next one begins. */
  readonly fromMs: number;
  /** How many requests arrived. */
  readonly requests: number;
  /** How many of these failed. */
  readonly failures: number;
  /** Of the requests that arrived; those that failed count with the patience of their callers. `NaN`: none arrived. */
  readonly firstTokenP50Ms: number;
  readonly firstTokenP95Ms: number;
  /** How many calls each deployment got, by its id. */
  readonly calls: Readonly<Record<string, number>>;
}

/** The lengths that a step may have, in milliseconds. */
const stepLengths = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600].map(
  (seconds) => seconds * 1_000,
);
/** A plot shows no more than this. */
const mostSteps = 80;

/** Records what happened when, so that a plot can show it. All times are in milliseconds. */
export class TimelineRecorder {
  readonly #arrivals: number[] = [];
  readonly #firsts: number[] = [];
  readonly #failed: boolean[] = [];
  readonly #calls = new Map<string, number[]>();

  ended(arrivalMs: number, firstTokenMs: number, failed: boolean): void {
    this.#arrivals.push(arrivalMs);
    this.#firsts.push(firstTokenMs);
    this.#failed.push(failed);
  }

  called(id: string, atMs: number): void {
    const times = this.#calls.get(id);
    if (times === undefined) this.#calls.set(id, [atMs]);
    else times.push(atMs);
  }

  /** At most 80 steps of the same length. Empty if nothing happened. */
  steps(): readonly TimelineStep[] {
    const last = this.#last();
    const length = stepLengths.find((step) => last < step * mostSteps) ?? Math.ceil((last + 1) / mostSteps);
    const count = this.#arrivals.length === 0 ? 0 : Math.floor(last / length) + 1;
    const firsts = Array.from({ length: count }, (): number[] => []);
    const failures = Array.from({ length: count }, () => 0);
    for (const [index, arrival] of this.#arrivals.entries()) {
      const step = Math.floor(arrival / length);
      firsts[step]?.push(this.#firsts[index] ?? Number.NaN);
      if (this.#failed[index] === true) failures[step] = (failures[step] ?? 0) + 1;
    }
    const calls = new Map([...this.#calls].map(([id, times]) => [id, countsOf(times, length, count)]));
    return firsts.map((values, step) => {
      const sorted = Float64Array.from(values).toSorted();
      return {
        fromMs: step * length,
        requests: values.length,
        failures: failures[step] ?? 0,
        firstTokenP50Ms: quantile(sorted, 0.5),
        firstTokenP95Ms: quantile(sorted, 0.95),
        calls: Object.fromEntries([...calls].map(([id, counts]) => [id, counts[step] ?? 0])),
      };
    });
  }

  #last(): number {
    let last = 0;
    for (const arrival of this.#arrivals) last = Math.max(last, arrival);
    for (const times of this.#calls.values()) last = Math.max(last, times.at(-1) ?? 0);
    return last;
  }
}

function countsOf(times: readonly number[], length: number, count: number): readonly number[] {
  const counts = Array.from({ length: count }, () => 0);
  for (const time of times) {
    const step = Math.floor(time / length);
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts;
}
