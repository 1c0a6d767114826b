import type { Candidate, JsonObject, StrategyEvent } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import { DeploymentLatency, type LoadEffects, type Measurement } from "./deployment-latency.js";
import { LatencyColumns } from "./latency-columns.js";
import { byMode, type LatencyMode, latencyModes } from "./latency-mode.js";
import { LoadEffect } from "./load-effect.js";
import { LatencyNews } from "./latency-news.js";
import { samplesIn } from "./plain-samples.js";
import { mostAheadMs } from "./sample-window.js";

/** How long a deployment is avoided that failed before it was ever measured, in milliseconds. */
const avoidedMs = 60_000;
/** A call is overdue if it waits this many times longer than expected. */
const overdueFactor = 2;
/**
 * A single overdue call may be an exception, so after this many times what it should have taken, another call may follow it.
 * If that one is answered, the overdue call no longer counts. If it waits as well, none follows until one of them ends.
 */
const heldFactor = 2.5;

/**
 * Most deployments remembered from snapshots and other processes that this router does not have. The oldest is
 * forgotten.
 */
const mostRemembered = 10_000;

/** The latencies of all deployments, by index. */
export class LatencyTable {
  readonly columns: Readonly<Record<LatencyMode, LatencyColumns>> = byMode(() => new LatencyColumns());
  /** Changes when a deployment becomes known. Indexes must then be looked up again. */
  generation = 0;
  readonly #all: LoadEffects = byMode((mode) => new LoadEffect(mode === "plain"));
  readonly #rows: (DeploymentLatency | undefined)[] = [];
  /** Data from snapshots about deployments that have not been seen since. */
  readonly #remembered = new Map<string, JsonObject>();
  /** The time of the latest pick, in milliseconds since the epoch. */
  #latest = 0;
  /** What was measured since the last exchange with other processes. `undefined`: there are no other processes. */
  #news: LatencyNews | undefined;

  constructor(
    readonly ttlMs: number,
    readonly capacity: number,
  ) {}

