import type { Candidate, NonEmpty, Strategy, Usage } from "@modelyard/core";
import { type AffinityRecord, boundedCount, type MoveReason } from "@modelyard/core/kit";
import type { Affinity } from "./affinity.js";
import { type CacheTerms, savedUsd, worthMs } from "./cache-worth.js";
import type { DeploymentLoad } from "./deployment-load.js";
import { capacityFor, rendezvous } from "./rendezvous.js";
import type { SessionKey } from "./session-keys.js";

/** What a session knows of its request. */
export interface SessionRequest {
  readonly inputTokens: number;
  /** What the prompt cache of a deployment does with it. */
  readonly cacheOf: (candidate: Candidate) => CacheTerms;
}

/** A deployment where a session has a part of its prompt in the cache. */
interface WarmPlace {
  readonly deploymentId: string;
  readonly tokens: number;
}

/** One request on its way through a group, and its session, if it has one. */
export class RoutedSession {
  /** The deployment that has most of the prompt in its cache. `undefined`: none has. */
  wanted: WarmPlace | undefined = undefined;
  /** Why the session is not where its cache is. `undefined`: it is, or it has no cache. */
  moved: MoveReason | undefined = undefined;
  /** The tokens that are expected in the cache, by deployment. */
  readonly #warm = new Map<string, number>();
  /** Whether other processes would not find the session's place by themselves. */
  isExceptional = false;
  readonly #affinity: Affinity;
  readonly #request: SessionRequest;

  constructor(
    affinity: Affinity,
    readonly key: SessionKey | undefined,
    request: SessionRequest,
  ) {
    this.#affinity = affinity;
    this.#request = request;
  }

  /**
   * Where the session should go. `undefined`: where the strategy says.
   * @param strategy - of the group
   */
  choose(candidates: NonEmpty<Candidate>, strategy: Strategy, now: number): Candidate | undefined {
    this.moved = undefined;
    this.isExceptional = false;
    if (this.key === undefined) return undefined;
    const last = this.#find(this.key, now);
    const warm = this.#cheapest(candidates, (id) => this.#warm.has(id));
    if (warm !== undefined) {
      const cold = this.#cheapest(candidates, (id) => !this.#warm.has(id));
      if (cold === undefined || warm.cost <= cold.cost) return warm.candidate;
      this.moved = "load";
      this.isExceptional = true;
      return undefined;
    }
    if (this.wanted !== undefined) this.moved = "unavailable";
    this.isExceptional = true;
    return strategy.spreads === undefined ? undefined : this.#place(candidates, strategy, last, now);
  }

  /** Finds where the session's prompt is in a cache. @returns where the session was last, even if the cache is cold */
  #find({ lookups }: SessionKey, now: number): string | undefined {
    this.#warm.clear();
    this.wanted = undefined;
    let last: string | undefined;
    for (const id of lookups)
      for (const { deploymentId, tokens, usedAt, lifetimeMs } of this.#affinity.table.placesOf(id, now)) {
        last ??= deploymentId;
        if (now - usedAt > lifetimeMs) continue;
        const cached = Math.min(tokens, this.#request.inputTokens);
        if (cached <= (this.#warm.get(deploymentId) ?? -1)) continue;
        this.#warm.set(deploymentId, cached);
        if (this.wanted === undefined || cached > this.wanted.tokens) this.wanted = { deploymentId, tokens: cached };
      }
    return last;
  }

  /** The tokens of the prompt that a deployment is expected to read from its cache. */
  cachedAt(candidate: Candidate): number {
    const tokens = this.#warm.get(candidate.deployment.id) ?? 0;
    if (tokens < this.#request.cacheOf(candidate).leastTokens) return 0;
    return tokens * this.#affinity.loadOf(candidate).obtained;
  }

  /** The candidate with the shortest expected time to the first token, of which saved money is subtracted. */
  #cheapest(
    candidates: readonly Candidate[],
    includes: (deploymentId: string) => boolean,
  ): { readonly candidate: Candidate; readonly cost: number } | undefined {
    let best: { readonly candidate: Candidate; readonly cost: number } | undefined;
    for (const candidate of candidates) {
      if (!includes(candidate.deployment.id)) continue;
      const cached = this.cachedAt(candidate);
      const uncached = this.#request.inputTokens - cached;
      const cost = this.#affinity.loadOf(candidate).firstTokenMs(uncached) - worthMs(candidate, cached);
      if (best === undefined || cost < best.cost) best = { candidate, cost };
    }
    return best;
  }

  /** Places a session that no cache knows: where it was last, or else by rendezvous hashing, where there is room. */
  #place(
    candidates: NonEmpty<Candidate>,
    strategy: Strategy,
    last: string | undefined,
    now: number,
  ): Candidate | undefined {
    const { key } = this;
    if (key === undefined || key.kind === "response") return undefined;
    const shares = strategy.spreads?.(candidates);
    const whole = shares === undefined ? candidates.length : sum(shares);
    const shareOf = new Map(candidates.map((candidate, index) => [candidate, (shares?.[index] ?? 1) / whole]));
    const recent = this.#recentCalls(candidates, shareOf, now);
    const inFlight = 1 + candidates.reduce((total, candidate) => total + candidate.inFlight, 0);
    const hasRoom = (candidate: Candidate): boolean => {
      const share = shareOf.get(candidate) ?? 0;
      return (
        candidate.inFlight < capacityFor(inFlight, share) &&
        this.#affinity.loadOf(candidate).recent(now) < share * (recent + 1)
      );
    };
    const order = rendezvous(key.id, candidates, shares);
    const before = order.find(({ deployment }) => deployment.id === last);
    const found = before !== undefined && hasRoom(before) ? before : order.find(hasRoom);
    this.isExceptional = found === undefined || found !== order[0];
    return found;
  }

  /** The calls of the last minutes of all candidates together. */
  #recentCalls(candidates: readonly Candidate[], shareOf: ReadonlyMap<Candidate, number>, now: number): number {
    let recent = 0;
    let share = 0;
    const added: Candidate[] = [];
    for (const candidate of candidates) {
      const load = this.#affinity.loadOf(candidate);
      if (load.isNew) added.push(candidate);
      else {
        recent += load.recent(now);
        share += shareOf.get(candidate) ?? 0;
      }
    }
    if (share === 0) return 0;
    for (const candidate of added)
      this.#affinity.loadOf(candidate).begin((recent * (shareOf.get(candidate) ?? 0)) / share, now);
    return recent / share;
  }

