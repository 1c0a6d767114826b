import { Readable } from "node:stream";
import type { ChatCompletionChunk } from "@modelyard/core";
import { createGateway } from "@modelyard/gateway";
import { createNodeListener } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { createRouter, RouterError } from "@modelyard/router";
import { fastify, type FastifyReply } from "fastify";

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

export const app = fastify();

app.post("/answer", async (request, reply) => {
  const messages = [{ role: "user" as const, content: String(request.body) }];
  const answer = await router.completion({ model: "fast", messages }, { signal: signalOf(reply) });
  return { answer: answer.choices[0]?.message.content };
});

app.post("/answer/stream", async (request, reply) => {
  const messages = [{ role: "user" as const, content: String(request.body) }];
  // It resolves with the first content, so failures before that have their own status.
  const chunks = await router.completion({ model: "fast", messages, stream: true }, { signal: signalOf(reply) });
  return reply.type("text/plain; charset=utf-8").send(Readable.from(textsOf(chunks)));
});

// OpenAI's and Anthropic's APIs below /llm, for SDKs and tools: http://localhost:3000/llm/v1
const listener = createNodeListener(gateway, { basePath: "/llm" });
app.register(async (scope) => {
  // The gateway reads bodies itself.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _body, done) => {
    done(null);
  });
  scope.all("/llm/*", (request, reply) => {
    reply.hijack();
    listener(request.raw, reply.raw);
  });
});

/** Aborts when the client leaves. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.on("close", () => {
    controller.abort();
  });
  return controller.signal;
}

async function* textsOf(chunks: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.choices[0]?.delta.content ?? "";
}

app.setErrorHandler((error, _request, reply) => {
  if (!RouterError.isInstance(error)) throw error;
  return reply.status(error.status).send({ error: error.message });
});
