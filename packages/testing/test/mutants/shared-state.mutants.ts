import type { SharedState } from "@modelyard/core";
import {
  type DeploymentCooldown,
  boundedInstant,
  createLimitCounter,
  type LimitCounter,
  type ReserveReply,
  type ReserveRequest,
  type SettleRequest,
} from "@modelyard/core/kit";
import { describeSharedState } from "../../src/conformance/shared-state.js";

interface HeldReservation extends ReserveRequest {
  readonly counters: readonly LimitCounter[];
  readonly stamps: readonly number[];
  until: number;
  settled: boolean;
}

/** A correct state in its simplest form. It never removes anything. */
class Store implements SharedState {
  readonly name: string = "store";
  readonly available: boolean = true;
  readonly counters = new Map<string, { readonly limit: string; readonly counter: LimitCounter }>();
  readonly held = new Map<string, HeldReservation>();
  readonly inForce = new Map<string, DeploymentCooldown>();
  readonly listeners = new Set<(cooldown: DeploymentCooldown) => void>();

  counter(deploymentId: string, spec: ReserveRequest["limits"][number], now: number): LimitCounter {
    const key = `${deploymentId} ${spec.name} ${spec.kind}`;
    const known = this.counters.get(key);
    const limit = JSON.stringify(spec);
    if (known?.limit === limit) return known.counter;
    const counter = createLimitCounter(spec);
    if (known !== undefined) counter.take(known.counter.used(now), now);
    this.counters.set(key, { limit, counter });
    return counter;
  }

  strike(now: number): void {
    for (const held of this.held.values()) {
      if (held.settled || held.until > now) continue;
      held.settled = true;
      for (const [index, spec] of held.limits.entries())
        if (spec.kind === "slots")
          this.counter(held.deploymentId, spec, now).settle(held.amounts[index] ?? 0, 0, 0, now);
    }
  }

  reserve(request: ReserveRequest): ReserveReply {
    const { deploymentId, limits, amounts, now } = request;
    this.strike(now);
    if (this.held.has(request.reservationId)) return { granted: true };
    const counters = limits.map((spec) => this.counter(deploymentId, spec, now));
    for (const [index, counter] of counters.entries()) {
      const spec = limits[index];
      const wait = counter.wait(amounts[index] ?? 0, now);
      if (wait <= 0 || spec === undefined) continue;
      const retryAfterMs = spec.kind === "slots" && Number.isFinite(wait) ? 0 : wait;
      return { granted: false, limit: spec.name, retryAfterMs };
    }
    const stamps = counters.map((counter, index) => counter.take(amounts[index] ?? 0, now));
    this.held.set(request.reservationId, { ...request, counters, stamps, until: now + request.ttlMs, settled: false });
    return { granted: true };
  }

  settle(request: SettleRequest): boolean {
    const { deploymentId, reservationId, limits, amounts, now } = request;
    this.strike(now);
    const held = this.held.get(reservationId);
    if (held === undefined ? request.unreserved !== true : held.settled) return false;
    for (const [index, spec] of limits.entries()) {
      const counter = this.counter(deploymentId, spec, now);
      const used = amounts[index] ?? 0;
      if (held !== undefined) counter.settle(held.amounts[index] ?? 0, used, held.stamps[index] ?? 0, now);
      else if (spec.kind !== "slots") counter.settle(used, used, counter.take(used, now), now);
    }
    const entry = { ...request, ttlMs: 0, counters: [], stamps: [], until: now, settled: true };
    this.held.set(reservationId, held === undefined ? entry : Object.assign(held, { settled: true }));
    return true;
  }

  extend({ reservationId, ttlMs, now }: Parameters<SharedState["extend"]>[0]): boolean {
    this.strike(now);
    const held = this.held.get(reservationId);
    if (held === undefined || held.settled) return false;
    held.until = now + ttlMs;
    return true;
  }

  used({ deploymentId, limits, now }: Parameters<SharedState["used"]>[0]): readonly number[] {
    this.strike(now);
    return limits.map((spec) => this.counter(deploymentId, spec, now).used(now));
  }

