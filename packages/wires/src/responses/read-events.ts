import { type Fields, given } from "../fields.js";
import type { HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import type { OpenBlock } from "../open-block.js";
import { readPart } from "./read-parts.js";
import { settled } from "./whole-items.js";

/** The fields of all events that are read. */
export const knownFields: ReadonlySet<string> = new Set(
  `type sequence_number output_index content_index summary_index annotation_index item_id item part response delta
  text logprobs annotation arguments input name refusal obfuscation error code message param`.split(/\s+/u),
);
export const deltas: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.reasoning_summary_text.delta",
  "response.reasoning_text.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);
export const additions: ReadonlySet<string> = new Set([
  "response.content_part.done",
  "response.output_text.annotation.added",
  "response.function_call_arguments.done",
  "response.custom_tool_call_input.done",
]);
/** Events that repeat what others have said, or say that the vendor is at work. */
const repeated: ReadonlySet<string> = new Set([
  "keepalive",
  "response.output_text.done",
  "response.refusal.done",
  "response.reasoning_summary_part.added",
  "response.reasoning_summary_part.done",
  "response.reasoning_summary_text.done",
  "response.reasoning_text.done",
]);
/** Progress of tools that the vendor runs. Their items say the same, as a whole. */
const progress =
  /^response\.(?:apply_patch_call|code_interpreter_call|compaction|file_search_call|image_generation_call|mcp_call|mcp_list_tools|shell_call|web_search_call)/u;

/** An event that means nothing to the hub. */
export function unread(type: string, event: JsonObject): readonly HubEvent[] {
  if (type === "" || repeated.has(type) || progress.test(type)) return [];
  return [{ type: "raw", wire: "responses", value: event }];
}

/** What only the whole part says. */
export function settlePart(block: OpenBlock | undefined, part: Fields): readonly HubEvent[] {
  const type = part.text("type");
  if (block === undefined || (type !== "output_text" && type !== "refusal")) return [];
  block.settle(settled(block.head, { ...readPart(part), ...given({ item: block.head.item }) }));
  return [];
}
