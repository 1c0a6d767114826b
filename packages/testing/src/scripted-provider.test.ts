import type { JsonObject, OperationName, ProviderCall } from "@modelyard/core";
import { Cancellation, operations, type StreamPart } from "@modelyard/core/kit";
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
    expect(await say("messages")).toMatchObject({ value: { content: [{ type: "text", text: "hello" }] } });
    expect(await say("responses")).toMatchObject({ value: { output: [{ content: [{ text: "hello" }] }] } });
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

  it.each([
    ["text", "messages", { content: [{ type: "text", text: "{}" }], stop_reason: "end_turn" }],
    ["reasoning", "messages", { content: [{ type: "thinking", thinking: "{}" }], stop_reason: "end_turn" }],
    ["refusal", "messages", { content: [{ type: "text", text: "{}" }], stop_reason: "end_turn" }],
    ["tool_call", "messages", { content: [{ type: "tool_use", name: "tool", input: {} }], stop_reason: "tool_use" }],
    ["text", "responses", { output: [{ type: "message", content: [{ type: "output_text", text: "{}" }] }] }],
    ["reasoning", "responses", { output: [{ type: "reasoning", summary: [{ text: "{}" }] }] }],
    ["refusal", "responses", { output: [{ type: "message", content: [{ type: "refusal", refusal: "{}" }] }] }],
    ["tool_call", "responses", { output: [{ type: "function_call", name: "tool", arguments: "{}" }] }],
  ] as const)("streams %s in the format of %s", async (content, operation, answer) => {
    const parts = await setup(streams(["{", "}"], { content })).read([], operation);
    const { reads, assemble } = operations[operation];
    const events = parts.flatMap((part) => part.chunks as unknown as readonly JsonObject[]);
    expect(assemble?.(events)).toMatchObject(answer);
    const facts = parts.map((part) => [part.content, part.finished, part.done]);
    expect(facts).toEqual([
      [true, 0, false],
      [true, 0, false],
      [false, 1, false],
      [false, 0, true],
    ]);
    expect(parts.slice(0, 2).map((part) => part.chunks.some((chunk) => reads.contentLength(chunk) > 0))).toEqual([
      true,
      true,
    ]);
  });

  it("sends the end mark of a message only if the script does", async () => {
    const typesOf = (parts: readonly StreamPart[]): readonly unknown[] =>
      parts.flatMap((part) => (part.chunks as unknown as readonly JsonObject[]).map((chunk) => chunk["type"]));
    expect(typesOf(await setup(streams(["a"])).read([], "messages")).at(-1)).toBe("message_stop");
    expect(typesOf(await setup(streams(["a"], { done: false })).read([], "messages")).at(-1)).toBe("message_delta");
  });

  it("serves the operations that it is given", () => {
    const clock = new VirtualClock();
    expect(scriptedProvider({ clock, operations: ["chat"] }).operations).toEqual(["chat"]);
    expect(scriptedProvider({ clock }).operations).toContain("messages");
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
