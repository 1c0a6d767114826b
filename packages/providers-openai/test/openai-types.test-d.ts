/** Users of OpenAI's SDK can keep its types. This file is type-checked with the sources and never run. */
import type { ChatRequest, EmbeddingRequest, ResponsesRequest, TextCompletionRequest } from "@modelyard/core";
import type { AssistantMessage, ResponsesAnswer, ResponsesEvent, ResponsesOutputItem } from "@modelyard/core/kit";
import type { Router } from "@modelyard/router";
import type OpenAI from "openai";
import { expectTypeOf } from "vitest";

expectTypeOf<readonly OpenAI.ChatCompletionMessageParam[]>().toExtend<ChatRequest["messages"]>();
expectTypeOf<OpenAI.ChatCompletionTool[]>().toExtend<NonNullable<ChatRequest["tools"]>>();
expectTypeOf<OpenAI.ChatCompletionToolChoiceOption>().toExtend<NonNullable<ChatRequest["tool_choice"]>>();
expectTypeOf<OpenAI.ChatCompletionCreateParams>().toExtend<ChatRequest>();
// A prompt is required. Only OpenAI accepts `null`.
type Prompted = OpenAI.CompletionCreateParams & { prompt: NonNullable<OpenAI.CompletionCreateParams["prompt"]> };
expectTypeOf<Prompted>().toExtend<TextCompletionRequest>();
expectTypeOf<OpenAI.EmbeddingCreateParams>().toExtend<EmbeddingRequest>();
expectTypeOf<AssistantMessage>().toExtend<OpenAI.ChatCompletionMessageParam>();

declare const router: Router;
declare const plain: OpenAI.ChatCompletionCreateParamsNonStreaming;
declare const streamed: OpenAI.ChatCompletionCreateParamsStreaming;
declare const either: OpenAI.ChatCompletionCreateParams;
void router.completion(plain);
void router.completion(streamed);
void router.completion(either);

// Known fields of a literal are still checked.
const part = { type: "text", text: "x", cache_control: { type: "ephemeral" } } as const;
void router.completion({ model: "gpt-4", messages: [{ role: "user", content: [part] }] });
// @ts-expect-error -- there is no such role
void router.completion({ model: "gpt-4", messages: [{ role: "robot", content: "x" }] });
// @ts-expect-error -- a text part has a text
void router.completion({ model: "gpt-4", messages: [{ role: "user", content: [{ type: "text" }] }] });

// Responses. The model is required.
type Response = OpenAI.Responses.ResponseCreateParams & { model: string };
expectTypeOf<Response>().toExtend<ResponsesRequest>();
expectTypeOf<OpenAI.Responses.ResponseOutputItem>().toExtend<ResponsesOutputItem>();
expectTypeOf<OpenAI.Responses.ResponseStreamEvent["type"]>().toExtend<ResponsesEvent["type"]>();
expectTypeOf<OpenAI.Responses.Response["status"]>().toExtend<ResponsesAnswer["status"] | undefined>();

declare const response: OpenAI.Responses.ResponseCreateParamsNonStreaming & { model: string };
declare const streamedResponse: OpenAI.Responses.ResponseCreateParamsStreaming & { model: string };
const { output, routing } = await router.responses(response);
expectTypeOf(routing.deploymentId).toEqualTypeOf<string | undefined>();
for (const item of output) {
  if (item.type === "function_call") expectTypeOf(item.arguments).toEqualTypeOf<string>();
  if (item.type === "message" && item.content[0]?.type === "output_text")
    expectTypeOf(item.content[0].text).toEqualTypeOf<string>();
}
for await (const event of await router.responses(streamedResponse)) {
  if (event.type === "response.output_text.delta") expectTypeOf(event.delta).toEqualTypeOf<string>();
  if (event.type === "response.completed") expectTypeOf(event.response).toEqualTypeOf<ResponsesAnswer>();
}
// An answer fits into the next request.
void router.responses({ model: "gpt-4", input: [...output, { role: "user", content: "x" }] });
// @ts-expect-error -- there is no such role
void router.responses({ model: "gpt-4", input: [{ role: "robot", content: "x" }] });
