import { invalidResponse, throwFailure } from "../chat/read-error.js";
import { AnswerFields, type Fields, given } from "../fields.js";
import type { HubAnswer, HubUsage } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";
import { withoutPath } from "../without-path.js";
import { messagesExtra, readBlock } from "./read-blocks.js";
import { readErrorObject } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage, tierIn } from "./usage.js";

/** Reads a message. @throws `invalid_response` if it has no content */
export function readAnswer(body: JsonObject): HubAnswer {
  const fields = new AnswerFields(body, "");
  fields.skip("type", "role", "stop_reason", "stop_sequence", "stop_details");
  if (fields.list("content") === undefined) {
    const error = fields.any("error");
    throwFailure(error === undefined ? invalidResponse("The vendor's answer has no content.") : readErrorObject(error));
  }
  const blocks = fields.each("content").map(readAnswerBlock);
  const usage = readUsage(fields.any("usage"));
  const tier = tierIn(fields.any("usage"));
  const known = {
    id: fields.text("id") ?? "",
    model: fields.text("model") ?? "",
    choices: [{ index: 0, blocks, stop: readStop(body) ?? { reason: "end" as const } }],
    ...given({ usage: wholeUsage(usage), service: tier === undefined ? undefined : { tier } }),
  };
  return { ...known, extra: messagesExtra(fields.rest()) ?? {} };
}

export function wholeUsage(usage: Partial<HubUsage> | undefined): HubUsage | undefined {
  if (usage?.input === undefined && usage?.output === undefined) return undefined;
  return { input: 0, output: 0, ...usage };
}

export function readAnswerBlock(fields: Fields): Block {
  return withoutPath(readBlock(fields));
}
