import type { JsonObject, RouterError } from "@modelyard/core";
import type { ContinuationWay } from "@modelyard/core/kit";

/** A stream that broke after its first content. */
export interface BrokenStream {
  readonly error: RouterError;
  /** All text that the caller has seen. */
  readonly said: string;
  /** Its tokens, perhaps estimated. */
  readonly usedTokens: number;
  /** How other deployments are asked to continue it. */
  readonly way: ContinuationWay;
}

/** The instruction for a deployment that cannot continue from the beginning of an answer. */
const goOn =
  "Your last message was cut off. Continue it exactly where it ends: write only what comes next, do not repeat any of it, and do not comment on this.";

const limits = ["max_tokens", "max_completion_tokens"] as const;

/** A request to continue an answer, with the text so far and what is left of the answer's maximum length. */
export function continuedRequest(request: JsonObject, { said, usedTokens, way }: BrokenStream): JsonObject {
  const left: Record<string, number> = {};
  for (const field of limits) {
    const limit = request[field];
    if (typeof limit === "number") left[field] = Math.max(1, limit - usedTokens);
  }
  const messages = Array.isArray(request["messages"]) ? (request["messages"] as readonly unknown[]) : [];
  const asked = [...messages, { role: "assistant", content: said }];
  if (way === "instruct") asked.push({ role: "user", content: goOn });
  return { ...request, ...left, messages: asked };
}
