import { isJsonObject, type JsonObject } from "./json.js";

/**
 * Counts tokens, roughly or exactly. The built-in one reads lengths only; an exact tokenizer can take its place where
 * its cost is acceptable.
 */
export interface TokenEstimator {
  /** Tokens of the prompt of `request`, an OpenAI-shaped body. */
  (request: JsonObject): number;
}

/** English text has about 4 characters to a token (OpenAI, "What are tokens and how to count them"). */
const charactersPerToken = 4;
/** Role, separators and the like of one chat message. */
const tokensPerMessage = 4;
/** What vision models charge for an image at low detail; images are not decoded. */
const tokensPerImage = 85;

const textTokens = (text: string): number => Math.ceil(text.length / charactersPerToken);

/** Lengths of the strings within `value`, in tokens. Depth is bounded; what lies deeper counts as nothing. */
function valueTokens(value: unknown, depth = 0): number {
  if (typeof value === "string") return textTokens(value);
  if (typeof value !== "object" || value === null || depth > 8) return value === undefined ? 0 : 1;
  let tokens = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) tokens += valueTokens(item, depth + 1);
    return tokens;
  }
  for (const key in value) tokens += 1 + valueTokens((value as JsonObject)[key], depth + 1);
  return tokens;
}

function contentTokens(content: unknown): number {
  if (typeof content === "string") return textTokens(content);
  if (!Array.isArray(content)) return 0;
  let tokens = 0;
  for (const part of content as readonly unknown[]) {
    if (!isJsonObject(part)) continue;
    if (typeof part["text"] === "string") tokens += textTokens(part["text"]);
    else if (part["type"] === "image_url") tokens += tokensPerImage;
    else tokens += valueTokens(part);
  }
  return tokens;
}

/** Prompt tokens of a chat request: messages, tools and the answer's schema. */
export function estimateChatInput(request: JsonObject): number {
  const messages = request["messages"];
  let tokens = 3;
  if (Array.isArray(messages)) {
    for (const message of messages as readonly unknown[]) {
      if (!isJsonObject(message)) continue;
      tokens += tokensPerMessage + contentTokens(message["content"]);
      if (message["tool_calls"] !== undefined) tokens += valueTokens(message["tool_calls"]);
    }
  }
  if (request["tools"] !== undefined) tokens += valueTokens(request["tools"]);
  if (request["response_format"] !== undefined) tokens += valueTokens(request["response_format"]);
  return tokens;
}

/** Prompt tokens of a text: a string, strings, tokens, or lists of tokens. */
export function estimatePromptInput(prompt: unknown): number {
  if (typeof prompt === "string") return textTokens(prompt);
  if (!Array.isArray(prompt)) return 0;
  let tokens = 0;
  for (const item of prompt as readonly unknown[]) {
    if (typeof item === "string") tokens += textTokens(item);
    else tokens += Array.isArray(item) ? item.length : 1;
  }
  return tokens;
}
