import type { ChatCompletionChunk } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { openai } from "@modelyard/providers-openai";
import { createRouter, RouterError } from "@modelyard/router";
import { Hono } from "hono";

const apiBase = process.env["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1";
const router = createRouter({
  providers: [openai()],
  modelList: [
    { modelName: "fast", model: "openai/gpt-5-mini", apiBase },
    { modelName: "spare", model: "openai/gpt-4.1-mini", apiBase },
  ],
  fallbacks: { fast: ["spare"] },
});

const gateway = createGateway(router, { masterKey: process.env["MASTER_KEY"] });

export const app = new Hono();

app.post("/answer", async (c) => {
  const messages = [{ role: "user" as const, content: await c.req.text() }];
  const answer = await router.completion({ model: "fast", messages }, { signal: c.req.raw.signal });
  return c.json({ answer: answer.choices[0]?.message.content });
});

app.post("/answer/stream", async (c) => {
  const messages = [{ role: "user" as const, content: await c.req.text() }];
  // It resolves with the first content, so failures before that have their own status.
  const chunks = await router.completion({ model: "fast", messages, stream: true }, { signal: c.req.raw.signal });
  return c.body(toStream(chunks), 200, { "content-type": "text/plain; charset=utf-8" });
});

// OpenAI's and Anthropic's APIs below /llm, for SDKs and tools: http://localhost:3000/llm/v1
const handler = toFetchHandler(gateway, { basePath: "/llm" });
app.all("/llm/*", (c) => handler(c.req.raw));

app.onError((error, c) => {
  if (!RouterError.isInstance(error)) throw error;
  return c.json({ error: error.message }, error.status as 500);
});

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
