import { isJsonObject, type JsonObject, type MaybePromise } from "./json.js";

/**
 * Counts the tokens of a prompt, roughly or exactly. The built-in one reads lengths; an exact tokenizer can take its
 * place where its cost is acceptable, also in a worker: a promise is waited for, for at most a second.
 */
export interface TokenEstimator {
  /**
   * Tokens of the prompt of `request`, an OpenAI-shaped body. At least 0. When it throws, is late or is no number, the
   * built-in estimate counts.
   */
  (request: JsonObject): MaybePromise<number>;
}

/** English text has about 4 characters to a token (OpenAI, "What are tokens and how to count them"). */
const charactersPerToken = 4;
/** Other alphabets have about 2, Chinese, Japanese and Korean about 1 (measured on OpenAI's o200k_base). */
const firstDense = 0x250;
const firstDenser = 0x2e80;
/** Characters of a long text that are looked at to tell what it is written in. */
const looks = 16;
/** Role, separators and the like of one chat message. */
const tokensPerMessage = 4;
/**
 * OpenAI's vision models: an image at low detail, and a square of 1,024 pixels at high detail. Images are not decoded.
 */
const tokensPerImage = { low: 85, high: 765 } as const;
/**
 * Base64 characters to a token: 10 tokens a second (OpenAI) of PCM at 24 kHz, or of a compressed format at 128 kbit/s.
 */
const audioCharactersPerToken = { wav: 6_400, pcm16: 6_400, other: 2_133 } as const;
/** Base64 characters to a token of a document: a page is about 60 kB and 1,000 tokens. */
const fileCharactersPerToken = 80;

/** Values that are looked at in all; what a body has beyond that is taken to be like what was seen. */
const mostLooks = 50_000;
/** Values that are looked at in each item of a list, however long the list. */
const leastLooks = 16;
const deepest = 16;

function textTokens(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const looked = Math.min(length, looks);
  const step = Math.floor(length / looked);
  // How much the characters looked at weigh against as many of English.
  let weight = 0;
  for (let index = 0; index < looked; index += 1) {
    const code = text.charCodeAt(index * step);
    weight += code < firstDense ? 1 : code < firstDenser ? 2 : 4;
  }
  return Math.ceil((length * weight) / (looked * charactersPerToken));
}

/** One count of one body: no more than so many looks, whatever the body. */
class Count {
  #left = mostLooks;

  /**
   * Tokens of all items; when the looks run out, the rest is like those seen. Each item has its share of the looks: if
   * a long one could use them up, all others would be taken for as long.
   */
  items(items: readonly unknown[], tokensOf: (item: unknown) => number): number {
    // One division per list, since V8 allocates its result, a fraction.
    const share = Math.max(leastLooks, Math.floor(this.#left / items.length));
    let tokens = 0;
    let left = this.#left;
    let spare = 0;
    for (let index = 0; index < items.length; index += 1) {
      if (left <= 0) {
        this.#left = left;
        return index === 0 ? items.length : Math.ceil((tokens * items.length) / index);
      }
      const own = share + spare;
      this.#left = own;
      tokens += tokensOf(items[index]);
      left -= 1 + own - this.#left;
      spare = this.#left > 0 ? this.#left : 0;
    }
    this.#left = left;
    return tokens;
  }

  /** Texts and names within any value, as they would be written. */
  value(value: unknown, depth = 0): number {
    if (typeof value === "string") return textTokens(value);
    if (typeof value !== "object" || value === null || depth > deepest) return value === undefined ? 0 : 1;
    if (Array.isArray(value)) return this.items(value, (item) => this.value(item, depth + 1));
    let tokens = 0;
    for (const key in value) {
      if (this.#left <= 0) break;
      this.#left -= 1;
      tokens += 1 + this.value((value as JsonObject)[key], depth + 1);
    }
    return tokens;
  }

  message(message: unknown): number {
    if (!isJsonObject(message)) return 0;
    const calls = message["tool_calls"] ?? message["function_call"];
    return tokensPerMessage + this.content(message["content"]) + (calls === undefined ? 0 : this.value(calls));
  }

  content(content: unknown): number {
    if (typeof content === "string") return textTokens(content);
    return Array.isArray(content) ? this.items(content, (part) => this.part(part)) : 0;
  }

  part(part: unknown): number {
    if (!isJsonObject(part)) return typeof part === "string" ? textTokens(part) : 0;
    if (typeof part["text"] === "string") return textTokens(part["text"]);
    switch (part["type"]) {
      case "image_url":
      case "input_image":
      case "image":
        return isJsonObject(part["image_url"]) && part["image_url"]["detail"] === "low"
          ? tokensPerImage.low
          : tokensPerImage.high;
      case "input_audio":
        return audioTokens(part["input_audio"]);
      case "file":
      case "input_file":
        return fileTokens(part["file"]);
      default:
        return this.value(part);
    }
  }
}

function audioTokens(audio: unknown): number {
  if (!isJsonObject(audio) || typeof audio["data"] !== "string") return 0;
  const { wav, pcm16, other } = audioCharactersPerToken;
  const perToken = audio["format"] === "wav" ? wav : audio["format"] === "pcm16" ? pcm16 : other;
  return Math.ceil(audio["data"].length / perToken);
}

function fileTokens(file: unknown): number {
  return isJsonObject(file) && typeof file["file_data"] === "string"
    ? Math.ceil(file["file_data"].length / fileCharactersPerToken)
    : 0;
}

/** Prompt tokens of a chat request: messages, tools and the answer's schema. */
export function estimateChatInput(request: JsonObject): number {
  const { messages, tools, functions, response_format: format } = request;
  const count = new Count();
  let tokens = 3;
  if (Array.isArray(messages)) tokens += count.items(messages, (message) => count.message(message));
  if (tools !== undefined) tokens += count.value(tools);
  if (functions !== undefined) tokens += count.value(functions);
  if (format !== undefined) tokens += count.value(format);
  return tokens;
}

/** Prompt tokens of a text: a string, strings, tokens, or lists of tokens. */
export function estimatePromptInput(prompt: unknown): number {
  if (typeof prompt === "string") return textTokens(prompt);
  if (!Array.isArray(prompt)) return 0;
  // A list of numbers is a text as tokens; its length is all there is to know.
  if (typeof prompt[0] === "number") return prompt.length;
  return new Count().items(prompt, (item) =>
    typeof item === "string" ? textTokens(item) : Array.isArray(item) ? item.length : 1,
  );
}

/** Tokens that an answer without usage has, from its texts and tool calls. Embeddings have none. */
export function estimateOutput(answer: JsonObject): number {
  const { choices } = answer;
  if (!Array.isArray(choices)) return 0;
  const count = new Count();
  return count.items(choices, (choice) => {
    if (!isJsonObject(choice)) return 0;
    const { text, message } = choice;
    if (typeof text === "string") return textTokens(text);
    if (!isJsonObject(message)) return 0;
    const { content, refusal, reasoning_content: reasoning, tool_calls: calls } = message;
    return count.content(content) + count.value([refusal ?? "", reasoning ?? "", calls ?? ""]);
  });
}
