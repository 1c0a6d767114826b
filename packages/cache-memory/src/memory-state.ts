import type { SharedState } from "@modelyard/core";
import {
  type DeploymentCooldown,
  boundedInstant,
  BucketCounter,
  createLimitCounter,
  type LimitCounter,
  type LimitSpec,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
} from "@modelyard/core/kit";

interface Reservation {
  readonly limits: readonly LimitSpec[];
  readonly amounts: readonly number[];
  readonly stamps: readonly number[];
  /** When it expires, in milliseconds since the epoch. */
  until: number;
}

interface CountedLimit {
  readonly spec: LimitSpec;
  readonly counter: LimitCounter;
}

/** The counters and reservations of one deployment. */
interface Ledger {
  readonly counters: Map<string, CountedLimit>;
  readonly held: Map<string, Reservation>;
  /** No reservation expires before this time. */
  earliest: number;
  /** Ids of settled reservations, with the time until which they are remembered. */
  readonly settled: Map<string, number>;
}

/** How long a settled reservation is remembered, in milliseconds. */
const settledMs = 60_000;

/** If a time is this much earlier than the latest one, a clock was set back. The clocks of routers differ by less. */
const jumpMs = 60_000;

/** Shared state for several routers of one process. All replies are synchronous. */
class MemoryState implements SharedState {
  readonly name = "memory";
  readonly available = true;
  readonly #ledgers = new Map<string, Ledger>();
  readonly #cooldowns = new Map<string, DeploymentCooldown>();
  /** The latest `now` that any router has passed. */
  #latest = 0;
  readonly #listeners = new Set<(cooldown: DeploymentCooldown) => void>();

  reserve(request: ReserveRequest): ReserveReply {
    const ledger = this.#ledgerOf(request.deploymentId, request.now);
    if (ledger.held.has(request.reservationId) || ledger.settled.has(request.reservationId)) return { granted: true };
    const counters = request.limits.map((spec) => counterOf(ledger, spec, request.now));
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
    ledger.held.set(request.reservationId, { limits: request.limits, amounts: request.amounts, stamps, until });
    ledger.earliest = Math.min(ledger.earliest, until);
    return { granted: true };
  }

  settle(request: SettleRequest): boolean {
    const ledger = this.#ledgerOf(request.deploymentId, request.now);
    const held = ledger.held.get(request.reservationId);
    if (ledger.settled.has(request.reservationId)) return false;
    if (held === undefined && request.unreserved !== true) return false;
    ledger.held.delete(request.reservationId);
    ledger.settled.set(request.reservationId, request.now + settledMs);
    for (const [index, spec] of request.limits.entries()) {
      const counter = counterOf(ledger, spec, request.now);
      const used = request.amounts[index] ?? 0;
      if (held !== undefined) counter.settle(held.amounts[index] ?? 0, used, held.stamps[index] ?? 0, request.now);
      else if (spec.kind !== "slots") counter.settle(used, used, counter.take(used, request.now), request.now);
    }
    return true;
  }

  extend({ deploymentId, reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): boolean {
    const ledger = this.#ledgerOf(deploymentId, now);
    const held = ledger.held.get(reservationId);
    if (held === undefined) return false;
    held.until = now + ttlMs;
    ledger.earliest = Math.min(ledger.earliest, held.until);
    return true;
  }

  used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): readonly number[] {
    const ledger = this.#ledgerOf(deploymentId, now);
    return limits.map((spec) => counterOf(ledger, spec, now).used(now));
  }

  startCooldown(cooldown: DeploymentCooldown, now: number): number {
    this.#follow(now);
    const known = this.#cooldowns.get(cooldown.deploymentId);
    const until = boundedInstant(cooldown.until, now) ?? now;
    if (known !== undefined && known.until >= until && known.until > now) return known.until;
    const bounded = until === cooldown.until ? cooldown : { ...cooldown, until };
    this.#cooldowns.set(cooldown.deploymentId, bounded);
    for (const listener of this.#listeners) listener(bounded);
    return until;
  }

  endCooldown(deploymentId: string, until = Number.POSITIVE_INFINITY): void {
    const known = this.#cooldowns.get(deploymentId);
    if (known !== undefined && known.until <= until) this.#cooldowns.delete(deploymentId);
  }

  cooldowns(now: number): readonly DeploymentCooldown[] {
    this.#follow(now);
    for (const [id, cooldown] of this.#cooldowns) if (cooldown.until <= now) this.#cooldowns.delete(id);
    return [...this.#cooldowns.values()];
  }

  onCooldown(listener: (cooldown: DeploymentCooldown) => void): () => void {
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

  /** If the clock was set back, moves all deadlines back as well, so that each remains as far away as it was. */
  #follow(now: number): void {
    const jump = now - this.#latest;
    if (jump > 0) this.#latest = now;
    if (jump > -jumpMs) return;
    this.#latest = now;
    for (const [id, cooldown] of this.#cooldowns)
      this.#cooldowns.set(id, { ...cooldown, until: cooldown.until + jump });
    for (const ledger of this.#ledgers.values()) {
      ledger.earliest += jump;
      for (const held of ledger.held.values()) held.until += jump;
      for (const [id, until] of ledger.settled) ledger.settled.set(id, until + jump);
    }
  }

  /** The ledger of a deployment, without expired reservations. */
  #ledgerOf(deploymentId: string, now: number): Ledger {
    this.#follow(now);
    let ledger = this.#ledgers.get(deploymentId);
    if (ledger === undefined) {
      ledger = { counters: new Map(), held: new Map(), earliest: Number.POSITIVE_INFINITY, settled: new Map() };
      this.#ledgers.set(deploymentId, ledger);
    }
    if (ledger.earliest <= now) expireReservations(ledger, now);
    for (const [id, until] of ledger.settled) {
      if (until > now) break;
      ledger.settled.delete(id);
    }
    return ledger;
  }
}

/** Drops expired reservations. Their parallel slots become free; requests and tokens stay charged. */
function expireReservations(ledger: Ledger, now: number): void {
  ledger.earliest = Number.POSITIVE_INFINITY;
  for (const [id, { limits, amounts, until }] of ledger.held) {
    if (until > now) {
      ledger.earliest = Math.min(ledger.earliest, until);
      continue;
    }
    ledger.held.delete(id);
    for (const [index, spec] of limits.entries()) {
      if (spec.kind === "slots") counterOf(ledger, spec, now).settle(amounts[index] ?? 0, 0, 0, now);
    }
  }
}

/** The counter of a limit. If the limit has changed, the amount that is used is kept. */
function counterOf(ledger: Ledger, spec: LimitSpec, now: number): LimitCounter {
  const key = `${spec.name}|${spec.kind}|${spec.kind === "slots" ? "" : String(spec.windowMs)}`;
  const known = ledger.counters.get(key);
  if (known !== undefined && sameLimit(known.spec, spec)) return known.counter;
  const counter = resized(known?.counter, spec, now);
  ledger.counters.set(key, { spec, counter });
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

/** Creates a state that shares limits and cooldowns between several routers of this process. */
export function memoryState(): SharedState {
  return new MemoryState();
}
