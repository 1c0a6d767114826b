import { openEnvelope } from "../envelope.js";
import { type Fields, given } from "../fields.js";
import type { ReasoningBlock } from "../hub/blocks.js";
import type { Opaque } from "../hub/common.js";
import { originOf } from "./reasoning-details.js";

/**
 * What the model thought: signed by Anthropic, as LiteLLM shows it, in OpenRouter's shape, or plain, as DeepSeek and others
 * do. The first of these that a message has counts, since the others repeat it.
 */
export function readThoughts(message: Fields): readonly ReasoningBlock[] {
  const signed = message.each("thinking_blocks").map(readThinking);
  const details = readDetails(message.each("reasoning_details"));
  const plain = message.text("reasoning_content");
  if (signed.length > 0) return signed;
  if (details.length > 0) return details;
  return plain === undefined || plain === ""
    ? noThoughts
    : [{ type: "reasoning", text: plain, path: message.at("reasoning_content") }];
}

const noThoughts: readonly ReasoningBlock[] = Object.freeze([]);

function readThinking(block: Fields): ReasoningBlock {
  const redacted = block.text("type") === "redacted_thinking";
  const data = redacted ? block.text("data") : block.text("signature");
  return {
    type: "reasoning",
    path: block.path,
    ...given({
      text: redacted ? undefined : block.text("thinking"),
      redacted: redacted || undefined,
      opaque: data === undefined ? undefined : { data, madeBy: { wire: "messages" as const } },
    }),
  };
}

/** One entry of `reasoning_details`. Clients that collect streams write one for each piece. */
interface Detail {
  readonly index: number | undefined;
  readonly format: string | undefined;
  readonly block: ReasoningBlock;
}

function readDetails(entries: readonly Fields[]): readonly ReasoningBlock[] {
  const blocks: ReasoningBlock[] = [];
  let last: Detail | undefined;
  for (const entry of entries) {
    const detail = readDetail(entry);
    const open = last !== undefined && belongsTo(last, detail) ? blocks.pop() : undefined;
    const block = open === undefined ? detail.block : joined(open, detail.block);
    blocks.push(block);
    last = { ...detail, block };
  }
  return blocks;
}

function readDetail(entry: Fields): Detail {
  const type = entry.text("type");
  const format = entry.text("format");
  const id = entry.text("id");
  const encrypted = type === "reasoning.encrypted";
  const data = encrypted ? entry.text("data") : entry.text("signature");
  const summary = entry.text("summary");
  const opaque = data === undefined || data === "" ? undefined : opaqueOf(data, format);
  const item = opaque?.madeBy.wire === "responses" && id !== undefined ? { id } : undefined;
  const block: ReasoningBlock = {
    type: "reasoning",
    path: entry.path,
    ...given({
      text: entry.text("text"),
      summary: summary === undefined ? undefined : [summary],
      redacted: (encrypted && opaque?.madeBy.wire === "messages") || undefined,
      opaque,
      item,
    }),
  };
  return { index: entry.number("index"), format, block };
}

/** What only the vendor can read, whose name is in the format, or in an envelope of ours. */
function opaqueOf(data: string, format: string | undefined): Opaque {
  return openEnvelope(data)?.opaque ?? { data, madeBy: originOf(format) ?? { wire: "chat" } };
}

/** Whether an entry goes on with the one before it, which is complete once it has a signature or encrypted data. */
function belongsTo(last: Detail, { index, format, block }: Detail): boolean {
  return last.block.opaque === undefined && last.index === index && last.format === format && block.redacted !== true;
}

function joined(open: ReasoningBlock, next: ReasoningBlock): ReasoningBlock {
  const { text, summary, opaque, item } = next;
  const whole = [...(open.summary ?? []), ...(summary ?? [])].join("");
  return {
    ...open,
    ...given({
      text: text === undefined ? open.text : (open.text ?? "") + text,
      summary: whole === "" ? undefined : [whole],
      opaque,
      item,
    }),
  };
}
