// Tests that a vendor of one wire serves the callers of all three.
import { type JsonObject, Secret } from "@modelyard/core";
import { operations, type StreamPart } from "@modelyard/core/kit";
import { breaks, callsTools, failure, replies } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { HttpVendor } from "../src/node.js";
import { assembled, BridgeHarness, chunksIn, crossings, finishedIn, textIn, turns } from "./support/bridge-harness.js";
import { wireVendor } from "./support/wire-vendor.js";

const bridge = new BridgeHarness().install();

const weather = { id: "call_1", name: "weather", arguments: '{"city":"Zürich"}' };

describe.each(crossings)("a caller of %s at a vendor of %s", (from, to) => {
  const { reads } = operations[from];

  it("is answered in its own wire, plain and streamed", async () => {
    bridge.upstream.script({}, replies("zwölf 日本 🙂"));
    const answer = await bridge.answer(from, to);
    expect([operations[from].fault(answer), reads.text(answer)]).toEqual([undefined, "zwölf 日本 🙂"]);
    expect(reads.usage(answer)).toMatchObject({ prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 });
    const parts = await bridge.parts(from, to);
    expect([textIn(from, parts), reads.text(assembled(from, parts))]).toEqual(["zwölf 日本 🙂", "zwölf 日本 🙂"]);
    expect(bridge.upstream.calls.map(({ path }) => path)).toEqual([
      `/v1${operations[to].path}`,
      `/v1${operations[to].path}`,
    ]);
    expect(bridge.upstream.calls[0]?.body).toMatchObject({ model: "vendor-model" });
  });

  it("ends its stream once, with the reason, the usage and the end mark", async () => {
    bridge.upstream.script({}, replies("hi", { finishReason: "length" }));
    const parts = await bridge.parts(from, to);
    const reasons = parts.flatMap(({ finishReasons = [] }) => finishReasons);
    expect(reasons.map((reason) => operations[from].finishReasons[reason])).toEqual(["cut"]);
    expect([finishedIn(parts), parts.at(-1)?.done]).toEqual([1, true]);
    expect(parts.findLast(({ usage }) => usage !== undefined)?.usage).toMatchObject({ total_tokens: 21 });
  });

  it("has the same events as bytes, and facts that fit them", async () => {
    bridge.upstream.script({}, callsTools([weather], { text: 'one "two"\n three', reasoning: "Hm, so." }));
    const parts = await bridge.parts(from, to);
    const sent = parts.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
    const data = sent
      .split("\n")
      .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as unknown] : []));
    expect(data).toEqual(chunksIn(parts));
    for (const part of parts) {
      const length = chunksIn([part]).reduce((sum, chunk) => sum + reads.contentLength(chunk), 0);
      expect([part.contentLength, part.content]).toEqual([length, length > 0]);
    }
  });

  it("gives every answer an id of its own, although the vendor repeats one", async () => {
    bridge.upstream.script({}, replies("hi"));
    const ids = [(await bridge.answer(from, to))["id"], (await bridge.answer(from, to))["id"]];
    for (let count = 0; count < 2; count += 1) ids.push(assembled(from, await bridge.parts(from, to))["id"]);
    expect(new Set(ids).size).toBe(4);
    const prefix = { chat: "chatcmpl-", messages: "msg_", responses: "resp_" }[from];
    expect(ids.filter((id) => !(id as string).startsWith(prefix))).toEqual([]);
  });

  it.each([false, true])("calls tools, and gets the result in the next turn: streamed %s", async (stream) => {
    bridge.upstream.script({}, callsTools([weather]));
    const first = stream ? assembled(from, await bridge.parts(from, to)) : await bridge.answer(from, to);
    bridge.upstream.script({}, replies("It is cold."));
    const second = await bridge.answer(from, to, { request: turns[from](first) });
    expect(reads.text(second)).toBe("It is cold.");
    const sent = JSON.stringify(bridge.upstream.calls[1]?.body);
    expect(sent).toContain("7 °C");
    expect(sent.match(/call_1/gu)).toHaveLength(2);
    expect(sent).toContain("Zürich");
  });
});

