import {
  type ChatCompletion,
  type ChatCompletionChunk,
  createError,
  type JsonObject,
  type StreamPart,
  type TextCompletion,
} from "@modelyard/core";

/** A text completion as a chat of one message. @throws `bad_request` for prompts that are no single text */
export function toChatRequest(request: JsonObject): JsonObject {
  const { prompt, ...rest } = request;
  const text = Array.isArray(prompt) && prompt.length === 1 ? (prompt[0] as unknown) : prompt;
  if (typeof text !== "string") {
    throw createError({
      kind: "bad_request",
      param: "prompt",
      message: "Anthropic completes one text at a time: prompt must be a text.",
    });
  }
  return { ...rest, messages: [{ role: "user", content: text }] };
}

function textReason(reason: string | null): TextCompletion["choices"][number]["finish_reason"] {
  return reason === "stop" || reason === "length" || reason === "content_filter"
    ? reason
    : reason === null
      ? null
      : "stop";
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
      finish_reason: textReason(choice.finish_reason),
    })),
    ...(usage === undefined ? {} : { usage }),
  };
}

export function toTextPart(part: StreamPart): StreamPart {
  const chunks = (part.chunks as unknown as readonly ChatCompletionChunk[]).map(
    ({ id, created, model, choices, usage }): TextCompletion => ({
      id,
      object: "text_completion",
      created,
      model,
      choices: choices.map((choice) => ({
        index: choice.index,
        text: choice.delta.content ?? "",
        finish_reason: textReason(choice.finish_reason),
      })),
      ...(usage == null ? {} : { usage }),
    }),
  );
  return { ...part, chunks: chunks };
}
