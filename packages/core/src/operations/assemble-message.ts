import { isJsonObject, type JsonObject } from "../json.js";

type Fields = Record<string, unknown>;

/** Assembles the events of a stream of Messages into a whole message. */
export function assembleMessage(events: readonly JsonObject[]): JsonObject {
  // Blocks whose beginning did not arrive are missing.
  const blocks: (Fields | undefined)[] = [];
  let message: JsonObject = {};
  for (const event of events) {
    const { type, delta, index, content_block: block } = event;
    const at = typeof index === "number" ? index : blocks.length;
    if (type === "message_start" && isJsonObject(event["message"])) message = event["message"];
    else if (type === "content_block_start" && isJsonObject(block)) blocks[at] = { ...block };
    else if (type === "content_block_delta" && isJsonObject(delta)) extend(blocks[at], delta);
    else if (type === "message_delta") {
      const usage = { ...(message["usage"] as JsonObject | undefined), ...withoutNull(event["usage"]) };
      message = { ...message, ...(isJsonObject(delta) ? delta : {}), usage };
    }
  }
  const whole = blocks.filter((block) => block !== undefined).map(withInput);
  return whole.length === 0 ? message : { ...message, content: whole };
}

/** The counts that an event reports. `null` means that it does not report one. */
function withoutNull(usage: unknown): JsonObject {
  return isJsonObject(usage) ? Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null)) : {};
}

/** For each kind of delta, the field of the block that it extends, and its own field with the text. */
const extended: Readonly<Record<string, readonly [field: string, text: string]>> = {
  text_delta: ["text", "text"],
  thinking_delta: ["thinking", "thinking"],
  signature_delta: ["signature", "signature"],
  input_json_delta: ["inputText", "partial_json"],
  compaction_delta: ["content", "content"],
};

function extend(block: Fields | undefined, delta: JsonObject): void {
  if (block === undefined) return;
  const kind = String(delta["type"]);
  if (kind === "citations_delta") {
    const known = block["citations"];
    block["citations"] = [...(Array.isArray(known) ? (known as readonly unknown[]) : []), delta["citation"]];
    return;
  }
  if (!Object.hasOwn(extended, kind)) return;
  const [field, text] = extended[kind] as readonly [string, string];
  const before = block[field];
  const added = delta[text];
  block[field] = (typeof before === "string" ? before : "") + (typeof added === "string" ? added : "");
}

/** A block whose input, which arrived as pieces of JSON, is parsed. If a token limit cut it off, it remains a string. */
function withInput({ inputText, ...block }: Fields): JsonObject {
  if (typeof inputText !== "string" || inputText === "") return block;
  try {
    return { ...block, input: JSON.parse(inputText) as unknown };
  } catch {
    return { ...block, input: inputText };
  }
}
