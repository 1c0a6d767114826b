import type { Candidate, JsonObject, Prices } from "@modelyard/core";
import type { PromptCacheFacts } from "@modelyard/core/kit";

/** How long a caller should wait to save a dollar, in milliseconds. A second is thus worth a cent. */
const msPerDollar = 100_000;
/** The longest wait that saved money is worth. */
const longestForMoney = 5_000;

/** What the prompt cache of a vendor does with one request. */
export interface CacheTerms {
  /** Shorter beginnings of prompts are not cached. */
  readonly leastTokens: number;
  /** How long it keeps the prompt. */
  readonly lifetimeMs: number;
}

/** What is assumed of a vendor that says nothing about its cache. */
export const usualTerms: CacheTerms = { leastTokens: 1_024, lifetimeMs: 300_000 };
const longestLifetime = 7 * 86_400_000;

/** What is known of a vendor's prompt cache for a request. What is not is assumed. */
export function termsOf(facts: PromptCacheFacts | undefined, request: JsonObject): CacheTerms {
  if (facts === undefined) return usualTerms;
  try {
    const lifetimeMs: unknown = facts.lifetimeMs(request);
    const isTime = typeof lifetimeMs === "number" && lifetimeMs >= 0;
    return {
      leastTokens: facts.leastTokens,
      lifetimeMs: isTime ? Math.min(lifetimeMs, longestLifetime) : usualTerms.lifetimeMs,
    };
  } catch {
    // A custom provider's mistake must not fail a call for a preference.
    return usualTerms;
  }
}

/** The money that reading tokens from the prompt cache saves, in US dollars. 0 if a price is unknown. */
export function savedUsd({ inputCostPerToken, cachedInputCostPerToken }: Prices, tokens: number): number {
  if (inputCostPerToken === undefined || cachedInputCostPerToken === undefined) return 0;
  return Math.max(0, inputCostPerToken - cachedInputCostPerToken) * tokens;
}

/** The wait that the saved money is worth, in milliseconds. */
export function worthMs({ deployment }: Candidate, tokens: number): number {
  return Math.min(longestForMoney, savedUsd(deployment.prices, tokens) * msPerDollar);
}
