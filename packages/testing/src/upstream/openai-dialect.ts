import { isJsonObject, type JsonObject } from "@modelyard/core";
import type { UpstreamOperation } from "./asked.js";
import type { Asked } from "./asked-call.js";
import { type Behaviour, defaultText, defaultUsage } from "./behaviour.js";
import { snippets, sse, type StreamScript, words } from "./sse.js";

/** Seconds since the epoch: the same for all, so that answers can be compared. */
const created = 1_767_225_600;

/** How answers with choices look in one operation. */
interface ChoiceShape {
  readonly id: string;
  readonly answer: string;
  readonly event: string;
  /** How many choices each of `n` stands for. */
  readonly prompts: (body: JsonObject) => number;
  /** What a choice of a whole answer says. */
  readonly said: (behaviour: Behaviour) => JsonObject;
  /** What the events of a choice say before the first text. */
  readonly opening: readonly JsonObject[];
  /** What the events of a choice say, one after the other. */
  readonly pieces: (behaviour: Behaviour) => readonly JsonObject[];
  /** What an event says that only ends a choice. */
  readonly silence: JsonObject;
  /** What an event says that fails. */
  readonly nothing: JsonObject;
  /** Whether Azure begins with its filters' verdict on the prompt. */
  readonly filtersPrompt: boolean;
}

/** Operations without a row here have no choices. */
const choiceShapes: Readonly<Partial<Record<UpstreamOperation, ChoiceShape>>> = {
  chat: {
    id: "chatcmpl-1",
    answer: "chat.completion",
    event: "chat.completion.chunk",
    prompts: () => 1,
    said: (behaviour) => ({ message: messageOf(behaviour) }),
    opening: [{ delta: { role: "assistant", content: "", refusal: null } }],
    pieces: (behaviour) => deltasOf(behaviour).map((delta) => ({ delta })),
    silence: { delta: {} },
    nothing: { delta: { content: "" } },
    filtersPrompt: true,
  },
  text_completion: {
    id: "cmpl-1",
    answer: "text_completion",
    event: "text_completion",
    prompts: ({ prompt }) => (Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1),
    said: ({ text = defaultText }) => ({ text }),
    opening: [],
    pieces: ({ text = defaultText }) => words(text).map((piece) => ({ text: piece })),
    silence: { text: "" },
    nothing: { text: "" },
    filtersPrompt: false,
  },
};

/** Whether the answers of an operation have choices. */
export function hasChoices(operation: UpstreamOperation): boolean {
  return choiceShapes[operation] !== undefined;
}

/** @throws for an operation whose answers have none */
function shapeOf(operation: UpstreamOperation): ChoiceShape {
  const shape = choiceShapes[operation];
  if (shape === undefined) throw new Error(`OpenAI's ${operation} answers have no choices.`);
  return shape;
}

function finishOf(behaviour: Behaviour): string {
  return behaviour.finishReason ?? (behaviour.toolCalls === undefined ? "stop" : "tool_calls");
}

/** How many choices are due: `n` for each prompt. */
function choicesOf({ prompts }: ChoiceShape, { body }: Asked): number {
  const each = typeof body["n"] === "number" && body["n"] > 0 ? body["n"] : 1;
  return each * prompts(body);
}

function times<Item>(count: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The whole answer of a healthy vendor. */
export function openaiAnswer(asked: Asked, behaviour: Behaviour): JsonObject {
  const shape = choiceShapes[asked.operation];
  if (shape === undefined) return embeddings(asked, behaviour);
  const choices = times(choicesOf(shape, asked), (index) => ({
    index,
    ...shape.said(behaviour),
    logprobs: null,
    finish_reason: finishOf(behaviour),
  }));
  const usage = behaviour.usage ?? defaultUsage;
  return { id: shape.id, object: shape.answer, created, model: asked.model, usage, choices };
}

function messageOf({ toolCalls, text, reasoning }: Behaviour): JsonObject {
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

function embeddings({ body, model }: Asked, behaviour: Behaviour): JsonObject {
  const { input } = body;
  const inputs: readonly unknown[] = Array.isArray(input) && typeof input[0] !== "number" ? input : [input];
  const size = typeof body["dimensions"] === "number" ? body["dimensions"] : 4;
  const data = inputs.map((one, index) => {
    const vector = vectorOf(one, size);
    const embedding = body["encoding_format"] === "base64" ? base64Of(vector) : vector;
    return { object: "embedding", index, embedding };
  });
  const { prompt_tokens } = behaviour.usage ?? defaultUsage;
  return { object: "list", data, model, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

/** The embedding of an input: the same for the same, another for another; numbers that 32-bit floats hold exactly. */
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
export function openaiStream(asked: Asked, behaviour: Behaviour): StreamScript {
  const shape = shapeOf(asked.operation);
  const frame = (choices: readonly JsonObject[], more: JsonObject = {}): string =>
    sse({ id: shape.id, object: shape.event, created, model: asked.model, choices, ...more });
  const choices = choicesOf(shape, asked);
  const one = (index: number, said: JsonObject, finish: string | null = null): string =>
    frame([{ index, ...said, logprobs: null, finish_reason: finish }]);
  const each = (said: JsonObject): readonly string[] => times(choices, (index) => one(index, said));
  const options = asked.body["stream_options"];
  const wantsUsage = isJsonObject(options) && options["include_usage"] === true;
  return {
    opening: [
      // Azure speaks of the prompt's filters first, in an event without choices.
      ...(asked.dialect === "azure" && shape.filtersPrompt
        ? [frame([], { prompt_filter_results: promptFilters })]
        : []),
      ...shape.opening.flatMap(each),
    ],
    contents: shape.pieces(behaviour).flatMap(each),
    finishing: [...times(choices, (index) => one(index, shape.silence, finishOf(behaviour)))],
    usage: wantsUsage ? [frame([], { usage: behaviour.usage ?? defaultUsage })] : [],
    ending: [sse("[DONE]")],
  };
}

/**
 * A whole answer with an error inside each choice.
 * @param text - what the choices say besides it
 */
export function openaiFailedAnswer(asked: Asked, behaviour: Behaviour, text: string, error: JsonObject): JsonObject {
  const answer = openaiAnswer(asked, { ...behaviour, text });
  const { choices = [] } = answer as { readonly choices?: readonly JsonObject[] };
  return { ...answer, choices: choices.map((choice) => ({ ...choice, ...failedWith(behaviour, error) })) };
}

/** An event of a stream with an error inside its choice. */
export function openaiFailedEvent({ operation, model }: Asked, behaviour: Behaviour, error: JsonObject): string {
  const shape = shapeOf(operation);
  const choice = { index: 0, ...shape.nothing, ...failedWith(behaviour, error) };
  return sse({ id: shape.id, object: shape.event, created, model, choices: [choice] });
}

function failedWith({ finishReason = null }: { readonly finishReason?: string | null }, error: JsonObject): JsonObject {
  return { finish_reason: finishReason, error };
}

const promptFilters = [
  { prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: "safe" } } },
] as const;

function deltasOf({ toolCalls = [], text, reasoning = "" }: Behaviour): readonly JsonObject[] {
  const said = text ?? (toolCalls.length > 0 ? "" : defaultText);
  return [
    ...words(reasoning).map((word) => ({ reasoning_content: word })),
    ...words(said).map((word) => ({ content: word })),
    ...toolCalls.flatMap((call, index) => [
      { tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] },
      ...snippets(call.arguments).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
    ]),
  ];
}
