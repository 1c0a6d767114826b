import { isJsonObject, type JsonObject } from "../../json.js";
import type { Usage } from "../../wire/usage.js";
import { JoinedItem } from "./joined-item.js";
import {
  continuingTurns,
  isFilled,
  limitLeft,
  type StreamContinuation,
  type StreamJoiner,
  type TextCutter,
} from "./stream-continuation.js";

/** The API accepts no lower limit. */
const leastTokens = 16;

export const responsesContinuation: StreamContinuation = {
  isPlain: (request) =>
    !isFilled(request["tools"]) &&
    !(Array.isArray(request["input"]) && request["input"].some(addsTools)) &&
    isText(request["text"]) &&
    // A stored prompt may contain all of this, and a conversation would get the broken answer as a message of its own.
    request["prompt"] == null &&
    request["conversation"] == null &&
    request["background"] !== true &&
    !wantsLogprobs(request),
  request: (request, answer) => {
    const { input, reasoning, ...rest } = request;
    const before = typeof input === "string" ? [{ role: "user", content: input }] : (input ?? []);
    return {
      ...rest,
      // An API that this is translated into may refuse the beginning of an answer while thinking is on.
      ...(answer.instruction === undefined || reasoning === undefined ? {} : { reasoning }),
      ...limitLeft(request, "max_output_tokens", answer.usedTokens, leastTokens),
      // What is stored would be half an answer, under an id that the caller does not know.
      store: false,
      input: [...(before as readonly unknown[]), ...continuingTurns(answer)],
    };
  },
  joiner: () => new ResponsesJoiner(),
};

function addsTools(item: unknown): boolean {
  return isJsonObject(item) && item["type"] === "additional_tools";
}

function isText(text: unknown): boolean {
  const format = isJsonObject(text) ? text["format"] : undefined;
  return !isJsonObject(format) || format["type"] === "text";
}

/** Logprobs of text that is cut, or put together, would not fit it. */
function wantsLogprobs({ include, top_logprobs: top }: JsonObject): boolean {
  const included = Array.isArray(include) && include.includes("message.output_text.logprobs");
  return included || (typeof top === "number" && top > 0);
}

/** The items that may precede the text, and that the caller has received already. */
const hiddenItems: ReadonlySet<unknown> = new Set(["reasoning"]);

/**
 * Numbers the events and items of all streams successively. Text goes on in the message in which it was cut, and the last
 * event has the whole answer, with the id of the first one.
 */
class ResponsesJoiner implements StreamJoiner {
  /** The number of the next event. `undefined`: the first vendor does not number them. */
  #number: number | undefined;
  /** The answer as its first event described it. */
  #response: JsonObject = {};
  /** The items that ended, by index. */
  readonly #items: JsonObject[] = [];
  /** The item that the caller has not seen the end of. */
  #open: JoinedItem | undefined;
  #cutter: TextCutter | undefined;
  #used: Usage | undefined;
  /** Whether the next message goes on in the item that is open. */
  #resumes = false;
  /** Whether the next part goes on in the one that is open. */
  #resumesPart = false;
  #hidden = false;

  get continuable(): boolean {
    return this.#open === undefined || this.#open.type === "message";
  }

  sent(event: JsonObject): string | undefined {
    const { type, item, response, sequence_number: number } = event;
    if (typeof number === "number") this.#number = number + 1;
    if (type === "response.created" && isJsonObject(response)) this.#response = response;
    if (type === "response.output_item.added" && isJsonObject(item)) {
      this.#open = new JoinedItem(item, this.#items.length);
      return item["type"] === "message" || hiddenItems.has(item["type"]) ? "" : undefined;
    }
    if (type === "response.output_item.done" && isJsonObject(item)) {
      this.#items.push(item);
      this.#open = undefined;
      return "";
    }
    return this.#open?.sent(event) ?? (this.#open === undefined ? "" : undefined);
  }

  begin(cutter: TextCutter, used: Usage | undefined): void {
    this.#cutter = cutter;
    this.#used = used;
    this.#resumes = this.#open !== undefined;
    this.#resumesPart = this.#open?.hasPart === true;
    this.#hidden = false;
  }

  join(event: JsonObject): readonly JsonObject[] {
    return this.#events(event).map((made) => this.#numbered(made));
  }

