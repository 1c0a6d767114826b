import {
  type BenchMark,
  createLimitCounter,
  type LimitCounter,
  type LimitSpec,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
  type SharedState,
} from "@modelyard/core";

interface Held {
  readonly amounts: readonly number[];
  readonly stamps: readonly number[];
  until: number;
}

interface Books {
  readonly counters: Map<string, LimitCounter>;
  readonly held: Map<string, Held>;
  /** Settled lately, by the time until which it counts. */
  readonly settled: Map<string, number>;
}

/** How long a settled reservation is known, in milliseconds. */
const settledMs = 60_000;

function specKey(spec: LimitSpec): string {
  const window = spec.kind === "slots" ? "" : String(spec.windowMs);
  const burst = spec.kind === "bucket" ? String(spec.burst) : "";
  return [spec.name, spec.kind, String(spec.limit), window, burst].join("|");
}

/** Shared state for several routers of one process; answers at once. */
class MemoryState implements SharedState {
  readonly name = "memory";
  readonly available = true;
  readonly #books = new Map<string, Books>();
  readonly #benches = new Map<string, BenchMark>();
  readonly #counts = new Map<string, { value: number; readonly until: number }>();
  readonly #listeners = new Set<(mark: BenchMark) => void>();

  reserve(request: ReserveRequest): ReserveReply {
    const books = this.#booksOf(request.deploymentId, request.now);
    if (books.held.has(request.reservationId) || books.settled.has(request.reservationId)) return { granted: true };
    const counters = request.limits.map((spec) => counterOf(books, spec));
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
    books.held.set(request.reservationId, { amounts: request.amounts, stamps, until: request.now + request.ttlMs });
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
      const counter = counterOf(books, spec);
      const used = request.amounts[index] ?? 0;
      if (held !== undefined) counter.settle(held.amounts[index] ?? 0, used, held.stamps[index] ?? 0, request.now);
      else if (spec.kind !== "slots") counter.settle(used, used, counter.take(used, request.now), request.now);
    }
    return true;
  }

  extend({ deploymentId, reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): boolean {
    const held = this.#booksOf(deploymentId, now).held.get(reservationId);
    if (held === undefined) return false;
    held.until = now + ttlMs;
    return true;
  }

  used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): readonly number[] {
    const books = this.#booksOf(deploymentId, now);
    return limits.map((spec) => counterOf(books, spec).used(now));
  }

  bench(mark: BenchMark, now: number): number {
    const known = this.#benches.get(mark.deploymentId);
    if (known !== undefined && known.until >= mark.until && known.until > now) return known.until;
    this.#benches.set(mark.deploymentId, mark);
    for (const listener of this.#listeners) listener(mark);
    return mark.until;
  }

  unbench(deploymentId: string, until = Number.POSITIVE_INFINITY): void {
    const known = this.#benches.get(deploymentId);
    if (known !== undefined && known.until <= until) this.#benches.delete(deploymentId);
  }

  benches(now: number): readonly BenchMark[] {
    for (const [id, mark] of this.#benches) if (mark.until <= now) this.#benches.delete(id);
    return [...this.#benches.values()];
  }

  onBench(listener: (mark: BenchMark) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  increment(key: string, by: number, ttlMs: number, now: number): number {
    for (const [name, count] of this.#counts) if (count.until <= now) this.#counts.delete(name);
    const known = this.#counts.get(key);
    if (known === undefined) {
      this.#counts.set(key, { value: by, until: now + ttlMs });
      return by;
    }
    known.value += by;
    return known.value;
  }

  onAvailability(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
  }

  /** A deployment's books, orphans struck off: their slots come back, the rest stays charged. */
  #booksOf(deploymentId: string, now: number): Books {
    let books = this.#books.get(deploymentId);
    if (books === undefined) {
      books = { counters: new Map(), held: new Map(), settled: new Map() };
      this.#books.set(deploymentId, books);
    }
    for (const [id, held] of books.held) {
      // Reservations are in the order in which they were made; the first that lives ends the search.
      if (held.until > now) break;
      books.held.delete(id);
      for (const [key, counter] of books.counters) if (key.includes("|slots|")) counter.settle(1, 0, 0, now);
    }
    for (const [id, until] of books.settled) {
      if (until > now) break;
      books.settled.delete(id);
    }
    return books;
  }
}

function counterOf(books: Books, spec: LimitSpec): LimitCounter {
  const key = specKey(spec);
  let counter = books.counters.get(key);
  if (counter === undefined) {
    counter = createLimitCounter(spec);
    books.counters.set(key, counter);
  }
  return counter;
}

/** Limits and cooldowns that several routers of this process share. */
export function memoryState(): SharedState {
  return new MemoryState();
}
