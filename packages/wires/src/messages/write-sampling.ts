import type { HubRequest } from "../hub/request.js";
import type { LossList } from "../losses.js";
import { type MessagesTarget, strictVersion } from "./target.js";

/**
 * The least `top_p` of a model that thinks.
 * Source: https://platform.claude.com/docs, "Building with extended thinking", feature compatibility.
 */
const leastThinkingTopP = 0.95;

interface Sampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
}

/** How tokens are chosen, as far as the model and the API version let the caller say. */
export function writeSampling(
  { sampling }: HubRequest,
  { traits, apiVersion }: MessagesTarget,
  thinks: boolean,
  losses: LossList,
): Sampling {
  const { temperature, topP, topK } = sampling;
  const written: Sampling = {};
  // 1 is the default of both: not said, it means the same everywhere, also where the field is unknown.
  if (temperature !== undefined && temperature !== 1) written.temperature = temperature;
  if (topP !== undefined && topP !== 1) written.top_p = topP;
  if (topK !== undefined) written.top_k = topK;
  const refuse = (field: keyof Sampling, why: string): void => {
    if (written[field] !== undefined) losses.refused(field, why);
    delete written[field];
  };
  const fixed = apiVersion >= strictVersion || !traits.sampling;
  if (fixed)
    for (const field of ["temperature", "top_p", "top_k"] as const)
      refuse(field, "The model does not accept sampling parameters.");
  if ((written.temperature ?? 0) > 1) refuse("temperature", "The model accepts at most 1.");
  if (thinks) {
    refuse("temperature", "The model does not accept it while thinking is on.");
    refuse("top_k", "The model does not accept it while thinking is on.");
    if ((written.top_p ?? 1) < leastThinkingTopP)
      refuse("top_p", `The model accepts at least ${String(leastThinkingTopP)} while thinking is on.`);
  }
  if (written.temperature !== undefined && !traits.temperatureWithTopP)
    refuse("top_p", "The model does not accept it together with temperature.");
  return written;
}
