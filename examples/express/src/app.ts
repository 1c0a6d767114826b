import { pipeline } from "node:stream/promises";
import type { ChatCompletionChunk } from "@modelyard/core";
import { createGateway } from "@modelyard/gateway";
import { createNodeListener } from "@modelyard/gateway/node";
import { openai } from "@modelyard/providers-openai";
import { createRouter, RouterError } from "@modelyard/router";
import express, { type ErrorRequestHandler, type Response } from "express";

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

export const app = express();

// OpenAI's and Anthropic's APIs below /llm, for SDKs and tools: http://localhost:3000/llm/v1.
// The gateway reads bodies itself, so it comes before middleware that does.
app.use("/llm", createNodeListener(gateway));

app.use(express.text());

app.post("/answer", async (request, response) => {
  const messages = [{ role: "user" as const, content: String(request.body) }];
  const answer = await router.completion({ model: "fast", messages }, { signal: signalOf(response) });
  response.json({ answer: answer.choices[0]?.message.content });
});

app.post("/answer/stream", async (request, response) => {
  const messages = [{ role: "user" as const, content: String(request.body) }];
  // It resolves with the first content, so failures before that have their own status.
  const chunks = await router.completion({ model: "fast", messages, stream: true }, { signal: signalOf(response) });
  response.type("text/plain");
  await pipeline(textsOf(chunks), response);
});

/** Aborts when the client leaves. */
function signalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.on("close", () => {
    controller.abort();
  });
  return controller.signal;
}

async function* textsOf(chunks: AsyncIterable<ChatCompletionChunk>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield chunk.choices[0]?.delta.content ?? "";
}

const sendError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.destroyed) return;
  if (RouterError.isInstance(error) && !response.headersSent) {
    response.status(error.status).json({ error: error.message });
  } else next(error);
};
app.use(sendError);
