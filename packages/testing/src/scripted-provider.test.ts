import type { OperationName, ProviderCall } from "@modelyard/core";
import { Cancellation, type StreamPart } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { makeCandidate } from "./candidates.js";
import { answers, fails, hangs, ignoresCancellation, type ProviderBehavior, streams } from "./scripted-behavior.js";
import { scriptedProvider } from "./scripted-provider.js";
import { VirtualClock } from "./virtual-clock.js";

function setup(...behaviors: readonly ProviderBehavior[]) {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  if (behaviors.length > 0) provider.script("*", ...behaviors);
  const cancellation = new Cancellation();
  const made: ProviderCall = {
    deployment: makeCandidate({ id: "a" }).deployment,
    model: "vendor-model",
    request: { model: "asked", messages: [], input: ["x", "y"] },
    stream: false,
    cancellation,
    connectMs: undefined,
    headersMs: undefined,
    dropParams: false,
    now: () => clock.now(),
  };
  return {
    clock,
    provider,
    cancellation,
    made,
    say: (operation: OperationName = "chat") => provider.call(operation, made),
    async read(parts: StreamPart[] = [], operation: OperationName = "chat"): Promise<StreamPart[]> {
      const result = await provider.call(operation, { ...made, stream: true });
      if (result.kind === "stream") for await (const part of result.parts) parts.push(part);
      return parts;
    },
  };
}

describe("scriptedProvider", () => {
  it("answers every operation in the operation's format", async () => {
    const { say } = setup();
    const [chat, text, embedding] = [await say(), await say("text_completion"), await say("embeddings")];
    expect(chat).toMatchObject({ kind: "answer", value: { choices: [{ message: { content: "hello" } }] } });
    expect(text).toMatchObject({ value: { choices: [{ text: "hello" }], model: "vendor-model" } });
    expect(embedding).toMatchObject({ value: { data: [{ index: 0 }, { index: 1 }] } });
  });

  it("plays behaviors in order and repeats the last, by deployment id, by model or for all", async () => {
    const { provider, say } = setup(answers("all"));
    provider.script("a", fails("timeout", { status: 408, retryAfterMs: 5 }), answers("by id"));
    await expect(say()).rejects.toMatchObject({ kind: "timeout", status: 408, retryAfterMs: 5, source: "provider" });
    for (let count = 0; count < 2; count += 1)
      expect(await say()).toMatchObject({ value: { choices: [{ message: { content: "by id" } }] } });
    provider.reset();
    expect(provider.calls).toHaveLength(0);
    expect(await say()).toMatchObject({ value: { choices: [{ message: { content: "hello" } }] } });
  });

  it("waits on the given clock", async () => {
    const { clock, provider, say } = setup(answers("late", { delayMs: 70 }));
    const start = clock.now();
    await clock.until(say());
    expect(provider.calls[0]).toMatchObject({ at: start, settledAt: start + 70, cancelledAt: undefined });
  });

  it("streams parts with correct facts", async () => {
    const { clock, read } = setup(streams(["a", "b"], { firstTokenMs: 50, gapMs: 10 }));
    const start = clock.now();
    const parts = await clock.until(read());
    expect(clock.now() - start).toBe(60);
    expect(parts.map(({ content, finished, done }) => [content, finished, done])).toEqual([
      [true, 0, false],
      [true, 0, false],
      [false, 1, false],
      [false, 0, true],
    ]);
    expect(parts.map((part) => part.usage?.total_tokens)).toEqual([undefined, undefined, 10, undefined]);
  });

  it.each([
    ["text", { content: "x" }, "stop"],
    ["reasoning", { reasoning_content: "x" }, "stop"],
    ["refusal", { refusal: "x" }, "stop"],
    ["tool_call", { tool_calls: [{ function: { arguments: "x" } }] }, "tool_calls"],
  ] as const)("streams %s", async (content, delta, reason) => {
    const parts = await setup(streams(["x"], { content })).read();
    expect(parts[0]?.chunks[0]).toMatchObject({ choices: [{ delta }] });
    expect(parts[1]?.chunks[0]).toMatchObject({ choices: [{ finish_reason: reason }] });
  });

  it("ends, fails and stalls where the script says", async () => {
    expect(await setup(streams(["a"], { finish: false, done: false })).read()).toHaveLength(1);
    const failing = setup(streams(["a", "b"], { failAfter: 1, failKind: "overloaded" }));
    const read: StreamPart[] = [];
    await expect(failing.read(read)).rejects.toMatchObject({ kind: "overloaded" });
    expect(read).toHaveLength(1);
    const silent = setup(streams(["a", "b"], { hangAfter: 2 }));
    const received: StreamPart[] = [];
    const running = silent.read(received);
    await silent.clock.advance(1_000_000);
    expect([received.length, silent.provider.open]).toEqual([2, 1]);
    silent.cancellation.cancel("enough");
    await expect(running).rejects.toBe("enough");
  });

  it.each([
    ["hangs", hangs()],
    ["waits", answers("x", { delayMs: 100 })],
    ["waits for the first token", streams(["x"], { firstTokenMs: 100 })],
  ])("rejects with the reason when it %s and is aborted", async (_, behavior) => {
    const { clock, provider, cancellation, read } = setup(behavior);
    const running = read();
    await clock.advance(10);
    const reason = new Error("aborted");
    cancellation.cancel(reason);
    await expect(running).rejects.toBe(reason);
    expect(provider.calls[0]).toMatchObject({ cancelledAt: clock.now(), settledAt: clock.now() });
    expect([clock.timers, provider.open]).toEqual([0, 0]);
  });

  it("ignores that a call is aborted with ignoresCancellation", async () => {
    const { clock, provider, cancellation, say } = setup(ignoresCancellation());
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    say().then(settle, settle);
    cancellation.cancel("stop");
    await clock.advance(1_000);
    expect([settled, provider.open, provider.calls[0]?.cancelledAt]).toEqual([false, 1, clock.now() - 1_000]);
  });

  it("notices that the reader of a stream has left, and leaves no listener behind", async () => {
    const { clock, provider, cancellation, made, say } = setup(streams(["a", "b"]), answers());
    const result = await provider.call("chat", { ...made, stream: true });
    if (result.kind === "stream") for await (const part of result.parts) if (part.content) break;
    expect(provider.calls[0]).toMatchObject({ cancelledAt: clock.now(), settledAt: clock.now() });
    await say();
    expect(cancellation.listenerCount).toBe(0);
  });
});
