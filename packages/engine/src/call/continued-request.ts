import type { JsonObject, RouterError } from "@modelyard/core";
import type { ContinuationWay } from "@modelyard/core/kit";

/** A stream that broke after it had said something. */
export interface BrokenStream {
  readonly error: RouterError;
  /** All that the caller has seen. */
  readonly said: string;
  /** Tokens of it, perhaps estimated. */
  readonly usedTokens: number;
  /** How other deployments are asked to continue it. */
  readonly way: ContinuationWay;
}

/** What a deployment is asked that cannot take the beginning of an answer as such. */
const goOn =
  "Your last message was cut off. Continue it exactly where it ends: write only what comes next, do not repeat any of it, and do not comment on this.";

const limits = ["max_tokens", "max_completion_tokens"] as const;

/** A request to continue an answer: with what was said, and with what is left of the answer's length. */
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
