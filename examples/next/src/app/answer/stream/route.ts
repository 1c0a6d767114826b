import type { ChatCompletionChunk } from "@modelyard/core";
import { failed, router } from "../../../lib/router";

export async function POST(request: Request): Promise<Response> {
  try {
    const messages = [{ role: "user" as const, content: await request.text() }];
    // It resolves with the first content, so failures before that have their own status.
    const chunks = await router.completion({ model: "fast", messages, stream: true }, { signal: request.signal });
    return new Response(toStream(chunks), { headers: { "content-type": "text/plain; charset=utf-8" } });
  } catch (error) {
    return failed(error);
  }
}

/** The text of an answer as it comes. */
function toStream(chunks: AsyncIterable<ChatCompletionChunk>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: async (controller) => {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value.choices[0]?.delta.content ?? ""));
    },
    // The client has left.
    cancel: async () => {
      await iterator.return?.();
    },
  });
}
