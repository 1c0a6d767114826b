import Anthropic, { APIError, APIUserAbortError, AuthenticationError, RateLimitError } from "@anthropic-ai/sdk";
import type { OperationName } from "@modelyard/core";
import { answers, failure, fails, type ScriptedProvider, streams, turnsUntil } from "@modelyard/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, post, sdkFetch, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";
import type { GatewayOptions } from "../src/index.js";

const hello = { model: "gpt-4", max_tokens: 10, messages: [{ role: "user" as const, content: "hi" }] };

interface Harness extends ServedGateway {
  readonly provider: ScriptedProvider;
  readonly sdk: Anthropic;
}

async function serve(
  name: keyof typeof adapters,
  options?: GatewayOptions,
  operations?: readonly OperationName[],
): Promise<Harness> {
  const { provider, gateway } = threeGroups(options, operations);
  const served = await adapters[name](gateway);
  const sdk = new Anthropic({
    apiKey: "sk-master",
    baseURL: "http://gateway.test",
    maxRetries: 0,
    fetch: sdkFetch(served.send),
  });
  return { ...served, provider, sdk };
}

describe.each(adapterNames)("Messages over %s", (name) => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await serve(name);
  });

  it("are answered at each of their paths with the model that was asked for", async () => {
    const { send } = harness;
    for (const path of ["/v1/messages?beta=true", "/v1/messages", "/messages", "/anthropic/v1/messages"]) {
      const response = await send(path, post({ ...hello, model: "four" }, { "x-litellm-call-id": "call-1" }));
      expect(response.headers.get("request-id")).toBe("call-1");
      expect(response.headers.get("x-litellm-model-group")).toBe("gpt-4");
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { type: "message", model: "four", content: [{ type: "text", text: "hello" }], stop_reason: "end_turn" },
      ]);
    }
  });

  it("work with Anthropic's SDK, plain, streamed and with tools", async () => {
    const { sdk, provider } = harness;
    const whole = await sdk.messages.create(hello);
    expect([whole.content[0], whole.model, whole.usage.output_tokens]).toMatchObject([{ text: "hello" }, "gpt-4", 6]);
    expect(whole._request_id).toEqual(expect.any(String));
    const texts: string[] = [];
    const stream = sdk.messages.stream(hello).on("text", (text) => void texts.push(text));
    const { content, stop_reason: reason, model } = await stream.finalMessage();
    expect([texts, content[0], reason, model]).toMatchObject([["hel", "lo"], { text: "hello" }, "end_turn", "gpt-4"]);
    expect(stream.request_id).toEqual(expect.any(String));
    provider.script("a", streams(['{"city":"Rome"}'], { content: "tool_call" }));
    const tools = [{ name: "tool", input_schema: { type: "object" as const } }];
    const called = await sdk.messages.stream({ ...hello, tools }).finalMessage();
    expect([called.content, called.stop_reason]).toMatchObject([
      [{ type: "tool_use", name: "tool", input: { city: "Rome" } }],
      "tool_use",
    ]);
    expect(provider.calls.at(-1)?.call.request).toMatchObject({ tools, max_tokens: 10 });
  });

  it.each([
    ["a wrong key", "/v1/messages", post(hello, { "x-api-key": "sk-wrong" }), { masterKey: "sk-master" }, 401],
    ["no key", "/v1/messages/count_tokens", post(hello), { masterKey: "sk-master" }, 401],
    ["a wrong method", "/v1/messages", { method: "PUT" }, {}, 405],
    ["an unknown path", "/v1/messages/batches", post(hello), {}, 404],
    ["an unknown model", "/v1/models/none", { headers: { "anthropic-version": "2023-06-01" } }, {}, 404],
    ["a wrong query", "/v1/models?limit=x", { headers: { "anthropic-version": "2023-06-01" } }, {}, 400],
    ["a body that is too large", "/v1/messages", post(hello), { maxRequestBytes: 1 }, 413],
    ["a body that is not JSON", "/v1/messages", { method: "POST", body: "{" }, {}, 400],
    ["an unknown encoding", "/v1/messages", post(hello, { "content-encoding": "x" }), {}, 415],
    [
      "a page of another site",
      "/v1/models",
      { headers: { "anthropic-version": "2023-06-01", "sec-fetch-site": "cross-site" } },
      {},
      403,
    ],
  ] as const)(
    "have a request id in the header and the body of the error for %s",
    async (_, path, init, options, status) => {
      const { send } = await serve(name, options);
      const response = await send(path, init);
      const id = response.headers.get("request-id");
      expect(id).toMatch(/^[\w-]{8,}$/u);
      expect([response.headers.get("x-litellm-call-id"), response.status, await response.json()]).toMatchObject([
        id,
        status,
        { type: "error", request_id: id },
      ]);
    },
  );

  it("end with message_stop also if the vendor omits it, and without [DONE]", async () => {
    const { send, provider } = harness;
    for (const done of [true, false]) {
      provider.script("a", streams(["one"], { done }));
      const response = await send("/v1/messages", post({ ...hello, stream: true }));
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      expect(response.headers.get("request-id")).toBe(response.headers.get("x-litellm-call-id"));
      const types = [...(await response.text()).matchAll(/^event: (?<type>\w+)$/gmu)].map(
        ({ groups }) => groups?.["type"],
      );
      expect(types).toEqual([
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ]);
    }
  });

  it("report a failure in a stream as Anthropic does, without message_stop", async () => {
    const { send, sdk, provider } = harness;
    provider.script("a", streams(["one ", "two"], { failAfter: 1, failKind: "overloaded" }));
    const text = await (await send("/v1/messages", post({ ...hello, stream: true }))).text();
    expect(text).toContain('"text":"one "');
    const last = text.trimEnd().split("\n\n").at(-1);
    expect(last).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error",/u);
    expect(text).not.toMatch(/message_stop|\[DONE\]/u);
    const thrown = await failure<APIError>(sdk.messages.stream(hello).finalMessage());
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown.type).toBe("overloaded_error");
  });

  it("fail with the statuses, types and headers of Anthropic", async () => {
    const { send, sdk, provider } = harness;
    provider.script("*", fails("rate_limit", { retryAfterMs: 90_500 }));
    const limited = await failure<RateLimitError>(sdk.messages.create({ ...hello, model: "other" }));
    expect(limited).toBeInstanceOf(RateLimitError);
    expect([limited.status, limited.type, limited.headers.get("retry-after")]).toEqual([429, "rate_limit_error", "91"]);
    expect(limited.requestID).toBe(limited.headers.get("x-litellm-call-id"));
    provider.script("*", fails("overloaded", { status: 503 }));
    const response = await send("/v1/messages", post({ ...hello, model: "other" }));
    const body = (await response.json()) as { readonly request_id: string };
    expect([response.status, body]).toMatchObject([529, { type: "error", error: { type: "overloaded_error" } }]);
    expect(body.request_id).toBe(response.headers.get("request-id"));
    provider.script("*", fails("context_window_exceeded"));
    const long = await failure<APIError>(sdk.messages.create({ ...hello, model: "other" }));
    expect([long.status, long.type]).toEqual([400, "invalid_request_error"]);
    expect((long.error as { readonly error: object }).error).toMatchObject({
      message: expect.stringMatching(/^prompt is too long: /u) as string,
    });
  });

  it.each([
    [{ ...hello, max_tokens: undefined }, 400, "max_tokens"],
    [{ ...hello, messages: [hello.messages[0], 5] }, 400, "messages[1]"],
    [{ ...hello, messages: undefined }, 400, "messages"],
    ["{", 400, "JSON"],
    [{ ...hello, model: "five" }, 404, "five"],
  ])("refuse %j in the shape of Anthropic's errors", async (body, status, named) => {
    const response = await harness.send("/v1/messages", post(body));
    expect(response.headers.get("request-id")).toEqual(expect.any(String));
    const error = { message: expect.stringContaining(named) as string };
    expect([response.status, await response.json()]).toMatchObject([status, { type: "error", error }]);
  });

  it("take the master key from x-api-key and from Authorization", async () => {
    const { send, sdk } = await serve(name, { masterKey: "sk-master" });
    expect((await sdk.messages.create(hello)).role).toBe("assistant");
    const bearer = post(hello, { authorization: "Bearer sk-master" });
    expect((await send("/v1/messages", bearer)).status).toBe(200);
    const refused = await failure(sdk.messages.create(hello, { headers: { "x-api-key": "x", authorization: "x" } }));
    expect(refused).toBeInstanceOf(AuthenticationError);
    expect(refused).toMatchObject({ type: "authentication_error" });
  });

  it("stop the call when the caller aborts", async () => {
    const { sdk, provider } = harness;
    provider.script("a", streams(["one ", "two"], { gapMs: 60_000 }));
    const stream = await sdk.messages.create({ ...hello, stream: true });
    for await (const event of stream) if (event.type === "content_block_delta") stream.controller.abort();
    await turnsUntil(() => provider.calls[0]?.cancelledAt !== undefined);
    provider.script("a", { type: "hang" });
    const controller = new AbortController();
    const call = failure(sdk.messages.create(hello, { signal: controller.signal }));
    await turnsUntil(() => provider.calls.length > 1);
    controller.abort();
    expect(await call).toBeInstanceOf(APIUserAbortError);
    await turnsUntil(() => provider.calls[1]?.cancelledAt !== undefined);
  });

  it("go on with another deployment before their first content", async () => {
    const { sdk, provider } = harness;
    provider.script("a", fails("overloaded"));
    provider.script("b", answers("from b"));
    const { data, response } = await sdk.messages.create(hello).withResponse();
    expect([data.content[0], data.model]).toMatchObject([{ text: "from b" }, "gpt-4"]);
    expect(response.headers.get("x-litellm-attempted-fallbacks")).toBe("1");
  });
});

