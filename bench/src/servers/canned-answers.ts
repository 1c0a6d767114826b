/** Content events per stream, without those for the role, the finish reason and the end mark. */
export const textEvents = 50;
/** Delay between the events of a paced stream, in milliseconds. */
export const paceMs = 5;

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

/** The events of a stream with {@link textEvents} pieces of text. */
export function chatEvents(): readonly Buffer[] {
  return [
    event({ role: "assistant", content: "" }, null),
    ...Array.from({ length: textEvents }, (_, index) => event({ content: `word${String(index)} ` }, null)),
    event({}, "stop"),
    Buffer.from("data: [DONE]\n\n"),
  ];
}
