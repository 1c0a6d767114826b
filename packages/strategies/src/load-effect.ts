import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { Sample } from "./sample-window.js";

/** Factor by which earlier samples lose weight with each new one: about the last fifty matter. */
const kept = 0.98;
/** Weight of the initial estimate, which counts like one sample that is one call, or one prompt, away from the mean. */
const priorSamples = 1;
/** Initial estimate: a call in flight adds this fraction of what one call takes. */
const priorShare = 0.5;

/** Means, and sums of squares and products of the deviations from them, so that large numbers do not cancel out. */
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
 * Estimates how much the calls already in flight, and the length of its own prompt, add to the latency of a call: a
 * linear fit through the latest samples, by least squares. The two are estimated separately, since a vendor that takes
 * longer for longer prompts does not have to be slower with two calls at a time.
 */
export class LoadEffect {
  #fit: Fit = { ...nothing };

  /**
   * @param inCalls - whether load is counted in calls, instead of prompt tokens
   * @param all - the effect over all deployments, which is the initial estimate for a new one
   */
  constructor(
    readonly inCalls: boolean,
    readonly all?: LoadEffect,
  ) {}

  /** Seconds added by each unit of load. At least 0. */
  get perLoad(): number {
    return this.#fit.perLoad;
  }

  /** Seconds added by each token of the prompt. At least 0. */
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

  /** Plain data for {@link LoadEffect.restore}. */
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
    // If one of the two would be negative, it is set to 0 and the other one is fitted alone.
    fit.perLoad = Math.max(0, perToken < 0 ? loadSeconds / loadLoad : perLoad);
    fit.perToken = Math.max(0, perLoad < 0 ? tokensSeconds / tokensTokens : perToken);
  }
}
