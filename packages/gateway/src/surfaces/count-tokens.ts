import type { JsonObject } from "@modelyard/core";
import { type AnswerRoute, createError, type SurfaceAnswer, operations } from "@modelyard/core/kit";
import { json } from "../answers.js";
import { readJson } from "./json-body.js";

const { check, inputTokens } = operations.messages;

/** @throws `bad_request` */
function counted(request: JsonObject): SurfaceAnswer {
  // A request to count has no limit for the answer.
  const fault = check?.({ ...request, max_tokens: 1 });
  if (fault !== undefined) throw createError({ kind: "bad_request", param: fault.path, message: fault.message });
  return json(200, { input_tokens: inputTokens(request) });
}

/** Answers with the router's estimate, which is the same for all models. No vendor is called. */
export const countTokens: AnswerRoute = {
  method: "POST",
  path: "/v1/messages/count_tokens",
  aliases: ["/messages/count_tokens", "/anthropic/v1/messages/count_tokens"],
  answer: async (_, context) => {
    const { request } = await readJson(await context.body());
    return counted(request);
  },
};
