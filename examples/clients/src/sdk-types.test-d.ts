/** Answers have the types of OpenAI's and Anthropic's SDKs: checked with the sources, never run. */
import type Anthropic from "@anthropic-ai/sdk";
import type { Router } from "@modelyard/router";
import type OpenAI from "openai";

declare const router: Router;
declare const stream: boolean;
declare const takesChunk: (chunk: OpenAI.Chat.Completions.ChatCompletionChunk) => void;

const messages = [{ role: "user", content: "hi" }] as const;
export const completion: OpenAI.Chat.Completions.ChatCompletion = await router.completion({ model: "m", messages });
for await (const chunk of await router.completion({ model: "m", messages, stream: true })) takesChunk(chunk);

const either = await router.completion({ model: "m", messages, stream });
if ("choices" in either) ((answer: OpenAI.Chat.Completions.ChatCompletion) => answer)(either);
else for await (const chunk of either) takesChunk(chunk);

export const text: OpenAI.Completions.Completion = await router.textCompletion({ model: "m", prompt: "x" });
export const embeddings: OpenAI.Embeddings.CreateEmbeddingResponse = await router.embedding({ model: "m", input: "x" });

const encoded = await router.embedding({ model: "m", input: "x", encoding_format: "base64" });
// @ts-expect-error - these are texts, not numbers
export const numbers: OpenAI.Embeddings.CreateEmbeddingResponse = encoded;

// What the model said and called fits into the next request.
export const next: OpenAI.Chat.Completions.ChatCompletionMessageParam[] = completion.choices.map(
  ({ message }) => message,
);

const prompt = { model: "m", max_tokens: 100, messages: [{ role: "user" as const, content: "hi" }] };
export const message: Anthropic.Message = await router.messages(prompt);
export const turn: Anthropic.MessageParam = { role: message.role, content: message.content };

const answered = await router.responses({ model: "m", input: "hi" });
export const response: OpenAI.Responses.Response = answered;
export const items: OpenAI.Responses.ResponseInput = answered.output;
