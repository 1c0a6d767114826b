// Tests which wire a call takes, and what happens to what a translation cannot carry.
import type { JsonObject } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { failure, replies } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { httpProvider, type HttpVendor, type WireOperation } from "../src/node.js";
import { BridgeHarness, wires, requests } from "./support/bridge-harness.js";
import { wireVendor } from "./support/wire-vendor.js";

const bridge = new BridgeHarness().install();

describe("the wire of a call", () => {
  const both = { operations: { ...wireVendor("chat").operations, ...wireVendor("responses").operations } };

  it.each([
    ["chat", "chat"],
    ["responses", "responses"],
    ["messages", "responses"],
  ] as const)("is, for a caller of %s, that of the operation that loses the least: %s", async (from, to) => {
    bridge.upstream.script({}, replies("hi"));
    await bridge.call(from, "chat", { vendor: both });
    expect(bridge.upstream.calls[0]?.path).toBe(`/v1${operations[to].path}`);
  });

  it("is the one that the vendor chooses, also in place of the caller's own", async () => {
    bridge.upstream.script({}, replies("hi"));
    const asked: string[] = [];
    const wireFor: NonNullable<HttpVendor["wireFor"]> = (operation, { model }, { path }) => {
      asked.push(`${operation} ${model} ${path}`);
      return operations[operation].streams ? { operation: "responses", why: "it is better" } : undefined;
    };
    await bridge.call("chat", "chat", { vendor: { ...both, wireFor } });
    await bridge.call("messages", "chat", { vendor: { ...both, wireFor } });
    expect(bridge.upstream.calls.map(({ path }) => path)).toEqual(["/v1/responses", "/v1/responses"]);
    expect(asked).toEqual(["chat vendor-model /v1/chat/completions", "messages vendor-model /v1/responses"]);
  });

  it("is among the operations of the provider, of which one is enough for all three", () => {
    for (const wire of wires)
      expect(httpProvider(wireVendor(wire)).operations.toSorted()).toEqual(["chat", "messages", "responses"]);
    expect(httpProvider({ name: "vendor", operations: {} }).operations).toEqual([]);
  });

  it("is written for what the vendor says about its deployments", async () => {
    bridge.upstream.script({}, replies("hi"));
    const targets: HttpVendor["targets"] = {
      chat: ({ model }) => ({ limitField: "max_completion_tokens", topK: model === "vendor-model" }),
      responses: () => ({ reasoning: true }),
    };
    await bridge.call("messages", "chat", { vendor: { targets }, request: { top_k: 3 } });
    await bridge.call("messages", "responses", { vendor: { targets } });
    expect(bridge.upstream.calls[0]?.body).toMatchObject({ max_completion_tokens: 50, top_k: 3 });
    expect(bridge.upstream.calls[1]?.body).toMatchObject({ store: false, include: ["reasoning.encrypted_content"] });
  });

  it("passes through the vendor's own preparation of calls, in the words of the vendor's wire", async () => {
    bridge.upstream.script({}, replies("hi"));
    const prepare: HttpVendor["prepare"] = (prepared) => {
      const { max_tokens: _, ...request } = prepared.request as unknown as JsonObject;
      return { call: { ...prepared, request: request as never }, dropped: ["max_tokens"] };
    };
    const result = await bridge.call("responses", "chat", {
      vendor: { prepare },
      request: { metadata: { a: "b" }, zz: 1 },
    });
    expect(bridge.upstream.calls[0]?.body).not.toHaveProperty("max_tokens");
    expect(result.droppedParams).toEqual(["zz", "max_tokens"]);
  });

  it("does not get the headers of the caller, which belong to another wire", async () => {
    const seen: unknown[] = [];
    bridge.upstream.script({}, replies("hi"));
    const prepare: HttpVendor["prepare"] = (prepared) => {
      seen.push(prepared.forwardHeaders);
      return undefined;
    };
    const forwardHeaders = { "anthropic-beta": "context-management-2025-06-27" };
    await bridge.call("messages", "chat", { vendor: { prepare }, call: { forwardHeaders } });
    await bridge.call("messages", "messages", { vendor: { prepare }, call: { forwardHeaders } });
    expect(seen).toEqual([undefined, forwardHeaders]);
  });
});

