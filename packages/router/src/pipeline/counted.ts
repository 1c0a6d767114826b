import { isJsonObject, type Usage } from "@modelyard/core";

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
}

/**
 * What a vendor reports as usage, with every count that costs, limits and metrics are made of: embeddings have no
 * `completion_tokens`, and some hosts leave out more. The report itself when it is whole; `undefined`: it says too little.
 */
export function counted(reported: unknown): Usage | undefined {
  if (!isJsonObject(reported)) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = reported;
  if (isCount(prompt) && isCount(completion) && isCount(total)) return reported as unknown as Usage;
  // Tokens of the answer alone would make the prompt free.
  if (!isCount(prompt) && !isCount(total)) return undefined;
  const rest = (part: unknown): number => (isCount(total) ? Math.max(0, total - (isCount(part) ? part : 0)) : 0);
  const promptTokens = isCount(prompt) ? prompt : rest(completion);
  const completionTokens = isCount(completion) ? completion : rest(promptTokens);
  return {
    ...reported,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: isCount(total) ? total : promptTokens + completionTokens,
  };
}