  startCooldown(cooldown: DeploymentCooldown, now: number): number {
    const until = boundedInstant(cooldown.until, now) ?? now;
    const known = this.inForce.get(cooldown.deploymentId);
    if (known !== undefined && known.until >= until && known.until > now) return known.until;
    return this.set({ ...cooldown, until });
  }

  set(cooldown: DeploymentCooldown): number {
    this.inForce.set(cooldown.deploymentId, cooldown);
    for (const listener of this.listeners) listener(cooldown);
    return cooldown.until;
  }

  endCooldown(deploymentId: string, until = Number.POSITIVE_INFINITY): void {
    if ((this.inForce.get(deploymentId)?.until ?? 0) <= until) this.inForce.delete(deploymentId);
  }

  cooldowns(now: number): readonly DeploymentCooldown[] {
    return [...this.inForce.values()].filter((cooldown) => cooldown.until > now);
  }

  onCooldown(listener: (cooldown: DeploymentCooldown) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  onAvailability(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }
}

/** How each mutant changes a correct state. */
const wrong: Readonly<Record<string, (store: Store) => Partial<SharedState>>> = {
  "no name": () => ({ name: "" }),
  "unavailable from the beginning": () => ({ available: false }),
  "grants everything": () => ({ reserve: () => ({ granted: true }) }),
  "refuses indefinitely": (store) => ({
    reserve: (request) => {
      const reply = store.reserve(request);
      return reply.granted ? reply : { ...reply, retryAfterMs: Number.POSITIVE_INFINITY };
    },
  }),
  "settles twice": (store) => ({ settle: (request) => store.settle(request) || true }),
  "settles nothing": () => ({ settle: () => true }),
  "extends expired reservations": (store) => ({ extend: (reservation) => store.extend(reservation) || true }),
  "reports nothing used": () => ({ used: ({ limits }) => limits.map(() => 0) }),
  "shortens cooldowns": (store) => ({ startCooldown: (cooldown) => store.set(cooldown) }),
  "believes any time": (store) => ({
    startCooldown: (cooldown, now) => {
      const known = store.inForce.get(cooldown.deploymentId);
      return known !== undefined && known.until >= cooldown.until && known.until > now
        ? known.until
        : store.set(cooldown);
    },
  }),
  "believes any time up to a year": (store) => ({
    startCooldown: (cooldown, now) => {
      const until = Math.min(cooldown.until, now + 31_536_000_000);
      const known = store.inForce.get(cooldown.deploymentId);
      return known !== undefined && !(known.until < until) ? known.until : store.set({ ...cooldown, until });
    },
  }),
  "rejects long cooldowns": (store) => ({
    startCooldown: (cooldown, now) => (cooldown.until > now + 86_400_000 ? now : store.startCooldown(cooldown, now)),
  }),
  "returns no cooldowns": () => ({ cooldowns: () => [] }),
  "returns cooldowns that have ended": (store) => ({ cooldowns: () => [...store.inForce.values()] }),
  "ends every cooldown": (store) => ({
    endCooldown: (deploymentId) => {
      store.endCooldown(deploymentId);
    },
  }),
  "ends no cooldown": () => ({ endCooldown: () => undefined }),
};

describeSharedState("right: a state", { create: () => Promise.resolve(new Store()) });

for (const [name, make] of Object.entries(wrong)) {
  const create = (): Promise<SharedState> => {
    const store = new Store();
    // A copy, since the mutant calls the correct state.
    const mutant: SharedState = {
      name: store.name,
      available: true,
      reserve: (request) => store.reserve(request),
      settle: (request) => store.settle(request),
      extend: (reservation) => store.extend(reservation),
      used: (query) => store.used(query),
      startCooldown: (cooldown, now) => store.startCooldown(cooldown, now),
      endCooldown: (deploymentId, until) => {
        store.endCooldown(deploymentId, until);
      },
      cooldowns: (now) => store.cooldowns(now),
      onCooldown: (listener) => store.onCooldown(listener),
      onAvailability: () => store.onAvailability(),
      close: () => store.close(),
    };
    return Promise.resolve({ ...mutant, ...make(store) });
  };
  describeSharedState(`wrong: ${name}`, { create });
}
