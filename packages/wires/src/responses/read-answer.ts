import { AnswerFields, type Fields, given } from "../fields.js";
import type { HubAnswer } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";
import { itemOf, readAssistantItem } from "./read-items.js";
import { readPart, responsesExtra } from "./read-parts.js";
import { withoutPath } from "../without-path.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Fields of a response that repeat the request, or that the hub has in other places. */
const told = ["object", "status", "error", "incomplete_details", "completed_at", "output_text"] as const;

/** Reads a response. */
export function readAnswer(body: JsonObject): HubAnswer {
  const fields = new AnswerFields(body, "");
  fields.skip(...told);
  const blocks = fields.each("output").flatMap((item) => readOutputItem(item));
  const tier = fields.text("service_tier");
  const known = {
    id: fields.text("id") ?? "",
    model: fields.text("model") ?? "",
    choices: [{ index: 0, blocks, stop: readStop(body, blocks) }],
    ...given({
      createdAt: fields.number("created_at"),
      usage: readUsage(fields.any("usage")),
      service: tier === undefined ? undefined : { tier },
    }),
  };
  return { ...known, extra: responsesExtra(fields.rest()) ?? {} };
}

/** The blocks of an item of the output; their paths are those of the vendor's answer, and left out. */
export function readOutputItem(item: Fields): readonly Block[] {
  const type = item.text("type") ?? "message";
  const blocks =
    type === "message"
      ? item.each("content").map((part) => ({ ...readPart(part), ...given({ item: itemOf(item) }) }))
      : [readAssistantItem(item, type)];
  return blocks.map(withoutPath);
}
