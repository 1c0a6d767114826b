// Tests failures of a vendor that is called over another wire than its caller's.
import { Cancellation, type StreamPart } from "@modelyard/core/kit";
import { breaks, failure, refuses, silent } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { BridgeHarness, crossings, finishedIn, textIn } from "./support/bridge-harness.js";

const bridge = new BridgeHarness().install();

describe.each(crossings)("a call from %s over %s that fails", (from, to) => {
  it.each(["rate_limit_tokens", "context_window", "overloaded", "server_error"] as const)(
    "has the error that it has without a translation: %s",
    async (name) => {
      bridge.upstream.script({}, refuses(name));
      for (const stream of [false, true]) {
        const error = await failure(bridge.call(from, to, { stream }));
        const own = await failure(bridge.call(to, to, { stream }));
        const { kind, status, reason, retryAfterMs } = own;
        expect(error).toMatchObject({ kind, status, reason, retryAfterMs, source: "provider", provider: "vendor" });
      }
    },
  );

  it.each(["truncated_stream", "reset_mid_stream", "error_event_after_content", "malformed_event"] as const)(
    "ends its stream with a provider error, after the content before it: %s",
    async (fault) => {
      bridge.upstream.script({}, breaks(fault, { text: "one two three", faultAfter: 2, gapMs: 2 }));
      const parts: StreamPart[] = [];
      expect(await failure(bridge.parts(from, to, {}, parts))).toMatchObject({ source: "provider" });
      expect(textIn(from, parts)).toBe("one two ");
      expect([finishedIn(parts), parts.some(({ done }) => done)]).toEqual([0, false]);
    },
  );

  it.each(["error_event_before_content", "empty_body", "error_in_200"] as const)(
    "comes before any content: %s",
    async (fault) => {
      bridge.upstream.script({}, breaks(fault));
      const parts: StreamPart[] = [];
      expect(await failure(bridge.parts(from, to, {}, parts))).toMatchObject({ source: "provider" });
      expect(parts.some(({ content }) => content)).toBe(false);
    },
  );

  it("leaves no connection behind when the caller leaves the stream or aborts the call", async () => {
    bridge.upstream.script({}, silent("mid_stream", { text: "one two", faultAfter: 1 }));
    const left = await bridge.call(from, to, { stream: true });
    if (left.kind === "stream") for await (const part of left.parts) if (part.content) break;
    const [first] = await bridge.upstream.waitForCalls(1);
    expect((await bridge.upstream.waitForClose(first!)).closedByClientAt).toBeDefined();
    const cancellation = new Cancellation();
    const aborted = await bridge.call(from, to, { stream: true, call: { cancellation } });
    const iterator = aborted.kind === "stream" ? aborted.parts[Symbol.asyncIterator]() : undefined;
    await iterator?.next();
    const reason = new Error("aborted by the test");
    cancellation.cancel(reason);
    const rest = async (): Promise<void> => {
      while ((await iterator?.next())?.done === false);
    };
    expect(await failure(rest())).toBe(reason);
    const [, second] = await bridge.upstream.waitForCalls(2);
    expect((await bridge.upstream.waitForClose(second!)).closedByClientAt).toBeDefined();
  });
});
