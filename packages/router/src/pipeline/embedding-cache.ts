import type { EmbeddingResponse, JsonObject, Outcome } from "@modelyard/core";
import type { Call } from "../request/call.js";
import { type AnswerCache, replay } from "./answer-cache.js";

/** Whether a request is for several texts, which are kept one by one. */
export function isBatch(call: Call): boolean {
  const { input } = call.original;
  return (
    call.operation === "embeddings" &&
    Array.isArray(input) &&
    input.length > 1 &&
    input.every((item) => typeof item === "string" || Array.isArray(item))
  );
}

/** Looks up every text of a batch, asks for those that are missing, and puts the answer together in order. */
export async function runBatch(call: Call, cache: AnswerCache, make: () => Promise<Outcome>): Promise<Outcome> {
  const inputs = call.original["input"] as readonly unknown[];
  const requests = inputs.map((input): JsonObject => ({ ...call.original, input }));
  const keys = await Promise.all(requests.map((request) => cache.key(call, request)));
  const entries = await Promise.all(keys.map((key) => cache.find(call, key)));
  const found = entries.map((entry) => entry?.value as unknown as EmbeddingResponse | undefined);
  const missing = inputs.flatMap((_, index) => (found[index] === undefined ? [index] : []));
  const first = found.find((value) => value !== undefined);
  if (missing.length === 0 && first !== undefined && keys[0] !== undefined && entries[0] !== undefined) {
    const outcome = replay(call, keys[0], entries[0]);
    return { ...outcome, value: merge(call, first.model, found) } as Outcome;
  }
  if (missing.length < inputs.length) call.narrow({ ...call.original, input: missing.map((index) => inputs[index]) });
  const outcome = await make();
  if (outcome.kind !== "answer") return outcome;
  const fresh = outcome.value as EmbeddingResponse;
  for (const [position, index] of missing.entries()) {
    const embedding = fresh.data.find((item) => item.index === position);
    const key = keys[index];
    if (embedding === undefined || key === undefined) continue;
    const single: EmbeddingResponse = { object: "list", model: fresh.model, data: [{ ...embedding, index: 0 }] };
    found[index] = single;
    cache.store(call, key, { value: single as unknown as JsonObject });
  }
  if (missing.length === inputs.length) return outcome;
  return {
    ...outcome,
    bytes: undefined,
    value: { ...merge(call, fresh.model, found), ...(fresh.usage === undefined ? {} : { usage: fresh.usage }) },
  };
}

function merge(call: Call, model: string, found: readonly (EmbeddingResponse | undefined)[]): EmbeddingResponse {
  return {
    object: "list",
    model,
    data: found.flatMap((value, index) => (value?.data[0] === undefined ? [] : [{ ...value.data[0], index }])),
    usage: { prompt_tokens: call.inputTokens, total_tokens: call.inputTokens },
  };
}
