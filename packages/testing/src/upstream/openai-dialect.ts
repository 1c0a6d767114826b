import type { JsonObject, OperationName } from "@modelyard/core";
import { isJsonObject, operations } from "@modelyard/core/kit";
import type { SentCall } from "./sent-call.js";
import { created } from "./created.js";
import { type Behavior, defaultText, defaultUsage } from "./behavior.js";
import { snippets, sse, type StreamScript, words } from "./sse.js";

/** The format of answers with choices for one operation. */
interface ChoiceShape {
  readonly idPrefix: string;
  readonly answer: string;
  readonly event: string;
  /** Number of choices for each of `n`, for example one per prompt. */
  readonly prompts: (body: JsonObject) => number;
  /** Content of a choice in a whole answer. */
  readonly answered: (behavior: Behavior) => JsonObject;
  /** Content of a choice's events before the first text. */
  readonly opening: readonly JsonObject[];
  /** Content of a choice's events, in order. */
  readonly pieces: (behavior: Behavior) => readonly JsonObject[];
  /** Content of an event that only ends a choice. */
  readonly silence: JsonObject;
  /** Content of an event with an error. */
  readonly nothing: JsonObject;
  /** Whether Azure starts with the filter results for the prompt. */
  readonly filtersPrompt: boolean;
}

/** Operations without a row here have no choices. */
const choiceShapes: Readonly<Partial<Record<OperationName, ChoiceShape>>> = {
  chat: {
    idPrefix: "chatcmpl",
    answer: "chat.completion",
    event: "chat.completion.chunk",
    prompts: () => 1,
    answered: (behavior) => ({ message: messageOf(behavior) }),
    opening: [{ delta: { role: "assistant", content: "", refusal: null } }],
    pieces: (behavior) => deltasOf(behavior).map((delta) => ({ delta })),
    silence: { delta: {} },
    nothing: { delta: { content: "" } },
    filtersPrompt: true,
  },
  text_completion: {
    idPrefix: "cmpl",
    answer: "text_completion",
    event: "text_completion",
    prompts: ({ prompt }) => (Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1),
    answered: ({ text = defaultText }) => ({ text }),
    opening: [],
    pieces: ({ text = defaultText }) => words(text).map((piece) => ({ text: piece })),
    silence: { text: "" },
    nothing: { text: "" },
    filtersPrompt: false,
  },
};

/** Whether the answers of an operation have choices. */
export function hasChoices(operation: OperationName): boolean {
  return choiceShapes[operation] !== undefined;
}

/** @throws if the answers of the operation have no choices */
function shapeOf(operation: OperationName): ChoiceShape {
  const shape = choiceShapes[operation];
  if (shape === undefined) throw new Error(`OpenAI's ${operation} answers have no choices.`);
  return shape;
}

function idOf({ idPrefix }: ChoiceShape, { answerNumber = 1 }: Behavior): string {
  return `${idPrefix}-${String(answerNumber)}`;
}

function finishOf(behavior: Behavior): string {
  return behavior.finishReason ?? (behavior.toolCalls === undefined ? "stop" : "tool_calls");
}

/** The number of choices in the answer: `n` per prompt. */
function choicesOf({ prompts }: ChoiceShape, { body }: SentCall): number {
  const each = typeof body["n"] === "number" && body["n"] > 0 ? body["n"] : 1;
  return each * prompts(body);
}

function times<Item>(count: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The whole answer of a healthy vendor. */
export function openaiAnswer(sent: SentCall, behavior: Behavior): JsonObject {
  const shape = choiceShapes[sent.operation];
  if (shape === undefined) return (withoutChoices[sent.operation] ?? mocked)(sent, behavior);
  const choices = times(choicesOf(shape, sent), (index) => ({
    index,
    ...shape.answered(behavior),
    logprobs: null,
    finish_reason: finishOf(behavior),
  }));
  const usage = behavior.usage ?? defaultUsage;
  return { id: idOf(shape, behavior), object: shape.answer, created, model: sent.model, usage, choices };
}

function messageOf({ toolCalls, text, reasoning }: Behavior): JsonObject {
  const calls = toolCalls?.map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  }));
  return {
    role: "assistant",
    content: calls === undefined ? (text ?? defaultText) : (text ?? null),
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(calls === undefined ? {} : { tool_calls: calls }),
  };
}

