import type { JsonObject, RouterError } from "@modelyard/core";
import type { ContinuationWay } from "@modelyard/core/kit";

/** A stream that broke after some content had arrived. */
export interface BrokenStream {
  readonly error: RouterError;
  /** The text that the caller has received. */
  readonly text: string;
  /** The number of its tokens, possibly estimated. */
  readonly usedTokens: number;
  /** How other deployments are asked to continue it. */
  readonly way: ContinuationWay;
}

/** The instruction for deployments that cannot continue from the beginning of an answer. */
const continueInstruction =
  "Your last message was cut off. Continue it exactly where it ends: write only what comes next, do not repeat any of it, and do not comment on this.";

const limits = ["max_tokens", "max_completion_tokens"] as const;

/** The request to continue an answer: it includes the text so far, and its limits are reduced by the tokens used. */
export function continuedRequest(request: JsonObject, { text, usedTokens, way }: BrokenStream): JsonObject {
  const left: Record<string, number> = {};
  for (const field of limits) {
    const limit = request[field];
    if (typeof limit === "number") left[field] = Math.max(1, limit - usedTokens);
  }
  const messages = Array.isArray(request["messages"]) ? (request["messages"] as readonly unknown[]) : [];
  const asked = [...messages, { role: "assistant", content: text }];
  if (way === "instruct") asked.push({ role: "user", content: continueInstruction });
  return { ...request, ...left, messages: asked };
}
