import type { StreamPart } from "@modelyard/core/kit";
import { failure } from "@modelyard/testing";
import { expect, it } from "vitest";
import { bytesOf, callOf, replay, sse } from "./support/replay.js";
import { anthropic } from "../src/anthropic.js";

it("a stream of messages passes on the events that arrived together with one that is too long, and then fails", async () => {
  const block = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
  const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hello" } };
  const body = `${sse(block, delta)}data: ${"x".repeat(17 * 1024 * 1024)}`;
  const transport = replay({ headers: { "content-type": "text/event-stream" }, pieces: [bytesOf(body)] });
  const result = await anthropic({ transport }).call("messages", callOf({ max_tokens: 5 }, { stream: true }));
  const seen: StreamPart[] = [];
  const reading = (async () => {
    if (result.kind === "stream") for await (const part of result.parts) seen.push(part);
  })();
  expect(await failure(reading)).toMatchObject({ kind: "invalid_response", source: "provider" });
  expect(seen.map(({ contentLength }) => contentLength)).toEqual([5]);
  expect(transport.discarded).toBe(1);
});
