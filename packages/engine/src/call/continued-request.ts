import type { JsonObject, RouterError } from "@modelyard/core";
import type { ContinuationWay, OperationRow } from "@modelyard/core/kit";

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

/** The request to continue an answer, which includes the text so far. It is the same one if the operation cannot do so. */
export function continuedRequest(
  { continuation }: Pick<OperationRow, "continuation">,
  request: JsonObject,
  { text, usedTokens, way }: BrokenStream,
): JsonObject {
  const answer = { text, usedTokens, ...(way === "instruct" ? { instruction: continueInstruction } : {}) };
  return continuation?.request(request, answer) ?? request;
}