/** Answers that say more than the simulated one of the operation's row. */
const withoutChoices: Readonly<Partial<Record<OperationName, (sent: SentCall, behavior: Behavior) => JsonObject>>> = {
  embeddings,
};

function mocked({ operation, body, model }: SentCall, behavior: Behavior): JsonObject {
  const { text = defaultText, usage = defaultUsage } = behavior;
  return { usage, ...operations[operation].mock.answer({ id: "mock-1", created, model, text, usage, request: body }) };
}

function embeddings({ body, model }: SentCall, behavior: Behavior): JsonObject {
  const { input } = body;
  const inputs: readonly unknown[] = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
  const size = typeof body["dimensions"] === "number" ? body["dimensions"] : 4;
  const data = inputs.map((one, index) => {
    const vector = vectorOf(one, size);
    const embedding = body["encoding_format"] === "base64" ? base64Of(vector) : vector;
    return { object: "embedding", index, embedding };
  });
  const { prompt_tokens } = behavior.usage ?? defaultUsage;
  return { object: "list", data, model, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

/** The embedding of an input. Equal only for equal inputs; its numbers are exact in 32-bit floats. */
export function vectorOf(input: unknown, size = 4): readonly number[] {
  const text = typeof input === "string" ? input : JSON.stringify(input);
  let hash = 2_166_136_261;
  return times(size, (index) => {
    for (const character of `${String(index)}${text}`)
      hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
    return ((hash >>> 8) % 512) / 256 - 1;
  });
}

function base64Of(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
}

/** The events of a healthy vendor. */
export function openaiStream(sent: SentCall, behavior: Behavior): StreamScript {
  const shape = shapeOf(sent.operation);
  const frame = (choices: readonly JsonObject[], more: JsonObject = {}): string =>
    sse({ id: idOf(shape, behavior), object: shape.event, created, model: sent.model, choices, ...more });
  const choices = choicesOf(shape, sent);
  const one = (index: number, content: JsonObject, finish: string | null = null): string =>
    frame([{ index, ...content, logprobs: null, finish_reason: finish }]);
  const each = (content: JsonObject): readonly string[] => times(choices, (index) => one(index, content));
  const options = sent.body["stream_options"];
  const wantsUsage = isJsonObject(options) && options["include_usage"] === true;
  return {
    opening: [
      // Azure first sends the filter results for the prompt, in an event without choices.
      ...(sent.dialect === "azure" && shape.filtersPrompt ? [frame([], { prompt_filter_results: promptFilters })] : []),
      ...shape.opening.flatMap(each),
    ],
    contents: shape.pieces(behavior).flatMap(each),
    finishing: [...times(choices, (index) => one(index, shape.silence, finishOf(behavior)))],
    usage: wantsUsage ? [frame([], { usage: behavior.usage ?? defaultUsage })] : [],
    ending: [sse("[DONE]")],
  };
}

/**
 * A whole answer with an error inside each choice.
 * @param text - content of the choices besides the error
 */
export function openaiFailedAnswer(sent: SentCall, behavior: Behavior, text: string, error: JsonObject): JsonObject {
  const answer = openaiAnswer(sent, { ...behavior, text });
  const { choices = [] } = answer as { readonly choices?: readonly JsonObject[] };
  return { ...answer, choices: choices.map((choice) => ({ ...choice, ...failedWith(behavior, error) })) };
}

/** An event of a stream with an error inside its choice. */
export function openaiFailedEvent({ operation, model }: SentCall, behavior: Behavior, error: JsonObject): string {
  const shape = shapeOf(operation);
  const choice = { index: 0, ...shape.nothing, ...failedWith(behavior, error) };
  return sse({ id: idOf(shape, behavior), object: shape.event, created, model, choices: [choice] });
}

function failedWith({ finishReason = null }: { readonly finishReason?: string | null }, error: JsonObject): JsonObject {
  return { finish_reason: finishReason, error };
}

const promptFilters = [
  { prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: "safe" } } },
] as const;

function deltasOf({ toolCalls = [], text, reasoning = "" }: Behavior): readonly JsonObject[] {
  const content = text ?? (toolCalls.length > 0 ? "" : defaultText);
  return [
    ...words(reasoning).map((word) => ({ reasoning_content: word })),
    ...words(content).map((word) => ({ content: word })),
    ...toolCalls.flatMap((call, index) => [
      { tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] },
      ...snippets(call.arguments).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
}
