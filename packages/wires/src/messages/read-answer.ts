import { Fields, given } from "../fields.js";
import type { HubAnswer, HubUsage } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";
import { messagesExtra, readBlock } from "./read-blocks.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Reads a message. */
export function readAnswer(body: JsonObject): HubAnswer {
  const fields = new Fields(body, "");
  fields.skip("type", "role", "stop_reason", "stop_sequence", "stop_details");
  const blocks = fields.each("content").map(readAnswerBlock);
  const usage = readUsage(fields.any("usage"));
  const known = {
    id: fields.text("id") ?? "",
    model: fields.text("model") ?? "",
    choices: [{ index: 0, blocks, stop: readStop(body) ?? { reason: "end" as const } }],
    ...given({ usage: wholeUsage(usage) }),
  };
  return { ...known, extra: messagesExtra(fields.rest()) ?? {} };
}

export function wholeUsage(usage: Partial<HubUsage> | undefined): HubUsage | undefined {
  if (usage?.input === undefined && usage?.output === undefined) return undefined;
  return { input: 0, output: 0, ...usage };
}

/** Without what blocks of answers have beyond those of requests, and without paths. */
export function readAnswerBlock(block: Fields): Block {
  const { path: _, ...read } = readBlock(block);
  if (read.type !== "tool_call" || read.extra?.messages?.["caller"] === undefined) return read as Block;
  const { caller, ...others } = read.extra.messages;
  // A call that the model made itself is the usual one.
  const direct = (caller as { readonly type?: unknown } | undefined)?.type === "direct";
  const kept = direct ? others : read.extra.messages;
  const { extra: __, ...bare } = read;
  return { ...bare, ...(Object.keys(kept).length === 0 ? {} : { extra: { messages: kept } }) };
}
