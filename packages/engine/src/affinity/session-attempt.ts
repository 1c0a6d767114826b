import type { Candidate, Usage } from "@modelyard/core";
import { type AffinityRecord, boundedCount, type MoveReason } from "@modelyard/core/kit";
import type { Affinity } from "./affinity.js";
import { type CacheTerms, savedUsd } from "./cache-worth.js";
import type { DeploymentLoad, WaitingPrompt } from "./deployment-load.js";
import type { SessionKey } from "./session-keys.js";

/** What a session knows of its request. */
export interface SessionRequest {
  readonly inputTokens: number;
  readonly stream: boolean;
  /** What the prompt cache of a deployment does with it. */
  readonly cacheOf: (candidate: Candidate) => CacheTerms;
}

/** A deployment where a session has a part of its prompt in the cache. */
export interface WarmPlace {
  readonly deploymentId: string;
  readonly tokens: number;
}

/** A session on its way to a deployment. */
export interface AttemptedSession {
  readonly key: SessionKey | undefined;
  readonly request: SessionRequest;
  readonly promptTokens: number;
  readonly wanted: WarmPlace | undefined;
  readonly moved: MoveReason | undefined;
  readonly isExceptional: boolean;
  cachedAt(candidate: Candidate): number;
}

/** One call to one deployment, and what it means for the session and for the load. */
export class SessionAttempt {
  readonly #affinity: Affinity;
  readonly #session: AttemptedSession;
  readonly #candidate: Candidate;
  readonly #load: DeploymentLoad;
  /** The prompt tokens that should be in the cache. */
  readonly #expected: number;
  /** The prompt while it has no first token. */
  #waiting: WaitingPrompt | undefined;
  /** When its first token came, if that can only be judged at the end. */
  #first: { readonly prompt: WaitingPrompt; readonly ms: number } | undefined = undefined;
  /** The ids under which the session was not known at this deployment before. */
  readonly #added: readonly string[];

  constructor(affinity: Affinity, session: AttemptedSession, candidate: Candidate, now: number) {
    this.#affinity = affinity;
    this.#session = session;
    this.#candidate = candidate;
    this.#load = affinity.loadOf(candidate);
    this.#expected = session.cachedAt(candidate);
    const tokens = session.promptTokens - this.#expected;
    this.#waiting = this.#load.wait(tokens, session.request.stream, now);
    this.#load.count(now);
    // Later requests of the session follow it at once, without waiting for the answer. Until the deployment has served the
    // request, it has only what it had before.
    this.#added = (session.key?.stores ?? []).map(({ id }) => id).filter((id) => this.#placeOf(id, now) === undefined);
    this.#remember(now, (id) => this.#added.includes(id));
  }

  /** @param ms - since the call began */
  firstToken(ms: number, now: number): void {
    if (this.#waiting === undefined) return;
    this.#load.leave(this.#waiting, now);
    // What was cached is only known at the end.
    if (this.#expected === 0) this.#load.learn(this.#waiting, this.#session.promptTokens, ms);
    else this.#first = { prompt: this.#waiting, ms };
    this.#waiting = undefined;
  }

  /** The call ended. @param isAborted - by the caller */
  end(isAborted: boolean, now: number): void {
    if (this.#waiting === undefined) return;
    this.#load.leave(this.#waiting, now);
    this.#waiting = undefined;
    if (isAborted) this.failed();
  }

  /** The deployment failed, so it has nothing of what it had not before. */
  failed(): void {
    for (const id of this.#added) this.#affinity.table.forget(id, this.#candidate.deployment.id);
  }

  /** The deployment served the session. @returns what is reported about it. `undefined`: there is no session */
  served(now: number, usage: Usage | undefined): AffinityRecord | undefined {
    const { key, wanted, moved, request } = this.#session;
    if (key === undefined) return undefined;
    this.#remember(now, () => true);
    if (this.#session.isExceptional) for (const id of this.#added) this.#share(id, now);
    const cached = boundedCount(usage?.prompt_tokens_details?.cached_tokens);
    this.#learn(cached, usage);
    const { id, prices } = this.#candidate.deployment;
    const isKept = wanted !== undefined && (this.#expected > 0 || wanted.deploymentId === id);
    const isCached = wanted !== undefined && wanted.tokens >= request.cacheOf(this.#candidate).leastTokens;
    return {
      key: key.kind,
      source: key.source,
      session: key.id.slice(0, 12),
      choice: wanted === undefined ? "placed" : isKept ? "kept" : "moved",
      ...(wanted !== undefined && !isKept ? { reason: moved ?? "load" } : {}),
      wantedTokens: isCached ? wanted.tokens : 0,
      ...(cached === undefined ? {} : { cachedTokens: cached, savedUsd: savedUsd(prices, cached) }),
    };
  }

  /** An answer has this id, by which the next request may continue it. */
  answered(id: string, now: number): void {
    this.#store(id, now, this.#session.promptTokens);
    // No other process can know it.
    this.#share(id, now);
  }

  /** Learns how much of what was expected was in the cache, and how long the rest took. */
  #learn(cached: number | undefined, usage: Usage | undefined): void {
    const { promptTokens } = this.#session;
    const counted = boundedCount(usage?.prompt_tokens) ?? 0;
    // The vendor counts tokens differently.
    const obtained = cached === undefined || counted === 0 ? undefined : (cached / counted) * promptTokens;
    if (obtained !== undefined && this.#expected > 0) this.#load.obtain(this.#expected, obtained);
    if (this.#first === undefined) return;
    this.#load.learn(this.#first.prompt, promptTokens - (obtained ?? this.#expected), this.#first.ms);
  }

  #remember(now: number, includes: (id: string) => boolean): void {
    const { inputTokens } = this.#session.request;
    for (const { id, tokens = inputTokens } of this.#session.key?.stores ?? [])
      if (includes(id)) this.#store(id, now, Math.min(tokens, inputTokens));
  }

  #placeOf(id: string, now: number) {
    const { id: deploymentId } = this.#candidate.deployment;
    return this.#affinity.table.placesOf(id, now).find((place) => place.deploymentId === deploymentId);
  }

  #share(id: string, now: number): void {
    const place = this.#placeOf(id, now);
    if (place !== undefined) this.#affinity.shared.add(id, place);
  }

  #store(id: string, now: number, tokens: number): void {
    const { lifetimeMs } = this.#session.request.cacheOf(this.#candidate);
    const { id: deploymentId } = this.#candidate.deployment;
    this.#affinity.table.remember(id, { deploymentId, tokens, usedAt: now, lifetimeMs });
  }
}
