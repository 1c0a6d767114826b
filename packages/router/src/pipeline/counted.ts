import { boundedCount, type Count, isJsonObject, type JsonObject, type Usage } from "@modelyard/core";

const counts = ["prompt_tokens", "completion_tokens", "total_tokens"] as const;
const details = ["prompt_tokens_details", "completion_tokens_details"] as const;

/**
 * What a vendor reports as usage, with every count that costs, limits and metrics are made of: embeddings have no
 * `completion_tokens`, and some hosts leave out more. The report itself when it is whole. `undefined` when it says too
 * little, or names a number of tokens that no answer has: then all of it is estimated.
 */
export function counted(reported: unknown): Usage | undefined {
  if (!isJsonObject(reported) || counts.some((name) => isAbsurd(reported[name]))) return undefined;
  const usage = details.some((name) => isAbsurdSplit(reported[name])) ? withoutSplit(reported) : reported;
  const prompt = boundedCount(usage["prompt_tokens"]);
  const completion = boundedCount(usage["completion_tokens"]);
  const total = boundedCount(usage["total_tokens"]);
  if (prompt !== undefined && completion !== undefined && total !== undefined) return usage as unknown as Usage;
  // Tokens of the answer alone would make the prompt free.
  if (prompt === undefined && total === undefined) return undefined;
  const rest = (part: Count | undefined): Count =>
    boundedCount(Math.max(0, (total ?? 0) - (part ?? 0))) ?? (0 as Count);
  const promptTokens = prompt ?? rest(completion);
  const completionTokens = completion ?? rest(promptTokens);
  return {
    ...usage,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: total ?? promptTokens + completionTokens,
  };
}

/** A number, but none that can be a count: the rest of such a report is not believed either. */
function isAbsurd(value: unknown): boolean {
  return typeof value === "number" && value > 0 && boundedCount(value) === undefined;
}

/** Whether some part of a count, such as the cached tokens of a prompt, is a number that cannot be one. */
function isAbsurdSplit(split: unknown): boolean {
  return (
    isJsonObject(split) &&
    Object.values(split).some((part) => typeof part === "number" && boundedCount(part) === undefined)
  );
}

function withoutSplit(reported: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(reported).filter(([name]) => !details.some((split) => split === name)));
}
