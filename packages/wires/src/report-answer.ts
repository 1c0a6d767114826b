import { pathOf } from "./fields.js";
import type { HubAnswer, HubStop } from "./hub/answer.js";
import type { Block, Citation } from "./hub/blocks.js";
import type { Extra, WireName } from "./hub/common.js";
import type { HubEvent } from "./hub/events.js";
import { isJsonObject, type JsonObject } from "./json.js";
import type { LossList } from "./losses.js";
import { isSaid } from "./report-usage.js";

/** The most fields of one object that are reported: a vendor chooses their names and their number. */
const mostFields = 24;

const noPlace = "The caller's API has no place for it.";

/** Objects of which the hub has read a part, so that only the rest of them is unknown. */
const containers: ReadonlySet<string> = new Set([
  "custom",
  "function",
  "logprobs",
  "message",
  "stop_details",
  "tool_usage",
  "web_search",
]);

/** Fields in which a response repeats its request. */
const echoes: ReadonlySet<string> = new Set([
  "background",
  "conversation",
  "frequency_penalty",
  "instructions",
  "max_output_tokens",
  "max_tool_calls",
  "metadata",
  "parallel_tool_calls",
  "presence_penalty",
  "previous_response_id",
  "prompt",
  "prompt_cache_key",
  "prompt_cache_options",
  "prompt_cache_retention",
  "reasoning",
  "safety_identifier",
  "store",
  "temperature",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
  "top_p",
  "truncation",
  "user",
]);

/** Reports what the readers keep for the vendor's own wire, and what the caller's has no place for. */
export function reportAnswer({ choices, extra }: HubAnswer, to: WireName, losses: LossList): void {
  reportTop(extra, to, losses);
  for (let at = 0; at < choices.length; at += 1) {
    const choice = choices[at] as HubAnswer["choices"][number];
    if (at > 0 && to !== "chat") losses.dropped(pathOf("choices", at), "The caller's API has one choice.");
    else {
      if (choice.extra !== undefined) reportExtra(pathOf("choices", at), choice.extra, to, losses);
      reportStop(choice.stop, choice.blocks.some(declines), to, losses);
      for (let index = 0; index < choice.blocks.length; index += 1)
        reportBlock(choice.blocks[index] as Block, index, to, losses);
    }
  }
}

function declines({ type }: Block): boolean {
  return type === "refusal";
}

/** Reports fields of the answer itself, except for those that repeat the request. */
export function reportTop(extra: Extra, to: WireName, losses: LossList): void {
  reportFields("", extra.chat, to === "chat", losses);
  reportFields("", extra.messages, to === "messages", losses);
  reportFields("", extra.responses, to === "responses", losses, echoes);
}

function reportExtra(path: string, extra: Extra, to: WireName, losses: LossList): void {
  reportFields(path, extra.chat, to === "chat", losses);
  reportFields(path, extra.messages, to === "messages", losses);
  reportFields(path, extra.responses, to === "responses", losses);
}

/** @param own - whether the fields are of the caller's wire, which has them */
function reportFields(
  path: string,
  fields: JsonObject | undefined,
  own: boolean,
  losses: LossList,
  skipped?: ReadonlySet<string>,
): void {
  if (fields === undefined || own) return;
  let left = mostFields;
  for (const key in fields) {
    const value = fields[key];
    if (!isSaid(value) || skipped?.has(key) === true || isUsual(key, value)) continue;
    const at = pathOf(path, key);
    if (containers.has(key) && isJsonObject(value)) reportFields(at, value, own, losses);
    else losses.dropped(at, noPlace);
    left -= 1;
    if (left === 0) return;
  }
}

/** That the model made a call itself, that the developer pays, and that no special access was needed, is the usual. */
function isUsual(key: string, value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  if (key === "caller") return value["type"] === "direct";
  if (key === "billing") return value["payer"] === "developer";
  return key === "access_programs" && Object.values(value).every((program) => program === "standard");
}

/** Reports what the caller's wire has no place for, of a block that it can hold. Nearly every block costs nothing. */
export function reportBlock(block: Block, index: number, to: WireName, losses: LossList): void {
  const { extra, item, type } = block;
  if (extra !== undefined) reportExtra(pathOf("content", index), extra, to, losses);
  if (type === "text" && block.citations !== undefined)
    for (const citation of block.citations) reportCitation(citation, to, losses);
  if (to !== "responses" && (item !== undefined || type === "tool_call" || type === "reasoning"))
    reportItem(block, index, to, losses);
}

/** What only items of Responses say. */
function reportItem(block: Block, index: number, to: WireName, losses: LossList): void {
  const { phase, extra } = block.item ?? noItem;
  if (extra !== undefined) reportExtra(pathOf("content", index), extra, to, losses);
  if (phase !== undefined) losses.dropped(pathOf(pathOf("content", index), "phase"), noPlace);
  if (block.type === "tool_call" && block.namespace !== undefined)
    losses.dropped(pathOf(pathOf("content", index), "namespace"), noPlace);
  if (block.type === "reasoning" && block.summary !== undefined && block.text !== undefined)
    losses.dropped(pathOf(pathOf("content", index), "summary"), "The caller's API has one place for thoughts.");
}

const noItem: NonNullable<Block["item"]> = {};

const ofCitations: ReadonlySet<string> = new Set(["end_index", "start_index", "title", "type", "url", "url_citation"]);

/** What a citation of an address says beside the address. Other citations are reported as a whole. */
function reportCitation({ kind, span, raw }: Citation, to: WireName, losses: LossList): void {
  if (kind !== "url" || raw === undefined || raw.wire === to) return;
  if (span !== undefined && to === "messages") {
    losses.dropped("citations.start_index", noPlace);
    losses.dropped("citations.end_index", noPlace);
  }
  reportFields("citations", raw.value, false, losses, ofCitations);
  const { url_citation: inner } = raw.value;
  if (isJsonObject(inner)) reportFields("citations", inner, false, losses, ofCitations);
}

/**
 * Reports what is known of an answer's end beside the reason.
 * @param own - whether the model declined in its own words, which are a block of the answer
 */
export function reportStop(stop: HubStop, own: boolean, to: WireName, losses: LossList): void {
  if (to === "messages") return;
  if (stop.reason === "stop_sequence" && stop.sequence !== undefined) losses.dropped("stop_sequence", noPlace);
  if (stop.reason !== "refusal" && stop.reason !== "content_filter") return;
  if (stop.category !== undefined) losses.dropped("stop_details.category", noPlace);
  if (to === "responses" && stop.explanation !== undefined && !own) losses.dropped("stop_details.explanation", noPlace);
}

/** Reports fields of an event of a stream. */
export function reportRest(
  { in: place, choice, fields, wire }: Extract<HubEvent, { readonly type: "rest" }>,
  losses: LossList,
): void {
  if (place === "delta" || place === "choice") {
    const path = pathOf("choices", choice);
    reportFields(place === "delta" ? pathOf(path, "message") : path, fields, false, losses);
  } else reportFields("", fields, false, losses, wire === "responses" ? echoes : undefined);
}

/** Reports an event that has a meaning in the vendor's wire only, by its type. */
export function reportEvent({ type }: JsonObject, losses: LossList): void {
  losses.dropped(`events.${typeof type === "string" ? type : "unknown"}`, noPlace);
}
