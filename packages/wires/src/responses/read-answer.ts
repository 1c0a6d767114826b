import { boundedCount } from "@modelyard/core/kit";
import { invalidResponse, readErrorIn, throwFailure } from "../chat/read-error.js";
import { AnswerFields, type Fields, given } from "../fields.js";
import type { HubAnswer, HubStop, HubUsage } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";
import { itemOf, readAssistantItem } from "./read-items.js";
import { readPart, responsesExtra } from "./read-parts.js";
import { withoutPath } from "../without-path.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Fields of a response that repeat the request, or that the hub has in other places. */
export const elsewhere = ["object", "status", "error", "incomplete_details", "completed_at", "output_text"] as const;

/** Reads a response. @throws `invalid_response` if it has no output */
export function readAnswer(body: JsonObject): HubAnswer {
  const fields = new AnswerFields(body, "");
  fields.skip(...elsewhere);
  const blocks = fields.each("output").flatMap((item) => readOutputItem(item));
  const stop = readStop(body, blocks);
  const usage = withSearches(readUsage(fields.any("usage")), fields);
  if (fields.list("output") === undefined && stop.reason !== "error")
    throwFailure(readErrorIn(fields) ?? invalidResponse("The vendor's answer has no output."));
  if (isEmpty(blocks, stop, usage)) throwFailure(emptyAnswer);
  const tier = fields.text("service_tier");
  const known = {
    id: fields.text("id") ?? "",
    model: fields.text("model") ?? "",
    choices: [{ index: 0, blocks, stop }],
    ...given({
      createdAt: fields.number("created_at"),
      usage,
      service: tier === undefined ? undefined : { tier },
    }),
  };
  return { ...known, extra: responsesExtra(fields.rest()) ?? {} };
}

/** Usage with the number of web searches, which a response has in another place. */
export function withSearches(usage: HubUsage | undefined, response: Fields): HubUsage | undefined {
  const searches = boundedCount(response.in("tool_usage")?.in("web_search")?.any("num_requests"));
  if (usage === undefined || searches === undefined || searches === 0) return usage;
  return { ...usage, serverTools: { web_search_requests: searches } };
}

export const emptyAnswer = invalidResponse("The vendor reported a completed response, but its output is empty.");

/** A completed response of nothing, for which nothing was counted, is a failure that its vendor did not notice. */
export function isEmpty(blocks: readonly Block[], { reason }: HubStop, usage: HubUsage | undefined): boolean {
  return blocks.length === 0 && reason === "end" && (usage?.output ?? 0) === 0;
}

/** The blocks of an item of the output, without their paths, which would be those of the vendor's answer. */
export function readOutputItem(item: Fields): readonly Block[] {
  const type = item.text("type") ?? "message";
  if (type !== "message") return [withoutPath(readAssistantItem(item, type))];
  const info = given({ item: itemOf(item) });
  return item.each("content").map((part) => withoutPath({ ...readPart(part), ...info }));
}
