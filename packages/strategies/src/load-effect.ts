import { isJsonObject, type JsonObject } from "@modelyard/core";
import type { Sample } from "./sample-window.js";

/** How much an earlier sample still counts when the next one comes: about the last fifty decide. */
const kept = 0.98;
/** What is expected before anything was seen counts as much as one sample that is one call, or one prompt, off the mean. */
const priorSamples = 1;
/** Before anything was seen, a call in flight is expected to add this share of what one takes. */
const priorShare = 0.5;

/** Means, and sums of squares and products of how far samples are off them, so that large numbers do not cancel out. */
const nothing = {
  count: 0,
  weight: 0,
  load: 0,
  tokens: 0,
  seconds: 0,
  loadLoad: 0,
  tokensTokens: 0,
  loadTokens: 0,
  loadSeconds: 0,
  tokensSeconds: 0,
  perLoad: 0,
  perToken: 0,
};
type Fit = typeof nothing;

/**
 * What the calls already there, and the length of its own prompt, add to a call's latency: a plane through the latest
 * samples, by least squares. The two are kept apart, since a vendor that takes longer for longer prompts need not be slower
 * for being asked twice at a time.
 */
export class LoadEffect {
  #fit: Fit = { ...nothing };

  /**
   * @param inCalls - whether load is counted in calls, not in tokens of prompts
   * @param all - the same of all deployments: what is expected of one that is new
   */
  constructor(
    readonly inCalls: boolean,
    readonly all?: LoadEffect,
  ) {}

  /** Seconds for each unit of load; at least 0. */
  get perLoad(): number {
    return this.#fit.perLoad;
  }

  /** Seconds for each token of the prompt; at least 0. */
  get perToken(): number {
    return this.#fit.perToken;
  }

  add({ seconds, weight, met }: Sample): void {
    if (met === undefined) return;
    const fit = this.#fit;
    const before = fit.weight * kept;
    fit.count = fit.count * kept + 1;
    fit.weight = before + weight;
    const share = weight / fit.weight;
    const load = met.load - fit.load;
    const tokens = met.promptTokens - fit.tokens;
    const late = seconds - fit.seconds;
    fit.load += share * load;
    fit.tokens += share * tokens;
    fit.seconds += share * late;
    const counts = before * share;
    fit.loadLoad = fit.loadLoad * kept + counts * load * load;
    fit.tokensTokens = fit.tokensTokens * kept + counts * tokens * tokens;
    fit.loadTokens = fit.loadTokens * kept + counts * load * tokens;
    fit.loadSeconds = fit.loadSeconds * kept + counts * load * late;
    fit.tokensSeconds = fit.tokensSeconds * kept + counts * tokens * late;
    this.#solve();
  }

  /** Plain data, which {@link LoadEffect.restore} takes. */
  snapshot(): JsonObject {
    return { ...this.#fit };
  }

  restore(snapshot: unknown): void {
    if (!isJsonObject(snapshot)) return;
    const entries = Object.keys(nothing).map((key) => [key, snapshot[key]] as const);
    if (entries.every(([, value]) => typeof value === "number" && Number.isFinite(value)))
      this.#fit = Object.fromEntries(entries) as Fit;
  }

  #solve(): void {
    const fit = this.#fit;
    const meanTokens = Math.max(1, fit.tokens);
    const call = this.inCalls ? 1 : meanTokens;
    const trust = (priorSamples * fit.weight) / fit.count;
    const loadTrust = trust * call * call;
    const tokensTrust = trust * meanTokens * meanTokens;
    const loadLoad = fit.loadLoad + loadTrust;
    const tokensTokens = fit.tokensTokens + tokensTrust;
    const loadSeconds = fit.loadSeconds + loadTrust * (this.all?.perLoad ?? (priorShare * fit.seconds) / call);
    const tokensSeconds = fit.tokensSeconds + tokensTrust * (this.all?.perToken ?? 0);
    const determinant = loadLoad * tokensTokens - fit.loadTokens * fit.loadTokens;
    const perLoad = (loadSeconds * tokensTokens - tokensSeconds * fit.loadTokens) / determinant;
    const perToken = (tokensSeconds * loadLoad - loadSeconds * fit.loadTokens) / determinant;
    // Where one of them would be negative it is 0, and the other one explains the samples alone.
    fit.perLoad = Math.max(0, perToken < 0 ? loadSeconds / loadLoad : perLoad);
    fit.perToken = Math.max(0, perLoad < 0 ? tokensSeconds / tokensTokens : perToken);
  }
}
