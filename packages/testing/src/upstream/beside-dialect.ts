import type { JsonObject } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import type { Behavior } from "./behavior.js";
import { defaultText, defaultUsage } from "./behavior.js";
import { created } from "./created.js";
import type { SentCall } from "./sent-call.js";

/** Answers to requests about a conversation, such as counts of its tokens, in the vendor's shape. */
export function besideAnswer({ operation, model, body }: SentCall, behavior: Behavior): JsonObject {
  const { usage = defaultUsage, text = defaultText, answerNumber = 1 } = behavior;
  const id = `resp_${String(answerNumber)}`;
  return operations[operation].mock.answer({ id, created, model, text, usage, request: body });
}