const { max_tokens: _, ...counted } = hello;
const once = { headers: { "x-litellm-num-retries": "0" } };

describe.each(adapterNames)("the count of tokens over %s", (name) => {
  it("is that of the vendor, with the headers of a call", async () => {
    const { sdk, provider } = await serve(name);
    const { data, response } = await sdk.messages.countTokens(counted).withResponse();
    expect(data).toEqual({ input_tokens: 4 });
    expect(provider.calls.map(({ operation }) => operation)).toEqual(["messages_count_tokens"]);
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
    expect(response.headers.get("x-modelyard-estimated")).toBeNull();
  });

  it("is that of another deployment, and an estimate once all have failed", async () => {
    const { sdk, provider } = await serve(name);
    provider.script("a", fails("internal_server"));
    const other = await sdk.messages.countTokens(counted, once).withResponse();
    expect([other.data.input_tokens, other.response.headers.get("x-litellm-model-id")]).toEqual([4, "b"]);
    provider.script("b", fails("overloaded"));
    const estimate = await sdk.messages.countTokens(counted, once).withResponse();
    expect(estimate.response.headers.get("x-modelyard-estimated")).toBe("input_tokens");
    expect(estimate.response.headers.get("x-litellm-call-id")).toEqual(expect.any(String));
    expect(estimate.data.input_tokens).toBeGreaterThan(4);
  });

  it("is not an estimate if the vendor says that the request is wrong", async () => {
    const { sdk, provider } = await serve(name);
    provider.script("*", fails("bad_request"));
    expect(await failure(sdk.messages.countTokens(counted, once))).toMatchObject({ status: 400 });
  });

  it("is an estimate where no deployment can count", async () => {
    const { sdk, send, provider } = await serve(name, {}, ["chat", "messages"]);
    const short = await sdk.messages.countTokens(counted);
    const long = await sdk.messages.countTokens({ ...counted, system: "word ".repeat(400) });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 200);
    for (const path of ["/messages/count_tokens", "/anthropic/v1/messages/count_tokens"])
      expect(await (await send(path, post(hello))).json()).toEqual(short);
    expect(provider.calls).toEqual([]);
  });

  it("is not an estimate for a model that does not exist", async () => {
    const { sdk } = await serve(name);
    expect(await failure(sdk.messages.countTokens({ ...counted, model: "unknown" }))).toMatchObject({ status: 404 });
  });

  it.each([
    [{ model: "gpt-4" }, 400, "messages"],
    [{ model: "gpt-4", messages: [5] }, 400, "messages[0]"],
    ["", 400, "empty"],
    ["x".repeat(10_001), 413, "10000"],
  ])("is refused for %j as Anthropic would", async (body, status, named) => {
    const response = await (await serve(name)).send("/v1/messages/count_tokens", post(body));
    const error = { message: expect.stringContaining(named) as string };
    expect([response.status, await response.json()]).toMatchObject([status, { type: "error", error }]);
  });

  it("needs the master key", async () => {
    const { send } = await serve(name, { masterKey: "sk-master" });
    expect((await send("/v1/messages/count_tokens", post(hello))).status).toBe(401);
  });
});
