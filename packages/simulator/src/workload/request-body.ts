import type { JsonObject } from "@modelyard/core";
import type { PrefixBlock } from "../vendor/prompt-cache.js";
import type { SimulatedRequest } from "./simulated-request.js";

/** What the router's estimate adds to the texts: 3 tokens per chat and 4 per message. */
const tokensPerChat = 3;
const tokensPerMessage = 4;
const charactersPerToken = 4;

/** Prompts are slices of it, which V8 does not copy. */
let padding = "";

function textOf(tokens: number): string {
  const length = Math.max(1, tokens) * charactersPerToken;
  if (padding.length < length) padding = "simulated prompt ".repeat(Math.ceil((2 * length) / 17));
  return padding.slice(0, length);
}

type Message = JsonObject & { readonly role: string; readonly content: string };

/** The messages of pieces that many prompts begin with. */
const messages = new WeakMap<PrefixBlock, Message>();

function messageOf(block: PrefixBlock, role: string): Message {
  const known = messages.get(block);
  if (known !== undefined) return known;
  const name = `${String(block.id)} `;
  const text = textOf(block.tokens - tokensPerMessage);
  const message = { role, content: name + text.slice(Math.min(name.length, text.length - 1)) };
  messages.set(block, message);
  return message;
}

/** The body of a chat whose prompt has the right number of tokens, as the router estimates it. */
export function requestBody(
  request: SimulatedRequest,
  model: string,
): JsonObject & { readonly messages: readonly Message[] } {
  const { prefix = [], inputTokens, maxTokens, stream = true } = request;
  const list = prefix.map((block, index) =>
    messageOf(block, index === 0 ? "system" : index % 2 === 1 ? "user" : "assistant"),
  );
  const rest = inputTokens - tokensPerChat - prefix.reduce((sum, { tokens }) => sum + tokens, 0);
  if (rest > tokensPerMessage || list.length === 0)
    list.push({ role: "user", content: textOf(rest - tokensPerMessage) });
  return { model, messages: list, stream, ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }) };
}
