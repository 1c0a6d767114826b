/** Users of Anthropic's SDK can keep its types. This file is type-checked with the sources and never run. */
import type Anthropic from "@anthropic-ai/sdk";
import type { MessagesRequest } from "@modelyard/core";
import type { MessagesAnswer, MessagesBlock, MessagesEvent } from "@modelyard/core/kit";
import type { Router } from "@modelyard/router";
import { expectTypeOf } from "vitest";

expectTypeOf<Anthropic.MessageCreateParams>().toExtend<MessagesRequest>();
expectTypeOf<Anthropic.MessageParam[]>().toExtend<MessagesRequest["messages"]>();
expectTypeOf<Anthropic.ContentBlock>().toExtend<MessagesBlock>();
expectTypeOf<Anthropic.RawMessageStreamEvent["type"]>().toExtend<MessagesEvent["type"]>();

declare const router: Router;
declare const plain: Anthropic.MessageCreateParamsNonStreaming;
declare const streamed: Anthropic.MessageCreateParamsStreaming;
declare const either: Anthropic.MessageCreateParams;
const answer = await router.messages(plain);
expectTypeOf(answer).toExtend<MessagesAnswer>();
expectTypeOf(answer.routing.deploymentId).toEqualTypeOf<string | undefined>();
void router.messages(either);

// The kind of a block, and the kind of an event, decide what else it has.
for (const block of answer.content) {
  if (block.type === "text") expectTypeOf(block.text).toEqualTypeOf<string>();
  if (block.type === "tool_use") expectTypeOf(block.name).toEqualTypeOf<string>();
  if (block.type === "thinking") expectTypeOf(block.signature).toEqualTypeOf<string>();
}
for await (const event of await router.messages(streamed)) {
  if (event.type === "content_block_delta" && event.delta.type === "text_delta")
    expectTypeOf(event.delta.text).toEqualTypeOf<string>();
  if (event.type === "message_start") expectTypeOf(event.message).toEqualTypeOf<MessagesAnswer>();
}

// An answer fits into the next request.
const { content } = answer;
void router.messages({ model: "claude", max_tokens: 10, messages: [{ role: "assistant", content }] });

// Known fields of a literal are checked.
const block = { type: "text", text: "x", cache_control: { type: "ephemeral" } } as const;
void router.messages({ model: "claude", max_tokens: 10, messages: [{ role: "user", content: [block] }] });
// @ts-expect-error -- max_tokens is required
void router.messages({ model: "claude", messages: [] });
// @ts-expect-error -- there is no such role
void router.messages({ model: "claude", max_tokens: 10, messages: [{ role: "robot", content: "x" }] });
// @ts-expect-error -- a text block has a text
void router.messages({ model: "claude", max_tokens: 10, messages: [{ role: "user", content: [{ type: "text" }] }] });