describe("what a translation cannot carry", () => {
  const stops = { messages: { stop_sequences: ["END"] }, chat: { stop: ["END"] }, responses: {} };

  it("is reported as dropped, by its path, if the answer does not depend on it", async () => {
    bridge.upstream.script({}, replies("hi"));
    const marked = [{ role: "user", content: [{ type: "text", text: "hi", cache_control: { type: "ephemeral" } }] }];
    const result = await bridge.call("messages", "chat", { request: { messages: marked, zz: 1 } });
    expect(result.droppedParams).toEqual(["messages[0].content[0].cache_control", "zz"]);
    const streamed = await bridge.call("messages", "chat", { stream: true, request: { messages: marked, zz: 1 } });
    expect(streamed.droppedParams).toEqual(["messages[0].content[0].cache_control", "zz"]);
    expect(bridge.upstream.calls[0]?.body).not.toHaveProperty("zz");
  });

  it("is refused before anything is sent, with the field, if the answer could be wrong without it", async () => {
    const error = await failure(bridge.call("messages", "responses", { request: stops.messages }));
    expect(error).toMatchObject({ kind: "unsupported_params", source: "provider", param: "stop_sequences" });
    expect(error.message).toContain("drop_params");
    expect(bridge.upstream.calls).toEqual([]);
  });

  it.each([true, ["stop_sequences"], ["top_k", "stop_sequences"]])(
    "is dropped if dropParams says so: %j",
    async (dropParams) => {
      bridge.upstream.script({}, replies("hi"));
      const result = await bridge.call("messages", "responses", { request: stops.messages, call: { dropParams } });
      expect(result.droppedParams).toEqual(["stop_sequences"]);
    },
  );

  it("is refused if dropParams names another field", async () => {
    const asked = { request: { ...stops.messages, top_k: 3 }, call: { dropParams: ["stop_sequences"] } };
    expect(await failure(bridge.call("messages", "responses", asked))).toMatchObject({ param: "top_k" });
    expect(bridge.upstream.calls).toEqual([]);
  });

  it("is refused whatever dropParams says if a promise about state would break", async () => {
    const asked = { request: { previous_response_id: "resp_9" }, call: { dropParams: true } };
    const error = await failure(bridge.call("responses", "chat", asked));
    expect(error).toMatchObject({ kind: "unsupported_params", param: "previous_response_id" });
    expect(error.message).not.toContain("drop_params");
    expect(bridge.upstream.calls).toEqual([]);
  });

  it("is sent as it is if it is an allowed field", async () => {
    bridge.upstream.script({}, replies("hi"));
    const result = await bridge.call("messages", "chat", { request: { top_k: 3 }, call: { allowedParams: ["top_k"] } });
    expect(bridge.upstream.calls[0]?.body).toMatchObject({ top_k: 3 });
    expect(result.droppedParams).toBeUndefined();
  });

  it("does not bring back fields that must not be sent", async () => {
    bridge.upstream.script({}, replies("hi"));
    await bridge.call("chat", "responses", { call: { omittedFields: ["store"] } });
    expect(bridge.upstream.calls[0]?.body).not.toHaveProperty("store");
  });

  it("is read without fields of the caller that must not be sent, and reports them", async () => {
    bridge.upstream.script({}, replies("hi"));
    const call = { omittedFields: ["prompt_cache_key"] };
    const result = await bridge.call("responses", "chat", { request: { prompt_cache_key: "k" }, call });
    expect(bridge.upstream.calls[0]?.body).not.toHaveProperty("prompt_cache_key");
    expect(result.droppedParams).toEqual(["prompt_cache_key"]);
  });

  it("is an invalid request if the request cannot be read", async () => {
    const error = await failure(
      bridge.call("messages", "chat", { request: { messages: [{ role: "user", content: 7 }] } }),
    );
    expect(error).toMatchObject({ kind: "invalid_request", source: "provider", provider: "vendor" });
    expect(bridge.upstream.calls).toEqual([]);
  });

  it("is known before the call, from its fields alone", () => {
    const provider = httpProvider(wireVendor("responses"));
    const deployment = bridge.deployment();
    const fields = (from: WireOperation, request: object) =>
      provider.unsupportedFields?.(from, {
        deployment,
        model: "m",
        request: { ...requests[from], ...request } as never,
      });
    expect(fields("messages", { ...stops.messages, top_k: 3 })).toEqual(["top_k", "stop_sequences"]);
    expect(fields("chat", stops.chat)).toEqual(["stop"]);
    expect([fields("messages", {}), fields("responses", {}), fields("chat", { messages: 7 })]).toEqual([[], [], []]);
  });
});
