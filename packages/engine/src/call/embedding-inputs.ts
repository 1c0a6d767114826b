import type { Call } from "./call.js";

/** Vendors take no more texts at once. Every text is looked up by itself: without a limit one request could be a flood of those. */
const mostInputs = 2_048;

/** The texts, or lists of tokens, of an embedding request, which are kept one by one; `undefined`: it is none. */
export function embeddingInputs(call: Call): readonly unknown[] | undefined {
  if (call.operation !== "embeddings") return undefined;
  const { input } = call.original;
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) return undefined;
  if (input.every((item) => typeof item === "number")) return [input];
  if (input.length > mostInputs) return undefined;
  return input.every((item) => typeof item === "string" || Array.isArray(item)) ? input : undefined;
}
