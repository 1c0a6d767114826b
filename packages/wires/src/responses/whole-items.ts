import { given, textIn } from "../fields.js";
import type { Block, ToolCallBlock } from "../hub/blocks.js";
import type { HubEvent } from "../hub/events.js";
import type { JsonObject } from "../json.js";
import type { OpenBlock } from "../open-block.js";

/** Encrypted data may not be whole before the item is done. */
export function emptied(block: Block): Block {
  if (block.type === "text" || block.type === "refusal")
    return { type: block.type, text: "", ...given({ item: block.item }) };
  if (block.type === "tool_call") return { ...block, input: { kind: block.input.kind, text: "" } };
  return block.type === "reasoning" ? { type: "reasoning", ...given({ item: block.item }) } : block;
}

/** What no delta brought. */
export function suffix(block: OpenBlock | undefined, whole: string | undefined): readonly HubEvent[] {
  if (block?.type !== "tool_call" || whole === undefined || whole.length <= block.text.length) return [];
  return [block.add({ kind: "input", text: whole.slice(block.text.length) })];
}

/** Deltas for what a whole block has beyond what was read of it. */
export function missing(open: OpenBlock, whole: Block): readonly HubEvent[] {
  switch (whole.type) {
    case "text":
    case "refusal": {
      const rest = whole.text.slice(open.text.length);
      const logprobs = open.text === "" && whole.type === "text" ? whole.logprobs : undefined;
      const said = rest === "" ? [] : [open.add({ kind: whole.type, text: rest, ...given({ logprobs }) })];
      const cited = whole.type === "text" ? (whole.citations ?? []).slice(open.citations) : [];
      return [...said, ...cited.map((citation) => open.add({ kind: "citation", citation }))];
    }
    case "tool_call":
      return suffix(open, (whole satisfies ToolCallBlock).input.text);
    case "reasoning": {
      const read = open.whole.type === "reasoning" ? open.whole : undefined;
      const summary = read?.summary === undefined ? (whole.summary ?? []) : [];
      return [
        ...summary.map((text, part) => open.add({ kind: "summary", part, text })),
        ...(whole.text !== undefined && read?.text === undefined
          ? [open.add({ kind: "reasoning", text: whole.text })]
          : []),
        ...(whole.opaque === undefined ? [] : [open.add({ kind: "opaque", opaque: whole.opaque })]),
      ];
    }
    default:
      return [];
  }
}

/** A block as it began, with what only the whole one says. Its text and its input have come as deltas. */
export function settled(head: Block, whole: Block): Block {
  switch (whole.type) {
    case "server_tool":
    case "other":
    case "compaction":
      return whole;
    default: {
      if (head.type !== whole.type) return head;
      const { item = head.item, extra = head.extra } = whole;
      const namespace = whole.type === "tool_call" ? whole.namespace : undefined;
      return { ...head, ...given({ item, extra, namespace }) };
    }
  }
}

/** Whether an item is a call, or a message where none was streamed. */
export function isMissing(item: JsonObject, calls: ReadonlySet<string>, spoke: boolean): boolean {
  const type = textIn(item, "type") ?? "message";
  if (type === "message") return !spoke;
  return (type === "function_call" || type === "custom_tool_call") && !calls.has(textIn(item, "call_id") ?? "");
}
