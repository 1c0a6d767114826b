import { boundedCount } from "../bounded.js";
import type { JsonObject } from "../json.js";
import { estimatePromptInput } from "../token-estimate.js";
import type { Embedding, EmbeddingResponse } from "../wire/embedding.js";
import type { CacheItems } from "./operation-row.js";

/**
 * Vendors accept no more texts at once. Each text is looked up by itself: without a limit one request could cause a
 * flood of lookups.
 */
const mostItems = 2_048;

/** The texts, or lists of tokens, of an embedding request. */
export const embeddingItems: CacheItems = {
  of: ({ input }) => {
    if (typeof input === "string") return [input];
    if (!Array.isArray(input) || input.length === 0) return undefined;
    if (typeof input[0] === "number") return [input];
    if (input.length > mostItems) return undefined;
    return input.every((item) => typeof item === "string" || Array.isArray(item)) ? input : undefined;
  },
  with: (request, items) => ({ ...request, input: items }),
  split: (answer, count) => {
    // Only for a single text, its usage is known exactly.
    const { data, usage, ...rest } = answer as unknown as EmbeddingResponse;
    const byIndex = new Map(data.map((item): [number, Embedding] => [item.index, item]));
    return Array.from({ length: count }, (_, index) => {
      const item = byIndex.get(index);
      if (item === undefined) return undefined;
      return { ...rest, data: [{ ...item, index: 0 }], ...(count > 1 || usage === undefined ? {} : { usage }) };
    });
  },
  merge: (items, answers, model) => {
    let tokens = 0;
    const known = answers as readonly (EmbeddingResponse | undefined)[];
    const data = known.flatMap((answer, index) => {
      const item = answer?.data[0];
      if (item === undefined) return [];
      // Summed up for the whole request, and estimated where the vendor did not report it.
      tokens += boundedCount(answer?.usage?.prompt_tokens) ?? estimatePromptInput(items[index]);
      return [{ ...item, index }];
    });
    const first = known.find((answer) => answer !== undefined);
    return {
      ...first,
      object: "list",
      model: first?.model ?? model,
      data,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    } satisfies JsonObject;
  },
};
