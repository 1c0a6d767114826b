import type {
  ChatCompletion,
  ChatCompletionChunk,
  FinishReason,
  JsonObject,
  ProviderCall,
  TextCompletion,
} from "@modelyard/core";
import type { FieldsCall, StreamPart } from "@modelyard/core/kit";
import type { ChatOver, HttpOperation, SentChat } from "@modelyard/provider-kit";
import type { Endpoint } from "./endpoint.js";
import { cannotSend, invalidRequest } from "./refuse.js";

/** Text completions, each as a chat with one message. */
export function textOver(chat: ChatOver<Endpoint>): HttpOperation<SentChat, Endpoint> {
  return {
    write: (call, exchange, endpoint) => chat.write(asChat(call), exchange, endpoint),
    answer: (value, exchange) => toTextAnswer(chat.answer(value, exchange) as ChatCompletion),
    parts: (exchange) => toTextParts(chat.parts(exchange)),
    translates: true,
  };
}

/** The fields of a text completion that are refused unless they may be dropped. */
export function refusedInText(chat: ChatOver<Endpoint>, call: FieldsCall, endpoint: Endpoint): readonly string[] {
  return chat.refused({ ...call, request: fieldsOf(call.request) as never }, endpoint);
}

function asChat(call: ProviderCall): ProviderCall {
  const given = call.request as unknown as JsonObject;
  const messages = [{ role: "user", content: textOf(given["prompt"]) }];
  const request = { ...fieldsOf(given), messages } as unknown as ProviderCall["request"];
  return { ...call, request, requestText: undefined };
}

/** @throws an error for a prompt that is not a single text */
function textOf(prompt: unknown): string {
  const text = Array.isArray(prompt) && prompt.length === 1 ? (prompt[0] as unknown) : prompt;
  if (typeof text !== "string")
    throw cannotSend("prompt", "Anthropic completes one prompt at a time: prompt must be a string.");
  if (text.trim() === "") throw invalidRequest("prompt", "prompt must not be empty.");
  return text;
}

/** Fields that only text completions have, with the values that mean the same as their absence. */
const usual: JsonObject = { best_of: 1, echo: false, suffix: "" };

/** Whether a chat can have it, too. */
function isChats(field: string, value: unknown): boolean {
  return field !== "prompt" && (!Object.hasOwn(usual, field) || value !== usual[field]);
}

function fieldsOf({ logprobs, ...fields }: JsonObject): JsonObject {
  const kept = Object.entries(fields).filter(([field, value]) => isChats(field, value));
  // A number of alternatives, where a chat has a flag.
  return { ...Object.fromEntries(kept), ...(logprobs == null || logprobs === false ? {} : { logprobs: true }) };
}

type TextReason = TextCompletion["choices"][number]["finish_reason"];

/** Text completions do not have tools. A reason that may mean a failure is not changed. */
function textReason(reason: FinishReason | null): TextReason {
  return reason === "tool_calls" || reason === "function_call" ? "stop" : reason;
}

function toTextAnswer(answer: ChatCompletion): TextCompletion {
  const { id, created, model, choices, usage } = answer;
  return {
    id,
    object: "text_completion",
    created,
    model,
    choices: choices.map((choice) => ({
      index: choice.index,
      text: choice.message.content ?? "",
      logprobs: null,
      finish_reason: textReason(choice.finish_reason),
    })),
    ...(usage === undefined ? {} : { usage }),
  };
}

function toTextChunk({ id, created, model, choices, usage }: ChatCompletionChunk): TextCompletion {
  return {
    id,
    object: "text_completion",
    created,
    model,
    choices: choices.map((choice) => ({
      index: choice.index,
      text: choice.delta.content ?? "",
      logprobs: null,
      finish_reason: textReason(choice.finish_reason),
    })),
    ...(usage == null ? {} : { usage }),
  };
}

/** Whether a chunk contains something for a text completion, which has neither roles nor reasoning. */
function saysText({ choices }: ChatCompletionChunk): boolean {
  const choice = choices[0];
  return choice === undefined || choice.finish_reason !== null || (choice.delta.content ?? "") !== "";
}

function toTextPart({ chunks, content, finished, finishReasons = [], done, usage }: StreamPart): StreamPart {
  const said = (chunks as unknown as readonly ChatCompletionChunk[]).filter(saysText);
  const reasons = finishReasons.map((reason) => textReason(reason as FinishReason) ?? reason);
  return { chunks: said.map(toTextChunk), bytes: undefined, content, finished, finishReasons: reasons, done, usage };
}

/** The parts of a streamed chat as those of a text completion. */
async function* toTextParts(parts: AsyncIterable<StreamPart>): AsyncGenerator<StreamPart> {
  for await (const part of parts) yield toTextPart(part);
}
