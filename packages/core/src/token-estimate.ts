import { isJsonObject, type JsonObject, type MaybePromise } from "./json.js";

/**
 * Counts the tokens of a prompt, roughly or exactly. The built-in estimator uses the lengths of texts. An exact
 * tokenizer can replace it if its cost is acceptable. It can run in a worker, since the router waits for a promise for
 * up to a second.
 */
export interface TokenEstimator {
  /**
   * The tokens of the prompt in `request`, a body as in OpenAI's API. At least 0. If it throws, is late or does not
   * return a number, the built-in estimate is used.
   */
  (request: JsonObject): MaybePromise<number>;
}

/** English text has about 4 characters per token (OpenAI, "What are tokens and how to count them"). */
const charactersPerToken = 4;
/** Other alphabets have about 2; Chinese, Japanese and Korean about 1 (measured with OpenAI's o200k_base). */
const firstDense = 0x250;
const firstDenser = 0x2e80;
/** The number of characters that are sampled to find out which script a text is written in. */
const looks = 16;
/** For the role and the separators of one chat message. */
const tokensPerMessage = 4;
/**
 * With OpenAI's vision models: for an image at low detail, and for a square of 1,024 pixels at high detail. Images are
 * not decoded.
 */
const tokensPerImage = { low: 85, high: 765 } as const;
/**
 * Base64 characters per token: 10 tokens per second (OpenAI) of PCM at 24 kHz, or of a compressed format at 128 kbit/s.
 */
const audioCharactersPerToken = { wav: 6_400, pcm16: 6_400, other: 2_133 } as const;
/** Base64 characters per token of a document: a page has about 60 kB and 1,000 tokens. */
const fileCharactersPerToken = 80;

/** The number of values that are read in total. The rest of a body is assumed to be similar. */
const mostLooks = 50_000;
/** The number of values that are read in each item of a list, however long it is. */
const leastLooks = 16;
const deepest = 16;

function textTokens(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  const looked = Math.min(length, looks);
  const step = Math.floor(length / looked);
  // The tokens of the sampled characters, relative to English text.
  let weight = 0;
  for (let index = 0; index < looked; index += 1) {
    const code = text.charCodeAt(index * step);
    weight += code < firstDense ? 1 : code < firstDenser ? 2 : 4;
  }
  return Math.ceil((length * weight) / (looked * charactersPerToken));
}

/** Counts the tokens of one body, reading at most {@link mostLooks} values. */
class Count {
  #left = mostLooks;

  /**
   * The tokens of all items. If too many values have been read, the rest is assumed to be similar. Each item has its
   * share of the values, since otherwise, after a long item, all others would be assumed to be as long.
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

  /** The tokens of the strings and keys in any value. */
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