  /** A call to a deployment begins. */
  begin(candidate: Candidate, now: number): SessionAttempt {
    return new SessionAttempt(this.#affinity, this, candidate, this.#request, now);
  }
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index += 1) total += values[index] ?? 0;
  return total;
}

/** One call to one deployment, and what it means for the session and for the load. */
export class SessionAttempt {
  readonly #affinity: Affinity;
  readonly #session: RoutedSession;
  readonly #candidate: Candidate;
  readonly #request: SessionRequest;
  readonly #load: DeploymentLoad;
  readonly #expected: number;
  readonly #waiting: number;
  readonly #ahead: number;
  /** The ids under which the session was not known at this deployment before. */
  #added: readonly string[] = [];
  #waits = true;

  constructor(affinity: Affinity, session: RoutedSession, candidate: Candidate, request: SessionRequest, now: number) {
    this.#affinity = affinity;
    this.#session = session;
    this.#candidate = candidate;
    this.#request = request;
    this.#load = affinity.loadOf(candidate);
    this.#expected = session.cachedAt(candidate);
    this.#waiting = request.inputTokens - this.#expected;
    this.#ahead = this.#load.waitingTokens;
    this.#load.waitingTokens += this.#waiting;
    this.#load.count(now);
    // Later requests of the session follow it at once, without waiting for the answer.
    this.#remember(now, request.inputTokens, true);
  }

  /** @param ms - since the call began */
  firstToken(ms: number): void {
    if (!this.#waits) return;
    this.#load.learn(this.#ahead + this.#waiting, ms);
    this.#stopWaiting();
  }

  /** The call ended in any way. */
  end(): void {
    this.#stopWaiting();
  }

  /** The deployment failed, so it has nothing of what it had not before. */
  failed(): void {
    for (const id of this.#added) this.#affinity.table.forget(id, this.#candidate.deployment.id);
  }

  /** The deployment served the session. @returns what is reported about it. `undefined`: there is no session */
  served(now: number, usage: Usage | undefined): AffinityRecord | undefined {
    const { key, wanted, moved } = this.#session;
    if (key === undefined) return undefined;
    this.#remember(now, this.#request.inputTokens, false);
    if (this.#session.isExceptional) for (const id of this.#added) this.#share(id, now);
    const cached = boundedCount(usage?.prompt_tokens_details?.cached_tokens);
    if (cached !== undefined && this.#expected > 0) this.#load.obtain(this.#expected, cached);
    const { id, prices } = this.#candidate.deployment;
    const isKept = wanted !== undefined && (this.#expected > 0 || wanted.deploymentId === id);
    return {
      key: key.kind,
      source: key.source,
      session: key.id.slice(0, 12),
      choice: wanted === undefined ? "placed" : isKept ? "kept" : "moved",
      ...(wanted !== undefined && !isKept ? { reason: moved ?? "load" } : {}),
      wantedTokens: wanted?.tokens ?? 0,
      ...(cached === undefined ? {} : { cachedTokens: cached, savedUsd: savedUsd(prices, cached) }),
    };
  }

  /** An answer has this id, by which the next request may continue it. */
  answered(id: string, now: number): void {
    this.#store(id, now, this.#request.inputTokens);
    // No other process can know it.
    this.#share(id, now);
  }

  #stopWaiting(): void {
    if (!this.#waits) return;
    this.#waits = false;
    this.#load.waitingTokens = Math.max(0, this.#load.waitingTokens - this.#waiting);
  }

  #remember(now: number, tokens: number, isNew: boolean): void {
    const { key } = this.#session;
    if (key === undefined) return;
    const { table } = this.#affinity;
    const { id: deploymentId } = this.#candidate.deployment;
    const added: string[] = [];
    for (const { id, tokens: until } of key.stores) {
      const known = table.placesOf(id, now).find((place) => place.deploymentId === deploymentId);
      if (isNew && known === undefined) added.push(id);
      // Until the deployment has served the request, it has only what it had before.
      if (isNew && known !== undefined) continue;
      this.#store(id, now, Math.min(until ?? tokens, tokens));
    }
    if (isNew) this.#added = added;
  }

  #share(id: string, now: number): void {
    const { id: deploymentId } = this.#candidate.deployment;
    const place = this.#affinity.table.placesOf(id, now).find((one) => one.deploymentId === deploymentId);
    if (place !== undefined) this.#affinity.shared.add(id, place);
  }

  #store(id: string, now: number, tokens: number): void {
    const { lifetimeMs } = this.#request.cacheOf(this.#candidate);
    const { id: deploymentId } = this.#candidate.deployment;
    this.#affinity.table.remember(id, { deploymentId, tokens, usedAt: now, lifetimeMs });
  }
}
