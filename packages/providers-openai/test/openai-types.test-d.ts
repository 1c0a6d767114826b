/** Users of OpenAI's SDK can keep its types. This file is type-checked with the sources and never run. */
import type { ChatRequest, EmbeddingRequest, TextCompletionRequest } from "@modelyard/core";
import type { AssistantMessage } from "@modelyard/core/kit";
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
