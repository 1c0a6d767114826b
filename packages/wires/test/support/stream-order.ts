import type { WireEvent, WireName } from "../../src/index.js";
import { isJsonObject, type JsonObject } from "../../src/json.js";

/** What is wrong with the order of a stream that we wrote; `undefined`: nothing. */
export function disorder(wire: WireName, events: readonly WireEvent[]): string | undefined {
  return checks[wire](
    events.filter((event) => event !== "[DONE]"),
    events.includes("[DONE]"),
  );
}

const checks = { chat: chatDisorder, responses: responsesDisorder, messages: messagesDisorder };

const kinds: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
};

function messagesDisorder(events: readonly JsonObject[]): string | undefined {
  let open: string | undefined;
  let next = 0;
  for (const [position, event] of events.entries()) {
    const last = position === events.length - 1;
    const { type, index } = event;
    if ((type === "message_start") !== (position === 0) && type !== "error")
      return `message_start at ${String(position)}`;
    if (type === "content_block_start") {
      if (open !== undefined || index !== next) return `a block begins in another at ${String(position)}`;
      open = String((event["content_block"] as JsonObject)["type"]);
    } else if (type === "content_block_delta") {
      const kind = String((event["delta"] as JsonObject)["type"]);
      if (open === undefined || index !== next || kinds[open]?.includes(kind) !== true)
        return `${kind} in ${open ?? "no block"} at ${String(position)}`;
    } else if (type === "content_block_stop") {
      if (open === undefined || index !== next) return `a block ends that is not open at ${String(position)}`;
      open = undefined;
      next += 1;
    } else if (type === "message_delta" && open !== undefined) return "the message ends inside a block";
    if ((type === "message_stop" || type === "error") && !last) return `something follows ${type}`;
  }
  return undefined;
}

function responsesDisorder(events: readonly JsonObject[]): string | undefined {
  const open = new Set<unknown>();
  const added = new Set<unknown>();
  for (const [position, event] of events.entries()) {
    const type = String(event["type"]);
    const place = event["output_index"];
    if (event["sequence_number"] !== position) return `sequence_number at ${String(position)}`;
    if ((type === "response.created") !== (position === 0)) return `response.created at ${String(position)}`;
    if (type === "response.output_item.added") {
      if (added.has(place)) return `item ${String(place)} begins twice`;
      open.add(place);
      added.add(place);
    } else if (type === "response.output_item.done") {
      if (!open.delete(place)) return `item ${String(place)} ends that is not open`;
    } else if (place !== undefined && !open.has(place)) return `${type} outside of its item`;
    const terminal = ["response.completed", "response.incomplete", "response.failed"].includes(type);
    if (terminal && position !== events.length - 1) return `something follows ${type}`;
    if (terminal && type !== "response.failed" && open.size > 0) return "the response ends before its items";
  }
  return undefined;
}

function chatDisorder(events: readonly JsonObject[], done: boolean): string | undefined {
  const finished = new Set<unknown>();
  const seen = new Set<unknown>();
  for (const [position, event] of events.entries()) {
    if (event["error"] !== undefined)
      return done || position < events.length - 1 ? "something follows an error" : undefined;
    for (const choice of event["choices"] as readonly JsonObject[]) {
      const { index, delta } = choice;
      if (!isJsonObject(delta)) return "a choice without a delta";
      if ((delta["role"] === undefined) !== seen.has(index)) return `the role at ${String(position)}`;
      seen.add(index);
      if (finished.has(index)) return `choice ${String(index)} goes on after its end`;
      if (choice["finish_reason"] !== null) finished.add(index);
    }
  }
  return done && [...seen].some((index) => !finished.has(index)) ? "a choice without an end" : undefined;
}
