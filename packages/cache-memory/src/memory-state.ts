import {
  type BenchMark,
  boundedInstant,
  BucketCounter,
  createLimitCounter,
  type LimitCounter,
  type LimitSpec,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
  type SharedState,
} from "@modelyard/core";

interface Held {
  readonly limits: readonly LimitSpec[];
  readonly amounts: readonly number[];
  readonly stamps: readonly number[];
  /** End of its time, unless it is extended. */
  until: number;
}

interface Counted {
  readonly spec: LimitSpec;
  readonly counter: LimitCounter;
}

interface Books {
  readonly counters: Map<string, Counted>;
  readonly held: Map<string, Held>;
  /** No reservation is over its time before. */
  earliest: number;
  /** Settled lately, by the time until which it counts. */
  readonly settled: Map<string, number>;
}

/** How long a settled reservation is known, in milliseconds. */
const settledMs = 60_000;

/** Clocks of routers differ by less; a time that is so much earlier than the latest one means a clock that was set back. */
const jumpMs = 60_000;

/** Shared state for several routers of one process; answers at once. */
class MemoryState implements SharedState {
  readonly name = "memory";
  readonly available = true;
  readonly #books = new Map<string, Books>();
  readonly #benches = new Map<string, BenchMark>();
  /** The latest time that any router named. */
  #latest = 0;
  readonly #listeners = new Set<(mark: BenchMark) => void>();

  reserve(request: ReserveRequest): ReserveReply {
    const books = this.#booksOf(request.deploymentId, request.now);
    if (books.held.has(request.reservationId) || books.settled.has(request.reservationId)) return { granted: true };
    const counters = request.limits.map((spec) => counterOf(books, spec, request.now));
    for (const [index, counter] of counters.entries()) {
      const wait = counter.wait(request.amounts[index] ?? 0, request.now);
      const spec = request.limits[index];
      if (wait <= 0 || spec === undefined) continue;
      return {
        granted: false,
        limit: spec.name,
        retryAfterMs: spec.kind === "slots" && Number.isFinite(wait) ? 0 : wait,
      };
    }
    const stamps = counters.map((counter, index) => counter.take(request.amounts[index] ?? 0, request.now));
    const until = request.now + request.ttlMs;
    books.held.set(request.reservationId, { limits: request.limits, amounts: request.amounts, stamps, until });
    books.earliest = Math.min(books.earliest, until);
    return { granted: true };
  }

  settle(request: SettleRequest): boolean {
    const books = this.#booksOf(request.deploymentId, request.now);
    const held = books.held.get(request.reservationId);
    if (books.settled.has(request.reservationId)) return false;
    if (held === undefined && request.unreserved !== true) return false;
    books.held.delete(request.reservationId);
    books.settled.set(request.reservationId, request.now + settledMs);
    for (const [index, spec] of request.limits.entries()) {
      const counter = counterOf(books, spec, request.now);
      const used = request.amounts[index] ?? 0;
      if (held !== undefined) counter.settle(held.amounts[index] ?? 0, used, held.stamps[index] ?? 0, request.now);
      else if (spec.kind !== "slots") counter.settle(used, used, counter.take(used, request.now), request.now);
    }
    return true;
  }

  extend({ deploymentId, reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): boolean {
    const books = this.#booksOf(deploymentId, now);
    const held = books.held.get(reservationId);
    if (held === undefined) return false;
    held.until = now + ttlMs;
    books.earliest = Math.min(books.earliest, held.until);
    return true;
  }

  used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): readonly number[] {
    const books = this.#booksOf(deploymentId, now);
    return limits.map((spec) => counterOf(books, spec, now).used(now));
  }

  bench(mark: BenchMark, now: number): number {
    this.#follow(now);
    const known = this.#benches.get(mark.deploymentId);
    const until = boundedInstant(mark.until, now) ?? now;
    if (known !== undefined && known.until >= until && known.until > now) return known.until;
    const bounded = until === mark.until ? mark : { ...mark, until };
    this.#benches.set(mark.deploymentId, bounded);
    for (const listener of this.#listeners) listener(bounded);
    return until;
  }

  unbench(deploymentId: string, until = Number.POSITIVE_INFINITY): void {
    const known = this.#benches.get(deploymentId);
    if (known !== undefined && known.until <= until) this.#benches.delete(deploymentId);
  }

  benches(now: number): readonly BenchMark[] {
    this.#follow(now);
    for (const [id, mark] of this.#benches) if (mark.until <= now) this.#benches.delete(id);
    return [...this.#benches.values()];
  }

  onBench(listener: (mark: BenchMark) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  onAvailability(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  /** After the clock was set back, everything that waits for a time waits for as long as it would have without that. */
  #follow(now: number): void {
    const jump = now - this.#latest;
    if (jump > 0) this.#latest = now;
    if (jump > -jumpMs) return;
    this.#latest = now;
    for (const [id, mark] of this.#benches) this.#benches.set(id, { ...mark, until: mark.until + jump });
    for (const books of this.#books.values()) {
      books.earliest += jump;
      for (const held of books.held.values()) held.until += jump;
      for (const [id, until] of books.settled) books.settled.set(id, until + jump);
    }
  }

  /** A deployment's books, orphans struck off: their slots come back, the rest stays charged. */
  #booksOf(deploymentId: string, now: number): Books {
    this.#follow(now);
    let books = this.#books.get(deploymentId);
    if (books === undefined) {
      books = { counters: new Map(), held: new Map(), earliest: Number.POSITIVE_INFINITY, settled: new Map() };
      this.#books.set(deploymentId, books);
    }
    if (books.earliest <= now) strikeOff(books, now);
    for (const [id, until] of books.settled) {
      if (until > now) break;
      books.settled.delete(id);
    }
    return books;
  }
}

function strikeOff(books: Books, now: number): void {
  books.earliest = Number.POSITIVE_INFINITY;
  for (const [id, { limits, amounts, until }] of books.held) {
    if (until > now) {
      books.earliest = Math.min(books.earliest, until);
      continue;
    }
    books.held.delete(id);
    for (const [index, spec] of limits.entries()) {
      if (spec.kind === "slots") counterOf(books, spec, now).settle(amounts[index] ?? 0, 0, 0, now);
    }
  }
}

/** What was counted stays when a limit changes. */
function counterOf(books: Books, spec: LimitSpec, now: number): LimitCounter {
  const key = `${spec.name}|${spec.kind}|${spec.kind === "slots" ? "" : String(spec.windowMs)}`;
  const known = books.counters.get(key);
  if (known !== undefined && sameLimit(known.spec, spec)) return known.counter;
  const counter = resized(known?.counter, spec, now);
  books.counters.set(key, { spec, counter });
  return counter;
}

function sameLimit(known: LimitSpec, spec: LimitSpec): boolean {
  if (known.limit !== spec.limit) return false;
  return known.kind !== "bucket" || spec.kind !== "bucket" || known.burst === spec.burst;
}

function resized(known: LimitCounter | undefined, spec: LimitSpec, now: number): LimitCounter {
  if (known instanceof BucketCounter && spec.kind === "bucket" && spec.limit > 0) {
    known.used(now);
    known.resize(spec.limit, spec.burst);
    return known;
  }
  const counter = createLimitCounter(spec);
  if (known !== undefined) counter.take(known.used(now), now);
  return counter;
}

/** Limits and cooldowns that several routers of this process share. */
export function memoryState(): SharedState {
  return new MemoryState();
}
