import type { ChatCompletion, ChatCompletionChunk, FinishReason, JsonObject, TextCompletion } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { cannotSend, invalidRequest } from "./refuse.js";

/** A text completion as a chat with one message. @throws an error for a prompt that is not a single text */
export function toChatRequest(request: JsonObject): JsonObject {
  const { prompt, ...rest } = request;
  const text = Array.isArray(prompt) && prompt.length === 1 ? (prompt[0] as unknown) : prompt;
  if (typeof text !== "string")
    throw cannotSend("prompt", "Anthropic completes one prompt at a time: prompt must be a string.");
  if (text.trim() === "") throw invalidRequest("prompt", "prompt must not be empty.");
  return { ...rest, messages: [{ role: "user", content: text }] };
}

type TextReason = TextCompletion["choices"][number]["finish_reason"];

/** Text completions do not have tools. A reason that may mean a failure is not changed. */
function textReason(reason: FinishReason | null): TextReason {
  return reason === "tool_calls" || reason === "function_call" ? "stop" : reason;
}

export function toTextAnswer(answer: ChatCompletion): TextCompletion {
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
export async function* toTextParts(parts: AsyncIterable<StreamPart>): AsyncGenerator<StreamPart> {
  for await (const part of parts) yield toTextPart(part);
}