describe("the end of a translated stream", () => {
  it.each(crossings)("is written although the vendor omits its end mark: %s over %s", async (from, to) => {
    bridge.upstream.script({}, breaks("finish_without_done", { text: "one two" }));
    const parts = await bridge.parts(from, to);
    expect(textIn(from, parts)).toBe("one two");
    expect(finishedIn(parts)).toBe(1);
  });

  it.each(["messages", "responses"] as const)(
    "is written for a caller of %s once the usage is known, although the vendor then stays silent",
    async (from) => {
      const { operations: ways } = wireVendor("chat");
      const silentAfterUsage: HttpVendor["operations"] = {
        chat: {
          ...ways.chat!,
          async *parts(exchange) {
            for await (const part of ways.chat!.parts!(exchange)) yield { ...part, done: false };
            await new Promise<never>(() => {});
          },
        },
      };
      bridge.upstream.script({}, replies("one two"));
      const result = await bridge.call(from, "chat", { stream: true, vendor: { operations: silentAfterUsage } });
      const parts: StreamPart[] = [];
      if (result.kind === "stream")
        for await (const part of result.parts) {
          parts.push(part);
          if (part.finished > 0) break;
        }
      expect(operations[from].fault(assembled(from, parts))).toBeUndefined();
      expect(chunksIn(parts).at(-1)?.["type"]).toBe(
        { messages: "message_stop", responses: "response.completed" }[from],
      );
    },
  );

  it.each([
    ["a word of the vendor", { finishReasons: { sensitive_2: "content_policy_violation" } }, {}],
    ["a word of the deployment", {}, { finishReasons: { sensitive_2: "content_policy_violation" } }],
  ] as const)("is an error if its finish reason means one: %s", async (_, vendor, settings) => {
    bridge.upstream.script({}, replies("one two", { finishReason: "sensitive_2" }));
    const deployment = bridge.deployment(settings);
    for (const from of ["messages", "responses"] as const) {
      const options = { vendor, call: { deployment } };
      expect(await failure(bridge.answer(from, "chat", options))).toMatchObject({ kind: "content_policy_violation" });
      const parts: StreamPart[] = [];
      expect(await failure(bridge.parts(from, "chat", options, parts))).toMatchObject({
        kind: "content_policy_violation",
      });
      expect(textIn(from, parts)).toBe("one two");
    }
  });
});

describe("the model in a translated answer", () => {
  it.each([
    ["messages", "chat", "asked"],
    ["chat", "messages", "vendor-model"],
    ["responses", "chat", "vendor-model"],
  ] as const)("is, for a caller of %s at a vendor of %s: %s", async (from, to, model) => {
    bridge.upstream.script({}, replies("hi"));
    expect((await bridge.answer(from, to))["model"]).toBe(model);
    expect(assembled(from, await bridge.parts(from, to))["model"]).toBe(model);
  });
});

describe("the id of a translated stream", () => {
  it("is its own although the vendor sends an event before the one with the id", async () => {
    const events: readonly JsonObject[] = [
      { type: "ping" },
      { type: "message_start", message: { id: "msg_same", model: "m", content: [], usage: { input_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "hi" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ];
    const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
    bridge.upstream.script({}, { body, headers: { "content-type": "text/event-stream" } });
    for (const from of ["chat", "responses"] as const) {
      const { id } = assembled(from, await bridge.parts(from, "messages"));
      expect(id).toMatch(/^(?:chatcmpl-|resp_)same_\w+$/u);
    }
  });
});

describe("reasoning across wires", () => {
  const targets: HttpVendor["targets"] = { responses: () => ({ reasoning: true }) };
  const secret = { id: "call_0123456789abcdefghij", name: "weather", arguments: '{"city":"Zürich"}' };

  it.each(["chat", "messages"].flatMap((from) => [false, true].map((stream) => [from, stream] as const)))(
    "comes back to the vendor of responses that made it, from a caller of %s: streamed %s",
    async (caller, stream) => {
      const from = caller as "chat" | "messages";
      const options = { vendor: { targets } };
      bridge.upstream.script({}, callsTools([secret], { reasoning: "It may rain." }));
      const first = stream
        ? assembled(from, await bridge.parts(from, "responses", options))
        : await bridge.answer(from, "responses", options);
      await bridge.call(from, "responses", { ...options, request: turns[from](first) });
      const { input } = bridge.upstream.calls.at(-1)!.body as { readonly input: readonly JsonObject[] };
      expect(input.map(({ type }) => type)).toEqual(["message", "reasoning", "function_call", "function_call_output"]);
      expect(input[1]).toMatchObject({ encrypted_content: "c2VhbGVk", summary: [{ text: "It may rain." }] });
    },
  );

  it("does not go to another account of the vendor", async () => {
    const options = { vendor: { targets } };
    bridge.upstream.script({}, callsTools([secret], { reasoning: "It may rain." }));
    for (const from of ["chat", "messages"] as const) {
      const first = await bridge.answer(from, "responses", options);
      const deployment = bridge.deployment();
      const connection = { ...deployment.connection, apiKey: new Secret("key-of-another-account") };
      const call = { deployment: { ...deployment, connection } };
      await bridge.call(from, "responses", { ...options, call, request: turns[from](first) });
      expect(JSON.stringify(bridge.upstream.calls.at(-1)?.body)).not.toContain("c2VhbGVk");
    }
  });
});
