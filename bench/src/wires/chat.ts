import { type BenchWire, piecesOf, textEvents } from "./wire.js";

/** A plain answer of about `size` bytes. */
export function chatAnswer(bytes: number): Buffer {
  const answer = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_767_225_600,
    model: "gpt-4",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "word ".repeat(Math.max(1, Math.floor((bytes - 270) / 5))) },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
  };
  return Buffer.from(JSON.stringify(answer));
}

function event(delta: object, finishReason: string | null): Buffer {
  const chunk = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_767_225_600,
    model: "gpt-4",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

/** The events of a stream, with those for the role, the finish reason and the end mark. */
export function chatEvents(pieces = textEvents): readonly Buffer[] {
  return [
    event({ role: "assistant", content: "" }, null),
    ...piecesOf(pieces).map((content) => event({ content }, null)),
    event({}, "stop"),
    Buffer.from("data: [DONE]\n\n"),
  ];
}

export const chat: BenchWire = {
  title: "chat",
  path: "/chat/completions",
  headers: { authorization: "Bearer k" },
  request: (content) => ({ messages: [{ role: "user", content }] }),
  answer: chatAnswer,
  events: chatEvents,
};