  /** The index of a deployment in the columns. -1: nothing is known about it. */
  find({ index, deployment }: Candidate): number {
    if (this.#rows[index]?.id === deployment.id) return index;
    if (!this.#remembered.has(deployment.id)) return -1;
    this.#row(index, deployment.id);
    return index;
  }

  /** Updates the columns at an index. */
  refresh(index: number, mode: LatencyMode, now: number): void {
    const columns = this.columns[mode];
    const row = this.#rows[index];
    columns.forget(index);
    if (row === undefined) return;
    columns.load[index] = row.pending.load(mode);
    const known = row.get(mode);
    const mean = known?.window.mean(now, this.ttlMs);
    if (known === undefined || mean === undefined) {
      const again = row.failedAt === 0 ? 0 : row.failedAt + Math.min(this.ttlMs, avoidedMs);
      if (now >= again || row.failedAt > now + mostAheadMs) return;
      columns.unloaded[index] = Number.POSITIVE_INFINITY;
      columns.until[index] = again;
      return;
    }
    const { meanLoad, meanPromptTokens, knowsLoad, oldestAt } = known.window;
    columns.until[index] = oldestAt + this.ttlMs;
    columns.unloaded[index] = mean;
    let expected = mean;
    const oldest = row.pending.oldest(mode);
    if (knowsLoad) {
      const { perLoad, perToken } = known.effect;
      // Load and prompts explain at most what was measured: even an idle deployment takes some time.
      const added = perLoad * meanLoad + perToken * meanPromptTokens;
      const share = added > mean ? mean / added : 1;
      columns.unloaded[index] = mean - share * added;
      columns.perLoad[index] = share * perLoad;
      columns.perToken[index] = share * perToken;
      if (oldest !== undefined) expected += share * (perLoad * oldest.load + perToken * oldest.promptTokens - added);
    }
    const second = row.ofWait(1_000, mode);
    if (oldest === undefined || second === undefined) return;
    columns.waitsSince[index] = oldest.startedAt;
    const expectedMs = (expected * 1_000) / second;
    columns.overdueAt[index] = oldest.startedAt + overdueFactor * expectedMs;
    columns.heldUntil[index] =
      row.pending.latest(mode) === oldest ? oldest.startedAt + heldFactor * expectedMs : Number.POSITIVE_INFINITY;
    columns.perWaitedMs[index] = second / 1_000;
  }

  /** If the clock was set back, marks values that were computed for a later time as outdated. */
  follow(now: number): void {
    if (now >= this.#latest) this.#latest = now;
    else if (now < this.#latest - mostAheadMs) {
      this.#latest = now;
      for (const index of this.#rows.keys()) this.#changed(index);
    }
  }

  observe(event: StrategyEvent): void {
    const row = this.#row(event.index, event.deployment.id);
    switch (event.type) {
      case "attempt_started":
        row.pending.start(event);
        break;
      case "attempt_first_token":
        this.#note(row, row.firstToken(event));
        break;
      case "attempt_succeeded":
        this.#note(row, row.succeeded(event));
        break;
      case "attempt_failed":
        row.failed(event, this.ttlMs);
        break;
      case "attempt_aborted":
        row.pending.end(event);
        break;
      case "limits_reported":
      // Limits are not about the time that answers take.
    }
    this.#changed(event.index);
  }

  /** Plain data by deployment id, for {@link LatencyTable.restore}. */
  snapshot(): unknown {
    const known = this.#rows.filter((row) => row !== undefined);
    return Object.fromEntries([...this.#remembered, ...known.map((row) => [row.id, row.snapshot()] as const)]);
  }

  /** Restores data. What is already known here about a deployment is kept. */
  restore(snapshot: unknown): void {
    if (!isJsonObject(snapshot)) return;
    const known = new Set(this.#rows.map((row) => row?.id));
    this.generation += 1;
    for (const [id, entry] of Object.entries(snapshot)) {
      if (!isJsonObject(entry) || known.has(id)) continue;
      this.#remembered.delete(id);
      this.#remembered.set(id, entry);
    }
    for (const id of this.#remembered.keys()) {
      if (this.#remembered.size <= mostRemembered) break;
      this.#remembered.delete(id);
    }
  }

  /**
   * What was measured since the last call of this method, as one mean sample per deployment and mode. The first call
   * returns everything that is known.
   */
  delta(): unknown {
    const news = this.#news ?? this.#known();
    this.#news = new LatencyNews();
    return news.means();
  }

  /** Adds what {@link LatencyTable.delta} returned in another process. */
  merge(delta: unknown): void {
    if (!isJsonObject(delta)) return;
    const places = new Map(this.#rows.map((row, index) => [row?.id, index]));
    const rest: [string, unknown][] = [];
    for (const [id, entry] of Object.entries(delta)) {
      const index = places.get(id);
      const row = index === undefined ? undefined : this.#rows[index];
      if (index === undefined || row === undefined || !isJsonObject(entry)) rest.push([id, entry]);
      else {
        for (const mode of latencyModes) for (const sample of samplesIn(entry[mode])) row.add({ mode, sample });
        this.#changed(index);
      }
    }
    this.restore(Object.fromEntries(rest));
  }

  #note(row: DeploymentLatency, measurement: Measurement | undefined): void {
    if (measurement !== undefined) this.#news?.add(row.id, measurement);
  }

  #known(): LatencyNews {
    const known = new LatencyNews();
    for (const row of this.#rows) {
      if (row === undefined) continue;
      for (const mode of latencyModes)
        for (const sample of row.get(mode)?.window.samples() ?? []) known.add(row.id, { mode, sample });
    }
    return known;
  }

  #row(index: number, id: string): DeploymentLatency {
    const known = this.#rows[index];
    if (known?.id === id) return known;
    const made = new DeploymentLatency(id, this.capacity, this.#all);
    const past = this.#remembered.get(id);
    if (past !== undefined) {
      this.#remembered.delete(id);
      made.restore(past);
    }
    this.#rows[index] = made;
    this.generation += 1;
    this.#changed(index);
    return made;
  }

  /** Marks the values at an index as outdated, so that the next pick updates them. */
  #changed(index: number): void {
    this.columns.stream.change(index);
    this.columns.plain.change(index);
    this.columns.call.change(index);
  }
}
