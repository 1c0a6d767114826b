import type { JsonObject } from "../json.js";

type Fields = Record<string, unknown>;

interface ChoiceParts {
  readonly index: number;
  content: string;
  reasoning: string;
  refusal: string;
  finishReason: unknown;
  readonly toolCalls: Map<number, ToolCallParts>;
  /** The predecessor of `tool_calls`. */
  functionCall: { name: string; args: string } | undefined;
}

interface ToolCallParts {
  id: unknown;
  name: string;
  args: string;
}

function choiceOf(choices: Map<number, ChoiceParts>, index: number): ChoiceParts {
  const known = choices.get(index);
  if (known !== undefined) return known;
  const made: ChoiceParts = {
    index,
    content: "",
    reasoning: "",
    refusal: "",
    finishReason: null,
    toolCalls: new Map(),
    functionCall: undefined,
  };
  choices.set(index, made);
  return made;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function addToolCalls(parts: ChoiceParts, calls: unknown): void {
  if (!Array.isArray(calls)) return;
  for (const call of calls as readonly Fields[]) {
    const index = typeof call["index"] === "number" ? call["index"] : 0;
    const known = parts.toolCalls.get(index) ?? { id: undefined, name: "", args: "" };
    const named = (call["function"] ?? {}) as Fields;
    known.id ??= call["id"];
    known.name += text(named["name"]);
    known.args += text(named["arguments"]);
    parts.toolCalls.set(index, known);
  }
}

function addFunctionCall(parts: ChoiceParts, call: unknown): void {
  if (call == null) return;
  const { name, arguments: args } = call as Fields;
  parts.functionCall = {
    name: (parts.functionCall?.name ?? "") + text(name),
    args: (parts.functionCall?.args ?? "") + text(args),
  };
}

function chatChoice(parts: ChoiceParts): Fields {
  const calls = [...parts.toolCalls.values()].map((call) => ({
    id: call.id,
    type: "function",
    function: { name: call.name, arguments: call.args },
  }));
  const called = parts.functionCall;
  return {
    index: parts.index,
    message: {
      role: "assistant",
      content: parts.content === "" && (calls.length > 0 || called !== undefined) ? null : parts.content,
      ...(parts.reasoning === "" ? {} : { reasoning_content: parts.reasoning }),
      ...(parts.refusal === "" ? {} : { refusal: parts.refusal }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(called === undefined ? {} : { function_call: { name: called.name, arguments: called.args } }),
    },
    finish_reason: parts.finishReason,
  };
}

/** Assembles the events of a chat into a whole answer. */
export function assembleChat(chunks: readonly JsonObject[]): JsonObject {
  return assemble("chat.completion", chunks, chatChoice);
}

/** Assembles the events of a text completion into a whole answer. */
export function assembleText(chunks: readonly JsonObject[]): JsonObject {
  return assemble("text_completion", chunks, ({ index, content, finishReason }) => ({
    index,
    text: content,
    finish_reason: finishReason,
  }));
}

function assemble(object: string, chunks: readonly JsonObject[], toChoice: (parts: ChoiceParts) => Fields): JsonObject {
  const choices = new Map<number, ChoiceParts>();
  let usage: unknown;
  for (const chunk of chunks) {
    usage = chunk["usage"] ?? usage;
    const list = (chunk["choices"] ?? []) as readonly Fields[];
    for (const choice of list) {
      const parts = choiceOf(choices, typeof choice["index"] === "number" ? choice["index"] : 0);
      const delta = (choice["delta"] ?? {}) as Fields;
      parts.content += text(delta["content"]) + text(choice["text"]);
      parts.reasoning += text(delta["reasoning_content"]);
      parts.refusal += text(delta["refusal"]);
      parts.finishReason = choice["finish_reason"] ?? parts.finishReason;
      addToolCalls(parts, delta["tool_calls"]);
      addFunctionCall(parts, delta["function_call"]);
    }
  }
  const { id, created, model } = (chunks[0] ?? {}) as Fields;
  const sorted = [...choices.values()].toSorted((left, right) => left.index - right.index);
  return {
    id,
    object,
    created,
    model,
    choices: sorted.map(toChoice),
    ...(usage == null ? {} : { usage }),
  };
}
