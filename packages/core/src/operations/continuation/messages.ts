import { isJsonObject, type JsonObject } from "../../json.js";
import type { Usage } from "../../wire/usage.js";
import {
  continuingTurns,
  isFilled,
  limitLeft,
  type StreamContinuation,
  type StreamJoiner,
  type TextCutter,
  type UnfinishedAnswer,
} from "./stream-continuation.js";

export const messagesContinuation: StreamContinuation = {
  isPlain: ({ tools, mcp_servers: servers, container, output_config: config }) =>
    !isFilled(tools) && !isFilled(servers) && container == null && !(isJsonObject(config) && config["format"] != null),
  request: (request, answer) => {
    const turns = Array.isArray(request["messages"]) ? (request["messages"] as readonly unknown[]) : [];
    const limit = limitLeft(request, "max_tokens", answer.usedTokens);
    const { thinking, ...rest } = request;
    return {
      ...rest,
      ...(mayThink(thinking, answer, limit["max_tokens"]) ? { thinking } : {}),
      ...limit,
      messages: [...turns, ...continuingTurns(answer)],
    };
  },
  joiner: () => new MessagesJoiner(),
};

/**
 * Whether the model may think again. The API refuses the beginning of an answer while thinking is on, and budgets that are not
 * below the limit. Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking.
 */
function mayThink(thinking: unknown, { instruction }: UnfinishedAnswer, limit = Number.POSITIVE_INFINITY): boolean {
  if (!isJsonObject(thinking) || instruction === undefined) return false;
  const budget = thinking["budget_tokens"];
  return typeof budget !== "number" || budget < limit;
}

/** Blocks that precede the text, and that the caller has received already. */
const thoughts: ReadonlySet<unknown> = new Set(["thinking", "redacted_thinking"]);

interface OpenBlock {
  readonly index: number;
  readonly type: unknown;
}

/** Gives the blocks of all streams successive indexes. Text goes on in the block in which it was cut. */
class MessagesJoiner implements StreamJoiner {
  /** The block that the caller has not seen the end of. */
  #open: OpenBlock | undefined;
  /** The index of the next block. */
  #next = 0;
  #cutter: TextCutter | undefined;
  #used: Usage | undefined;
  /** The usage at the beginning of the stream that continues. */
  #begun: JsonObject = {};
  /** Whether its first block of text goes on in the open one, so that the caller must not see its beginning. */
  #resumes = false;
  /** Whether its current block is hidden. */
  #hidden = false;

  get continuable(): boolean {
    return !thoughts.has(this.#open?.type);
  }

  sent({ type, index, content_block: block, delta }: JsonObject): string | undefined {
    if (type === "content_block_start" && isJsonObject(block)) {
      const at = typeof index === "number" ? index : this.#next;
      this.#open = { index: at, type: block["type"] };
      this.#next = at + 1;
      if (thoughts.has(block["type"])) return "";
      return block["type"] === "text" ? textOf(block) : undefined;
    }
    if (type === "content_block_stop") this.#open = undefined;
    return type === "content_block_delta" && isJsonObject(delta) ? textOf(delta) : "";
  }

  begin(cutter: TextCutter, used: Usage | undefined): void {
    this.#cutter = cutter;
    this.#used = used;
    this.#resumes = this.#open !== undefined;
    this.#hidden = false;
    this.#begun = {};
  }

  join(event: JsonObject): readonly JsonObject[] {
    switch (event["type"]) {
      case "message_start":
        this.#begun = usageIn(event["message"]);
        return [];
      case "content_block_start":
        return this.#start(event);
      case "content_block_delta":
        return this.#hidden ? [] : this.#delta(event);
      case "content_block_stop":
        return this.#hidden ? [] : this.#closing();
      case "message_delta":
        return [...this.#closing(), { ...event, usage: this.#sum(usageIn(event)) }];
      default:
        return [event];
    }
  }

  #start(event: JsonObject): readonly JsonObject[] {
    const block = isJsonObject(event["content_block"]) ? event["content_block"] : {};
    this.#hidden = thoughts.has(block["type"]);
    if (this.#hidden) return [];
    if (this.#resumes && block["type"] === "text") {
      this.#resumes = false;
      return this.#text(textOf(block));
    }
    return [...this.#closing(), { ...event, index: this.#next }];
  }

  #delta(event: JsonObject): readonly JsonObject[] {
    const delta = isJsonObject(event["delta"]) ? event["delta"] : {};
    if (delta["type"] === "text_delta") return this.#text(textOf(delta));
    return [{ ...event, index: this.#open?.index ?? this.#next }];
  }

  /** The text of the open block, as far as it is new. */
  #text(text: string): readonly JsonObject[] {
    const fresh = this.#cutter?.push(text) ?? text;
    return fresh === "" ? [] : [this.#textDelta(fresh)];
  }

  #textDelta(text: string): JsonObject {
    return { type: "content_block_delta", index: this.#open?.index, delta: { type: "text_delta", text } };
  }

  /** The end of the open block, with text that was held back. */
  #closing(): readonly JsonObject[] {
    this.#resumes = false;
    if (this.#open === undefined) return [];
    const rest = this.#open.type === "text" ? (this.#cutter?.flush() ?? "") : "";
    const stop = { type: "content_block_stop", index: this.#open.index };
    return rest === "" ? [stop] : [this.#textDelta(rest), stop];
  }

  /** The usage of all streams. The prompt of each counts. */
  #sum(last: JsonObject): JsonObject {
    const usage = { ...this.#begun, ...withoutNull(last) };
    const used = this.#used;
    if (used === undefined) return usage;
    const { cached_tokens: read = 0, cache_write_tokens: written = 0 } = used.prompt_tokens_details ?? {};
    const add = (field: string, tokens: number): Record<string, number> => {
      const before = usage[field];
      return tokens === 0 && before == null ? {} : { [field]: tokens + (typeof before === "number" ? before : 0) };
    };
    return {
      ...usage,
      ...add("input_tokens", used.prompt_tokens - read - written),
      ...add("cache_read_input_tokens", read),
      ...add("cache_creation_input_tokens", written),
      ...add("output_tokens", used.completion_tokens),
    };
  }
}

function textOf({ text }: JsonObject): string {
  return typeof text === "string" ? text : "";
}

function usageIn(value: unknown): JsonObject {
  return isJsonObject(value) && isJsonObject(value["usage"]) ? value["usage"] : {};
}

function withoutNull(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
