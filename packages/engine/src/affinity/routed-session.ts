import type { Candidate, NonEmpty } from "@modelyard/core";
import type { MoveReason } from "@modelyard/core/kit";
import type { Affinity } from "./affinity.js";
import { worthMs } from "./cache-worth.js";
import { placeByHash, type SharesOf } from "./place-by-hash.js";
import { type AttemptedSession, SessionAttempt, type SessionRequest, type WarmPlace } from "./session-attempt.js";
import type { SessionKey } from "./session-keys.js";

/** How much sooner another deployment would have to answer, so that differences of measurements do not move a session. */
const leastGainMs = 200;

/** How new sessions are spread over deployments. */
export interface Spread {
  readonly sharesOf: SharesOf;
  /** How many deployments there are. If not all are candidates, other processes may see other candidates. */
  readonly deployments: number;
}

/** What a candidate would cost: the expected time to the first token, of which saved money is subtracted. */
interface Cost {
  readonly candidate: Candidate;
  readonly ms: number;
}

/** One request on its way through a group, and its session, if it has one. */
export class RoutedSession implements AttemptedSession {
  /** The deployment that has most of the prompt in its cache. `undefined`: none has. */
  wanted: WarmPlace | undefined = undefined;
  /** Why the session is not where its cache is. `undefined`: it is, or it has no cache. */
  moved: MoveReason | undefined = undefined;
  /** Whether other processes would not find the session's place by themselves. */
  isExceptional = false;
  /** The tokens that are expected in the cache, by deployment. */
  readonly #warm = new Map<string, number>();
  readonly #affinity: Affinity;

  constructor(
    affinity: Affinity,
    readonly key: SessionKey | undefined,
    readonly request: SessionRequest,
  ) {
    this.#affinity = affinity;
  }

  /** The tokens of the prompt, including those of earlier turns that the vendor adds itself. */
  get promptTokens(): number {
    const { inputTokens } = this.request;
    return this.key?.kind === "response" ? inputTokens + (this.wanted?.tokens ?? 0) : inputTokens;
  }

  /**
   * Where the session should go. `undefined`: where the strategy says.
   * @param spread - how new sessions are spread. `undefined`: the strategy places them
   */
  choose(candidates: NonEmpty<Candidate>, spread: Spread | undefined, now: number): Candidate | undefined {
    this.moved = undefined;
    this.isExceptional = false;
    if (this.key === undefined) return undefined;
    const last = this.#find(this.key, now);
    const warm = this.#cheapest(candidates, now, (id) => this.#warm.has(id));
    if (warm !== undefined) {
      const cold = this.#cheapest(candidates, now, (id) => !this.#warm.has(id));
      if (cold === undefined || warm.ms <= cold.ms + leastGainMs) return warm.candidate;
      this.moved = "load";
      this.isExceptional = true;
      return spread === undefined ? undefined : this.#quickest(candidates, spread, now);
    }
    if (this.wanted !== undefined) this.moved = "unavailable";
    this.isExceptional = true;
    const before = this.#before(candidates, last, now);
    if (before !== undefined || spread === undefined || this.key.kind === "response") return before;
    const placed = placeByHash(this.#affinity, { session: this.key.id, candidates, sharesOf: spread.sharesOf, now });
    this.isExceptional = placed?.isFirst !== true || candidates.length < spread.deployments;
    return placed?.candidate;
  }

  /** Finds where the session's prompt is in a cache. @returns where the session was last, even if the cache is cold */
  #find({ lookups, kind }: SessionKey, now: number): string | undefined {
    this.#warm.clear();
    this.wanted = undefined;
    const most = kind === "response" ? Number.POSITIVE_INFINITY : this.request.inputTokens;
    let last: string | undefined;
    for (const id of lookups)
      for (const { deploymentId, tokens, usedAt, lifetimeMs } of this.#affinity.table.placesOf(id, now)) {
        last ??= deploymentId;
        if (now - usedAt > lifetimeMs) continue;
        const cached = Math.min(tokens, most);
        if (cached <= (this.#warm.get(deploymentId) ?? -1)) continue;
        this.#warm.set(deploymentId, cached);
        if (this.wanted === undefined || cached > this.wanted.tokens) this.wanted = { deploymentId, tokens: cached };
      }
    return last;
  }

  /** The deployments that have a part of the prompt in their cache, and how many tokens. */
  get cached(): readonly WarmPlace[] {
    return Array.from(this.#warm, ([deploymentId, tokens]) => ({ deploymentId, tokens }));
  }

  /** The tokens of the prompt that a deployment is expected to read from its cache. */
  cachedAt(candidate: Candidate): number {
    const tokens = this.#warm.get(candidate.deployment.id) ?? 0;
    if (tokens < this.request.cacheOf(candidate).leastTokens) return 0;
    return tokens * this.#affinity.loadOf(candidate).obtained;
  }

  /** Where a session was last whose caches are cold, unless another deployment would answer sooner. */
  #before(candidates: NonEmpty<Candidate>, last: string | undefined, now: number): Candidate | undefined {
    if (last === undefined) return undefined;
    const before = this.#cheapest(candidates, now, (id) => id === last);
    const other = this.#cheapest(candidates, now, (id) => id !== last);
    if (before === undefined || (other !== undefined && before.ms > other.ms + leastGainMs)) return undefined;
    return before.candidate;
  }

  /** Where the session's prompt would be answered soonest, among those that get a share of new sessions. */
  #quickest(candidates: NonEmpty<Candidate>, { sharesOf }: Spread, now: number): Candidate | undefined {
    const shares = sharesOf(candidates);
    const open = shares === undefined ? candidates : candidates.filter((_, index) => (shares[index] ?? 0) > 0);
    return this.#cheapest(open, now, () => true)?.candidate;
  }

  /** The candidate with the lowest cost. */
  #cheapest(
    candidates: readonly Candidate[],
    now: number,
    includes: (deploymentId: string) => boolean,
  ): Cost | undefined {
    let best: Cost | undefined;
    for (const candidate of candidates) {
      if (!includes(candidate.deployment.id)) continue;
      const cached = this.cachedAt(candidate);
      const load = this.#affinity.loadOf(candidate);
      const ms = load.firstTokenMs(this.promptTokens - cached, now) - worthMs(candidate, cached);
      if (best === undefined || ms < best.ms) best = { candidate, ms };
    }
    return best;
  }

  /** A call to a deployment begins. */
  begin(candidate: Candidate, now: number): SessionAttempt {
    return new SessionAttempt(this.#affinity, this, candidate, now);
  }
}