  #numbered(event: JsonObject): JsonObject {
    if (this.#number === undefined) return event;
    const numbered = { ...event, sequence_number: this.#number };
    this.#number += 1;
    return numbered;
  }

  #events(event: JsonObject): readonly JsonObject[] {
    const { type, response, item } = event;
    // The caller has seen those of the first stream.
    if (type === "response.created" || type === "response.in_progress" || type === "response.queued") return [];
    if (isJsonObject(response)) return this.#last(event, response);
    if (type === "response.output_item.added" && isJsonObject(item)) return this.#added(event, item);
    if (this.#hidden) return [];
    const open = this.#open;
    if (open === undefined) return [event];
    switch (type) {
      case "response.content_part.added":
        return this.#partAdded(open, event);
      case "response.output_text.delta":
        return this.#text(open, event);
      case "response.content_part.done":
      case "response.output_text.done":
        // Both are written once the text that was held back is known.
        return type === "response.content_part.done" ? this.#partEnd(open, event) : [];
      case "response.output_item.done":
        return this.#itemEnd(open, item);
      default:
        return [open.placed(event)];
    }
  }

  #added(event: JsonObject, item: JsonObject): readonly JsonObject[] {
    this.#hidden = hiddenItems.has(item["type"]);
    if (this.#hidden) return [];
    if (this.#resumes && item["type"] === "message") {
      this.#resumes = false;
      return [];
    }
    const closing = this.#open === undefined ? [] : this.#itemEnd(this.#open, undefined);
    return [...closing, { ...event, output_index: this.#items.length + (closing.length > 0 ? 1 : 0) }];
  }

  #partAdded(open: JoinedItem, event: JsonObject): readonly JsonObject[] {
    const goesOn = isJsonObject(event["part"]) && event["part"]["type"] === "output_text";
    if (this.#resumesPart && goesOn) {
      this.#resumesPart = false;
      return [];
    }
    const closing = this.#partEnd(open, undefined);
    return [...closing, { ...open.placed(event), content_index: open.nextPart + (closing.length > 0 ? 1 : 0) }];
  }

  #text(open: JoinedItem, event: JsonObject): readonly JsonObject[] {
    const fresh = this.#cutter?.push(String(event["delta"])) ?? "";
    return fresh === "" ? [] : [open.placed({ ...event, delta: fresh })];
  }

  /** @param event - of the vendor. `undefined`: it does not know of this part */
  #partEnd(open: JoinedItem, event: JsonObject | undefined): readonly JsonObject[] {
    this.#resumesPart = false;
    if (!open.hasPart) return [];
    return open.partEnd(this.#cutter?.flush() ?? "", event?.["part"]);
  }

  #itemEnd(open: JoinedItem, item: unknown): readonly JsonObject[] {
    this.#resumes = false;
    const part = this.#partEnd(open, undefined);
    return [...part, open.end(item, part)];
  }

  #last(event: JsonObject, response: JsonObject): readonly JsonObject[] {
    const closing = this.#open === undefined ? [] : this.#itemEnd(this.#open, undefined);
    const ended = closing.flatMap(({ item }) => (isJsonObject(item) ? [item] : []));
    const { status, error, incomplete_details: details, completed_at: at, usage } = response;
    const whole = {
      ...response,
      ...this.#response,
      status,
      error,
      incomplete_details: details,
      ...(at === undefined ? {} : { completed_at: at }),
      // The first part of it is not stored anywhere.
      store: false,
      output: [...this.#items, ...ended],
      usage: isJsonObject(usage) ? summed(usage, this.#used) : usage,
    };
    return [...closing, { ...event, response: whole }];
  }
}

/** The usage of all streams. The prompt of each counts. */
function summed(usage: JsonObject, used: Usage | undefined): JsonObject {
  if (used === undefined) return usage;
  const add = (value: unknown, tokens = 0): number => (typeof value === "number" ? value : 0) + tokens;
  const details = (field: string, name: string, tokens: number | undefined): JsonObject => {
    const known = isJsonObject(usage[field]) ? usage[field] : {};
    return { ...known, [name]: add(known[name], tokens) };
  };
  return {
    ...usage,
    input_tokens: add(usage["input_tokens"], used.prompt_tokens),
    input_tokens_details: details("input_tokens_details", "cached_tokens", used.prompt_tokens_details?.cached_tokens),
    output_tokens: add(usage["output_tokens"], used.completion_tokens),
    output_tokens_details: details(
      "output_tokens_details",
      "reasoning_tokens",
      used.completion_tokens_details?.reasoning_tokens,
    ),
    total_tokens: add(usage["total_tokens"], used.total_tokens),
  };
}
