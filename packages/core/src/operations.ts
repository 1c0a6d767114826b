import { type FinishReasons, openaiFinishReasons } from "./finish-reasons.js";
import { isJsonObject, type JsonObject } from "./json.js";
import { estimateChatInput, estimatePromptInput } from "./token-estimate.js";
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from "./wire/chat.js";
import type { EmbeddingRequest, EmbeddingResponse } from "./wire/embedding.js";
import type { TextCompletion, TextCompletionRequest } from "./wire/text-completion.js";

/** Request, answer and event of each operation. */
export interface OperationTypes {
  chat: { request: ChatRequest; answer: ChatCompletion; chunk: ChatCompletionChunk };
  text_completion: { request: TextCompletionRequest; answer: TextCompletion; chunk: TextCompletion };
  embeddings: { request: EmbeddingRequest; answer: EmbeddingResponse; chunk: never };
}

/** An answer to any of them. */
export type AnswerOf<Operation extends OperationName = OperationName> = OperationTypes[Operation]["answer"];

/** Named as OpenTelemetry's GenAI conventions name them. */
export type OperationName = keyof OperationTypes;

/** What the pipeline needs to know of an operation. A new operation is a new row, never a new branch. */
export interface OperationRow {
  readonly name: OperationName;
  /** Under the API's base, e.g. `/chat/completions`. */
  readonly path: string;
  readonly streams: boolean;
  /** The field without which there is no request. */
  readonly required: string;
  /** Estimated tokens of the prompt; at most a millisecond of work whatever the size. */
  readonly inputTokens: (request: JsonObject) => number;
  /** Most tokens that the answer may have, as the request says; `undefined`: it does not say. */
  readonly maxOutputTokens: (request: JsonObject) => number | undefined;
  /** How many choices the answer has. */
  readonly choices: (request: JsonObject) => number;
  /** Why a body that came with a 200 is no answer (to what was asked, where it is known); `undefined` when it is one. */
  readonly fault: (value: unknown, asked?: { readonly request: JsonObject }) => string | undefined;
  /** Whether an answer holds nothing: such are delivered but never cached. */
  readonly empty: (value: JsonObject) => boolean;
  /** What the words mean that end its choices. */
  readonly finishReasons: FinishReasons;
}

export const operations: { readonly [Name in OperationName]: OperationRow & { readonly name: Name } } = {
  chat: {
    name: "chat",
    path: "/chat/completions",
    streams: true,
    required: "messages",
    inputTokens: estimateChatInput,
    maxOutputTokens: (request) => outputLimit(request, choicesAsked(request)),
    choices: choicesAsked,
    fault: (value) =>
      choicesFault(value) ?? listFault(value, "choices", (choice) => isJsonObject(choice["message"]), "message"),
    empty: (value) =>
      list(value, "choices").every((choice) => !isJsonObject(choice["message"]) || !saysSomething(choice["message"])),
    finishReasons: openaiFinishReasons,
  },
  text_completion: {
    name: "text_completion",
    path: "/completions",
    streams: true,
    required: "prompt",
    inputTokens: (request) => estimatePromptInput(request["prompt"]),
    maxOutputTokens: (request) => outputLimit(request, choicesOfPrompts(request)),
    choices: choicesOfPrompts,
    fault: (value) =>
      choicesFault(value) ?? listFault(value, "choices", (choice) => typeof choice["text"] === "string", "text"),
    empty: (value) => list(value, "choices").every((choice) => choice["text"] === ""),
    finishReasons: openaiFinishReasons,
  },
  embeddings: {
    name: "embeddings",
    path: "/embeddings",
    streams: false,
    required: "input",
    inputTokens: (request) => estimatePromptInput(request["input"]),
    maxOutputTokens: () => 0,
    choices: () => 1,
    fault: (value, asked) =>
      errorFault(value) ??
      listFault(value, "data", (item) => isVector(item["embedding"]), "embedding") ??
      (asked === undefined ? undefined : countFault(value as JsonObject, asked.request["input"])),
    empty: (value) => list(value, "data").length === 0,
    finishReasons: {},
  },
};

export const operationNames = Object.keys(operations) as readonly OperationName[];

/** A list of numbers, the same as base64, or several such lists by their types. */
function isVector(embedding: unknown): boolean {
  return typeof embedding === "string" || (typeof embedding === "object" && embedding !== null);
}

function outputLimit(request: JsonObject, choices: number): number | undefined {
  const limit = request["max_completion_tokens"] ?? request["max_tokens"];
  return typeof limit === "number" && limit >= 0 ? limit * choices : undefined;
}

function choicesAsked({ n }: JsonObject): number {
  return typeof n === "number" && n > 1 ? n : 1;
}

/** As many for each prompt; a list of numbers is one prompt, as tokens. */
function choicesOfPrompts(request: JsonObject): number {
  const { prompt } = request;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== "number" ? Math.max(1, prompt.length) : 1;
  return prompts * choicesAsked(request);
}

function list(value: JsonObject, field: string): readonly JsonObject[] {
  const items = value[field];
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

function errorFault(value: unknown): string | undefined {
  if (!isJsonObject(value)) return "the body is no JSON object";
  return value["error"] == null ? undefined : "the body is an error";
}

function choicesFault(value: unknown): string | undefined {
  const fault = errorFault(value);
  if (fault !== undefined) return fault;
  const { choices } = value as JsonObject;
  if (!Array.isArray(choices)) return undefined;
  // Asked for every answer: a loop allocates nothing.
  for (let index = 0; index < choices.length; index += 1) {
    const choice: unknown = choices[index];
    if (isJsonObject(choice) && choice["error"] != null) return `choices[${String(index)}] is an error`;
  }
  return undefined;
}

function listFault(
  value: unknown,
  field: string,
  good: (item: JsonObject) => boolean,
  part: string,
): string | undefined {
  const items = (value as JsonObject)[field];
  if (!Array.isArray(items) || items.length === 0) return `the body has no ${field}`;
  const bad = items.findIndex((item) => !isJsonObject(item) || !good(item));
  return bad === -1 ? undefined : `${field}[${String(bad)}] has no ${part}`;
}

/** Whether texts were left out: an embedding that is missing would put the others in the wrong places. */
function countFault(value: JsonObject, input: unknown): string | undefined {
  const several = Array.isArray(input) && !input.every((item) => typeof item === "number");
  const wanted = several ? input.length : 1;
  const got = list(value, "data").length;
  return got < wanted ? `the body has ${String(got)} embeddings for ${String(wanted)} texts` : undefined;
}

function saysSomething(message: JsonObject): boolean {
  return (
    hasText(message["content"]) ||
    hasText(message["refusal"]) ||
    (Array.isArray(message["tool_calls"]) && message["tool_calls"].length > 0) ||
    message["function_call"] != null ||
    message["audio"] != null
  );
}

function hasText(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Array.isArray(value) && value.length > 0;
}
