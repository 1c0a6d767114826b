import type { ChatCompletionChunk } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { openai } from "@modelyard/providers-openai";
import { createRouter, RouterError } from "@modelyard/router";

const apiBase = Deno.env.get("OPENAI_BASE_URL") ?? "https://api.openai.com/v1";
const router = createRouter({
  providers: [openai()],
  modelList: [
    { modelName: "fast", model: "openai/gpt-5-mini", apiBase },
    { modelName: "spare", model: "openai/gpt-4.1-mini", apiBase },
  ],
  fallbacks: { fast: ["spare"] },
});
const masterKey = Deno.env.get("MASTER_KEY");

// OpenAI's and Anthropic's APIs below /llm, for SDKs and tools: http://localhost:8000/llm/v1
const gateway = toFetchHandler(createGateway(router, { masterKey }), { basePath: "/llm" });

async function answer(request: Request): Promise<Response> {
  const messages = [{ role: "user" as const, content: await request.text() }];
  const { choices } = await router.completion({ model: "fast", messages }, { signal: request.signal });
  return Response.json({ answer: choices[0]?.message.content });
}

async function stream(request: Request): Promise<Response> {
  const messages = [{ role: "user" as const, content: await request.text() }];
  // It resolves with the first content, so failures before that have their own status.
  const chunks = await router.completion({ model: "fast", messages, stream: true }, { signal: request.signal });
  return new Response(toStream(chunks), { headers: { "content-type": "text/plain; charset=utf-8" } });
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

function failed(error: unknown): Response {
  if (!RouterError.isInstance(error)) throw error;
  return Response.json({ error: error.message }, { status: error.status });
}

type Handler = (request: Request) => Promise<Response>;
const endpoints: Readonly<Record<string, Handler>> = { "POST /answer": answer, "POST /answer/stream": stream };

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8_000) }, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/llm/")) return gateway(request);
  const endpoint = endpoints[`${request.method} ${pathname}`];
  if (endpoint === undefined) return new Response("Not found", { status: 404 });
  return endpoint(request).catch(failed);
});
