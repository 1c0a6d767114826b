import { boundedCount, type Count, isJsonObject, type JsonObject, type Usage } from "@modelyard/core";

const details = ["prompt_tokens_details", "completion_tokens_details"] as const;

/**
 * What a vendor reports as usage, with every count that costs, limits and metrics are made of: embeddings have no
 * `completion_tokens`, and some hosts leave out more. The report itself when it is whole. `undefined` when it says too
 * little, or names a number of tokens that no answer has: then all of it is estimated.
 */
export function normalizeUsage(reported: unknown): Usage | undefined {
  // Asked for every answer: what a whole, plausible report goes through allocates nothing.
  if (!isJsonObject(reported)) return undefined;
  const { prompt_tokens: prompts, completion_tokens: completions, total_tokens: all } = reported;
  if (isAbsurd(prompts) || isAbsurd(completions) || isAbsurd(all)) return undefined;
  const { prompt_tokens_details: promptSplit, completion_tokens_details: completionSplit } = reported;
  const usage = isAbsurdSplit(promptSplit) || isAbsurdSplit(completionSplit) ? withoutSplit(reported) : reported;
  const prompt = boundedCount(usage["prompt_tokens"]);
  const completion = boundedCount(usage["completion_tokens"]);
  const total = boundedCount(usage["total_tokens"]);
  if (prompt !== undefined && completion !== undefined && total !== undefined) return usage as unknown as Usage;
  // Tokens of the answer alone would make the prompt free.
  if (prompt === undefined && total === undefined) return undefined;
  const promptTokens = prompt ?? rest(total, completion);
  const completionTokens = completion ?? rest(total, promptTokens);
  return {
    ...usage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: total ?? promptTokens + completionTokens,
  };
}

function rest(total: Count | undefined, part: Count | undefined): Count {
  return boundedCount(Math.max(0, (total ?? 0) - (part ?? 0))) ?? (0 as Count);
}

/** A number, but none that can be a count: the rest of such a report is not believed either. */
function isAbsurd(value: unknown): boolean {
  return typeof value === "number" && value > 0 && boundedCount(value) === undefined;
}

/** Whether some part of a count, such as the cached tokens of a prompt, is a number that cannot be one. */
function isAbsurdSplit(split: unknown): boolean {
  if (!isJsonObject(split)) return false;
  for (const name in split) {
    const part = split[name];
    if (typeof part === "number" && boundedCount(part) === undefined) return true;
  }
  return false;
}

function withoutSplit(reported: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(reported).filter(([name]) => !details.some((split) => split === name)));
}
