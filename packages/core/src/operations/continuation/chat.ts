import { isJsonObject, type JsonObject } from "../../json.js";
import type { ChatChunkChoice, ChatCompletionChunk } from "../../wire/chat.js";
import { sumUsage } from "../../wire/sum-usage.js";
import type { Usage } from "../../wire/usage.js";
import {
  continuingTurns,
  isFilled,
  limitLeft,
  type StreamContinuation,
  type StreamJoiner,
  type TextCutter,
} from "./stream-continuation.js";

type Head = Pick<ChatCompletionChunk, "id" | "model" | "created">;

export const chatContinuation: StreamContinuation = {
  isPlain: ({ n, tools, functions, modalities, response_format: format }) => {
    const text = format == null || (format as JsonObject)["type"] === "text";
    const audio = Array.isArray(modalities) && modalities.includes("audio");
    return text && !audio && (typeof n !== "number" || n <= 1) && !isFilled(tools) && !isFilled(functions);
  },
  request: (request, answer) => {
    const messages = Array.isArray(request["messages"]) ? (request["messages"] as readonly unknown[]) : [];
    const limits = ["max_tokens", "max_completion_tokens"].map((field) => limitLeft(request, field, answer.usedTokens));
    return { ...request, ...limits[0], ...limits[1], messages: [...messages, ...continuingTurns(answer)] };
  },
  joiner: () => new ChatJoiner(),
};

/** Gives all chunks the id of the first ones. */
class ChatJoiner implements StreamJoiner {
  readonly continuable = true;
  #head: Head | undefined;
  #cutter: TextCutter | undefined;
  #used: Usage | undefined;

  sent(event: JsonObject): string | undefined {
    const { id, model, created } = event as unknown as ChatCompletionChunk;
    this.#head ??= { id, model, created };
    const [choice] = choicesIn(event);
    if (choice === undefined) return "";
    return onlyText(choice.delta) ? (choice.delta.content ?? "") : undefined;
  }

  begin(cutter: TextCutter, used: Usage | undefined): void {
    this.#cutter = cutter;
    this.#used = used;
  }

  join(event: JsonObject): readonly JsonObject[] {
    const { usage: reported } = event as unknown as ChatCompletionChunk;
    const choices = choicesIn(event).map((choice) => this.#fresh(choice));
    const usage = reported == null ? undefined : sumUsage(this.#used, reported);
    const silent = choices.every(
      ({ delta, finish_reason: reason }) => reason == null && Object.keys(delta).length === 0,
    );
    if (choices.length > 0 && silent && usage === undefined) return [];
    return [{ ...event, ...this.#head, ...(usage === undefined ? {} : { usage }), choices }];
  }

  /** Removes what the caller has received already: the role, the reasoning before the text, and repeated text. */
  #fresh(choice: ChatChunkChoice): ChatChunkChoice {
    const { content } = choice.delta;
    // Some hosts write all fields that a delta may have, as `null`.
    const rest = Object.fromEntries(
      Object.entries(choice.delta).filter(([field, value]) => value != null && !received.has(field)),
    );
    let text = this.#cutter?.push(content ?? "") ?? "";
    if (choice.finish_reason != null || Object.keys(rest).length > 0) text += this.#cutter?.flush() ?? "";
    return { ...choice, delta: text === "" ? rest : { ...rest, content: text } };
  }
}

/** Fields of a delta that only the beginning of an answer has, under all names that hosts give them. */
const received: ReadonlySet<string> = new Set([
  "role",
  "content",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
]);

/** The choices of a chunk. Hosts may send chunks without any, and choices without a delta. */
function choicesIn({ choices }: JsonObject): readonly ChatChunkChoice[] {
  if (!Array.isArray(choices)) return [];
  return choices
    .filter(isJsonObject)
    .map((choice) => ({ ...choice, delta: choice["delta"] ?? {} }) as unknown as ChatChunkChoice);
}

/** Whether a delta contains nothing but text, or reasoning that precedes it. */
function onlyText(delta: ChatChunkChoice["delta"]): boolean {
  const calls = delta.tool_calls as readonly unknown[] | null | undefined;
  return (
    (calls ?? []).length === 0 && delta.refusal == null && delta["function_call"] == null && delta["audio"] == null
  );
}
