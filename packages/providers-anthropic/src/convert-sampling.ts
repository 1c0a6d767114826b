import type { JsonObject } from "@modelyard/core";
import type { ModelTraits } from "./model-traits.js";
import type { Unsupported } from "./refuse.js";

/** Not in the SDK's types any more. API versions before {@link withoutSampling} accept them. */
export interface Sampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}

/** The first API version that refuses sampling parameters, even at their defaults. */
export const withoutSampling = "2026-10-21";

/**
 * The least `top_p` of a model that thinks.
 * Source: https://platform.claude.com/docs, "Building with extended thinking", feature compatibility.
 */
const leastThinkingTopP = 0.95;

export interface SamplingRules {
  readonly traits: ModelTraits;
  readonly apiVersion: string;
  /** Whether the request makes the model think, which fixes its temperature. */
  readonly thinks: boolean;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Refuses all sampling parameters, for models and API versions that do not accept any. */
function refuseAll(sampling: Sampling, reason: string, unsupported: Unsupported): Sampling {
  for (const field of ["temperature", "top_p", "top_k"] as const)
    if (sampling[field] !== undefined) unsupported.refuse(field, reason);
  return {};
}

function refuseWithThinking(given: Sampling, unsupported: Unsupported): void {
  for (const field of ["temperature", "top_k"] as const) {
    if (given[field] === undefined) continue;
    unsupported.refuse(field, "not with thinking");
    delete given[field];
  }
  if (given.top_p !== undefined && given.top_p < leastThinkingTopP) {
    unsupported.refuse("top_p", `at least ${String(leastThinkingTopP)} with thinking`);
    delete given.top_p;
  }
}

/** `temperature`, `top_p` and `top_k`, as far as the model and the API version accept them. */
export function convertSampling(request: JsonObject, rules: SamplingRules, unsupported: Unsupported): Sampling {
  const { traits, apiVersion, thinks } = rules;
  const temperature = numberOf(request["temperature"]);
  const topP = numberOf(request["top_p"]);
  const topK = numberOf(request["top_k"]);
  const given: Sampling = {};
  // 1 is the default of both. Omitting it means the same, also to models that do not know the field.
  if (temperature !== undefined && temperature !== 1) given.temperature = temperature;
  if (topP !== undefined && topP !== 1) given.top_p = topP;
  if (topK !== undefined) given.top_k = topK;
  if (apiVersion >= withoutSampling)
    return refuseAll(given, `API version ${apiVersion} has no sampling parameters`, unsupported);
  if (!traits.sampling) return refuseAll(given, "the model takes only the default", unsupported);
  if (given.temperature !== undefined && given.temperature > 1) {
    unsupported.refuse("temperature", "at most 1");
    delete given.temperature;
  }
  if (thinks) refuseWithThinking(given, unsupported);
  if (given.temperature !== undefined && given.top_p !== undefined && !traits.temperatureWithTopP) {
    unsupported.refuse("top_p", "not together with temperature");
    delete given.top_p;
  }
  return given;
}
