/** Answers have the types of OpenAI's SDK: checked with the sources, never run. */
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