  /** An item of Responses: a message, reasoning, a call, or the result of one. */
  item(item: unknown): number {
    if (!isJsonObject(item)) return 0;
    let tokens = tokensPerMessage;
    for (const key in item) {
      if (this.#left <= 0) break;
      this.#left -= 1;
      tokens += this.field(key, item[key]);
    }
    return tokens;
  }

  field(key: string, value: unknown): number {
    switch (key) {
      case "id":
      case "call_id":
      case "type":
      case "role":
      case "status":
        return 0;
      case "content":
      case "output":
      case "summary":
        return isJsonObject(value) ? this.part(value) : this.content(value);
      case "result":
        return tokensPerImage.high;
      default:
        return this.value(value);
    }
  }

  content(content: unknown): number {
    if (typeof content === "string") return textTokens(content);
    return Array.isArray(content) ? this.items(content, (part) => this.part(part)) : 0;
  }

  /**
   * The content of a part. It is a separate method because a closure over `depth` in `content` would cost every chat
   * 155 bytes (bench/src/guard).
   */
  nested(content: unknown, depth: number): number {
    if (!Array.isArray(content)) return this.content(content);
    return depth <= deepest ? this.items(content, (part) => this.part(part, depth)) : 0;
  }

  part(part: unknown, depth = 0): number {
    if (!isJsonObject(part)) return typeof part === "string" ? textTokens(part) : 0;
    if (typeof part["text"] === "string") return textTokens(part["text"]);
    switch (part["type"]) {
      case "image_url":
      case "input_image":
      case "image":
      case "computer_screenshot":
        return isLowDetail(part) ? tokensPerImage.low : tokensPerImage.high;
      case "input_audio":
        return audioTokens(part["input_audio"]);
      case "file":
      case "input_file":
        return fileTokens(part["file"] ?? part);
      case "document":
        return this.document(part["source"], depth);
      case "tool_result":
        return tokensPerMessage + this.nested(part["content"], depth + 1);
      // The signature is the same text again, encrypted.
      case "thinking":
        return this.value(part["thinking"]);
      default:
        return this.value(part);
    }
  }

  document(source: unknown, depth: number): number {
    if (!isJsonObject(source)) return 0;
    const { type, data, content } = source;
    if (typeof data === "string") return type === "text" ? textTokens(data) : bytesTokens(data);
    return this.nested(content, depth + 1);
  }
}

function isLowDetail({ image_url: image, detail }: JsonObject): boolean {
  return (isJsonObject(image) ? image["detail"] : detail) === "low";
}

function audioTokens(audio: unknown): number {
  if (!isJsonObject(audio) || typeof audio["data"] !== "string") return 0;
  const { wav, pcm16, other } = audioCharactersPerToken;
  const perToken = audio["format"] === "wav" ? wav : audio["format"] === "pcm16" ? pcm16 : other;
  return Math.ceil(audio["data"].length / perToken);
}

function fileTokens(file: unknown): number {
  return isJsonObject(file) && typeof file["file_data"] === "string" ? bytesTokens(file["file_data"]) : 0;
}

function bytesTokens(base64: string): number {
  return Math.ceil(base64.length / fileCharactersPerToken);
}

/** Estimates the prompt tokens of a chat request: of its messages, its tools and the schema of the answer. */
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

/** Estimates the prompt tokens of a Messages request: of its system text, its messages and its tools. */
export function estimateMessagesInput(request: JsonObject): number {
  const { system, messages, tools } = request;
  const count = new Count();
  let tokens = 3 + count.content(system);
  if (Array.isArray(messages)) tokens += count.items(messages, (message) => count.message(message));
  if (tools !== undefined) tokens += count.value(tools);
  return tokens;
}

/** Estimates the prompt tokens of a Responses request: of its instructions, its input, its tools and its schema. */
export function estimateResponsesInput(request: JsonObject): number {
  const { instructions, input, tools, text } = request;
  const count = new Count();
  let tokens = 3 + count.content(instructions) + (typeof input === "string" ? count.content(input) : 0);
  if (Array.isArray(input)) tokens += count.items(input, (item) => count.item(item));
  if (tools !== undefined) tokens += count.value(tools);
  if (text !== undefined) tokens += count.value(text);
  return tokens;
}

/** Estimates the prompt tokens of a string, several strings, a list of tokens, or several such lists. */
export function estimatePromptInput(prompt: unknown): number {
  if (typeof prompt === "string") return textTokens(prompt);
  if (!Array.isArray(prompt)) return 0;
  // A list of numbers is a text as tokens.
  if (typeof prompt[0] === "number") return prompt.length;
  return new Count().items(prompt, (item) =>
    typeof item === "string" ? textTokens(item) : Array.isArray(item) ? item.length : 1,
  );
}

/** Estimates the tokens of the texts and tool calls in the choices of an answer. */
export function estimateChoices({ choices }: JsonObject): number {
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

/** Estimates the tokens of an answer of Messages. */
export function estimateBlocks({ content }: JsonObject): number {
  return new Count().content(content);
}

/** Estimates the tokens of an answer of Responses. */
export function estimateItems({ output }: JsonObject): number {
  const count = new Count();
  return Array.isArray(output) ? count.items(output, (item) => count.item(item)) : 0;
}
