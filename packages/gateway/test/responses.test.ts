import type { JsonObject, OperationName } from "@modelyard/core";
import { failure, fails, hangs, type ScriptedProvider, streams, turnsUntil } from "@modelyard/testing";
import OpenAI, { APIError, APIUserAbortError, AuthenticationError, NotFoundError, RateLimitError } from "openai";
import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, post, sdkFetch, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";
import type { GatewayOptions } from "../src/index.js";

const hello = { model: "gpt-4", input: "hi" };
const once = { headers: { "x-litellm-num-retries": "0" } };

interface Harness extends ServedGateway {
  readonly provider: ScriptedProvider;
  readonly sdk: OpenAI;
}

async function serve(
  name: keyof typeof adapters,
  options?: GatewayOptions,
  operations?: readonly OperationName[],
): Promise<Harness> {
  const { provider, gateway } = threeGroups(options, operations);
  const served = await adapters[name](gateway);
  const sdk = new OpenAI({
    apiKey: "sk-master",
    baseURL: "http://gateway.test/v1",
    maxRetries: 0,
    fetch: sdkFetch(served.send),
  });
  return { ...served, provider, sdk };
}

function eventsIn(text: string): readonly JsonObject[] {
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("event: "))
    .map((event) => {
      const data = JSON.parse(event.slice(event.indexOf("\ndata: ") + 7)) as JsonObject;
      expect(event).toMatch(new RegExp(`^event: ${String(data["type"])}\ndata: `, "u"));
      return data;
    });
}

describe.each(adapterNames)("Responses over %s", (name) => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await serve(name);
  });

  it("are answered at each of their paths", async () => {
    const { send } = harness;
    for (const path of ["/v1/responses", "/responses", "/openai/v1/responses", "/openai/responses?api-version=1"]) {
      const response = await send(path, post(hello, { "x-litellm-call-id": "call-1" }));
      expect(response.headers.get("x-request-id")).toBe("call-1");
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { object: "response", status: "completed", output: [{ type: "message", content: [{ text: "hello" }] }] },
      ]);
    }
  });

  it("work with OpenAI's SDK, plain, streamed and with tools", async () => {
    const { sdk, provider } = harness;
    const whole = await sdk.responses.create(hello);
    expect([whole.output_text, whole.usage?.output_tokens]).toEqual(["hello", 6]);
    expect(whole._request_id).toEqual(expect.any(String));
    const stream = sdk.responses.stream(hello);
    const deltas: string[] = [];
    const streamed = await stream
      .on("response.output_text.delta", ({ delta }) => void deltas.push(delta))
      .finalResponse();
    expect([deltas, streamed.output_text, streamed.status]).toEqual([["hel", "lo"], "hello", "completed"]);
    provider.script("a", streams(['{"city":"Rome"}'], { content: "tool_call" }));
    const tools = [{ type: "function" as const, name: "tool", parameters: { type: "object" }, strict: false }];
    const called = await sdk.responses.stream({ ...hello, tools }).finalResponse();
    expect(called.output).toMatchObject([{ type: "function_call", name: "tool", arguments: '{"city":"Rome"}' }]);
    expect(provider.calls.at(-1)?.call.request).toMatchObject({ tools, input: "hi" });
  });

  it("stream numbered events in their order, and end with response.completed", async () => {
    const response = await harness.send("/v1/responses", post({ ...hello, stream: true }));
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const text = await response.text();
    const events = eventsIn(text);
    expect(events.map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(text).not.toContain("[DONE]");
  });

  it.each([
    ["overloaded", "server_error"],
    ["service_unavailable", "server_error"],
    ["internal_server", "server_error"],
    ["rate_limit", "rate_limit_exceeded"],
    ["quota_exhausted", "insufficient_quota"],
    ["context_window_exceeded", "context_length_exceeded"],
  ] as const)("report %s in a stream as response.failed with the code %s", async (kind, code) => {
    const { send, sdk, provider } = harness;
    provider.script("*", streams(["one ", "two"], { failAfter: 1, failKind: kind }));
    const events = eventsIn(await (await send("/v1/responses", post({ ...hello, stream: true }))).text());
    const [created] = events;
    const [error, failed] = events.slice(-2);
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(error).toMatchObject({ type: "error", message: "scripted mid-stream failure" });
    expect(failed).toEqual({
      type: "response.failed",
      sequence_number: events.length - 1,
      response: {
        ...(created?.["response"] as JsonObject),
        status: "failed",
        error: { code, message: "scripted mid-stream failure" },
        output: [],
      },
    });
    const thrown = await failure<APIError>(sdk.responses.stream(hello).finalResponse());
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown.message).toContain("scripted mid-stream failure");
  });

  it("fail with the statuses, codes and headers of OpenAI", async () => {
    const { sdk, provider } = harness;
    provider.script("*", fails("rate_limit", { retryAfterMs: 90_500 }));
    const limited = await failure<RateLimitError>(sdk.responses.create({ ...hello, model: "other" }));
    expect(limited).toBeInstanceOf(RateLimitError);
    expect([limited.code, limited.headers.get("retry-after")]).toEqual(["rate_limit_exceeded", "91"]);
    provider.script("*", fails("overloaded"));
    expect(await failure(sdk.responses.create({ ...hello, model: "other" }))).toMatchObject({ status: 503 });
    provider.script("*", fails("context_window_exceeded"));
    expect(await failure(sdk.responses.create({ ...hello, model: "other" }))).toMatchObject({
      status: 400,
      code: "context_length_exceeded",
    });
  });

  it.each(["rate_limit", "quota_exhausted"] as const)(
    "say in every 429 when to try again, also if nobody knows: %s",
    async (kind) => {
      harness.provider.script("*", fails(kind));
      const response = await harness.send("/v1/responses", post({ ...hello, model: "other", num_retries: 0 }));
      expect([response.status, response.headers.get("retry-after")]).toEqual([429, "5"]);
    },
  );

  it.each([
    [{ model: "gpt-4" }, 400, "input"],
    [{ ...hello, input: [5] }, 400, "input[0]"],
    ["{", 400, "JSON"],
    [{ ...hello, model: "five" }, 404, "five"],
  ])("refuse %j in the shape of OpenAI's errors", async (body, status, named) => {
    const response = await harness.send("/v1/responses", post(body));
    const error = { message: expect.stringContaining(named) as string };
    expect([response.status, await response.json()]).toMatchObject([status, { error }]);
  });

  it("need the master key", async () => {
    const { sdk, send } = await serve(name, { masterKey: "sk-master" });
    expect((await sdk.responses.create(hello)).output_text).toBe("hello");
    expect((await send("/v1/responses", post(hello, { "api-key": "sk-master" }))).status).toBe(200);
    expect(await failure(sdk.withOptions({ apiKey: "x" }).responses.create(hello))).toBeInstanceOf(AuthenticationError);
  });

  it("stop the call when the caller aborts", async () => {
    const { sdk, provider } = harness;
    provider.script("a", streams(["one ", "two"], { gapMs: 60_000 }));
    const stream = await sdk.responses.create({ ...hello, stream: true });
    for await (const { type } of stream) if (type === "response.output_text.delta") stream.controller.abort();
    await turnsUntil(() => provider.calls[0]?.cancelledAt !== undefined);
    provider.script("a", hangs());
    const controller = new AbortController();
    const call = failure(sdk.responses.create(hello, { signal: controller.signal }));
    await turnsUntil(() => provider.calls.length > 1);
    controller.abort();
    expect(await call).toBeInstanceOf(APIUserAbortError);
    await turnsUntil(() => provider.calls[1]?.cancelledAt !== undefined);
  });

  it("that no vendor stores are not found", async () => {
    const { sdk, send } = harness;
    const calls = [
      sdk.responses.retrieve("resp_1"),
      sdk.responses.delete("resp_1"),
      sdk.responses.cancel("resp_1"),
      sdk.responses.inputItems.list("resp_1"),
    ];
    const errors = await Promise.all(calls.map((call) => failure<NotFoundError>(call as Promise<unknown>)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(NotFoundError);
      expect(error.message).toContain("Response with id 'resp_1' not found");
    }
    expect((await send("/openai/v1/responses/resp_1")).status).toBe(404);
    expect((await send("/responses/resp_1/input_items")).status).toBe(404);
    expect(await failure(sdk.responses.retrieve("resp_1", { stream: true }))).toMatchObject({ status: 404 });
  });

  it("are compacted by their vendor, by another deployment after a failure", async () => {
    const { sdk, provider } = harness;
    provider.script("a", fails("overloaded"));
    const { data, response } = await sdk.responses.compact({ model: "gpt-4", input: "hi" }, once).withResponse();
    expect(data).toMatchObject({ object: "response.compaction", output: [{ type: "compaction" }] });
    expect(response.headers.get("x-litellm-model-id")).toBe("b");
    expect(provider.calls.map(({ operation }) => operation)).toEqual(["responses_compact", "responses_compact"]);
  });

  it("are not compacted where no deployment can do so, with an error that says why", async () => {
    const { sdk } = await serve(name, {}, ["chat", "responses"]);
    const error = await failure<APIError>(sdk.responses.compact({ model: "gpt-4", input: "hi" }));
    expect([error.status, error.code, error.type]).toEqual([404, "no_deployment_fits", "invalid_request_error"]);
    expect(error.message).toContain("does not serve /responses/compact");
    expect(await failure(sdk.responses.compact({ model: "gpt-4" }))).toMatchObject({ status: 400, param: "input" });
  });

  it("are counted by their vendor, or else estimated", async () => {
    const { sdk, provider } = harness;
    const count = () => sdk.responses.inputTokens.count({ model: "gpt-4", input: "hi" }, once).withResponse();
    expect((await count()).data).toEqual({ object: "response.input_tokens", input_tokens: 4 });
    provider.script("a", fails("not_found"));
    provider.script("b", fails("not_found"));
    const { data, response } = await count();
    expect(data).toEqual({ object: "response.input_tokens", input_tokens: expect.any(Number) as number });
    expect(response.headers.get("x-modelyard-estimated")).toBe("input_tokens");
    expect(await failure(sdk.responses.inputTokens.count({ model: "gpt-4" }))).toMatchObject({ status: 400 });
  });

  it("have no other paths", async () => {
    const response = await harness.send("/responses/resp_1/unknown");
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { code: "stored_responses_not_served" } },
    ]);
  });

  it("are not read with GET", async () => {
    const response = await harness.send("/v1/responses");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
  });
});

describe.each(adapterNames)("the headers of coding tools over %s", (name) => {
  it.each([
    ["/v1/messages", { ...hello, max_tokens: 10, messages: [{ role: "user", content: "hi" }] }],
    ["/v1/responses", hello],
  ])("are passed on with calls of %s, without credentials", async (path, body) => {
    const { send, provider } = await serve(name, { masterKey: "sk-master" });
    const forwarded = {
      "anthropic-beta": "one-2025-01-01,two-2025-01-01",
      "anthropic-version": "2023-06-01",
      "x-claude-code-session-id": "s1",
      "openai-beta": "responses=experimental",
      "x-codex-turn-metadata": '{"request_kind":"turn"}',
      "session-id": "s2",
      "thread-id": "t1",
      "x-session-affinity": "s3",
    };
    const withheld = {
      "x-api-key": "sk-master",
      "openai-organization": "org",
      "anthropic-workspace-id": "w",
      "x-session-token": "secret",
      cookie: "a=b",
      "x-other": "other",
      "user-agent": "tool/1",
    };
    expect((await send(path, post(body, { ...forwarded, ...withheld }))).status).toBe(200);
    expect(provider.calls[0]?.call.forwardHeaders).toEqual(forwarded);
    await send(path, post(body, { "x-api-key": "sk-master" }));
    expect(provider.calls[1]?.call.forwardHeaders).toBeUndefined();
  });

  it("are passed on with chats that name a session, and the session that LiteLLM's header names is an option", async () => {
    const { send, provider } = await serve(name);
    const messages = [{ role: "user", content: "hi" }];
    const session = { "x-session-affinity": "s1", "x-session-id": "s2" };
    await send("/v1/chat/completions", post({ model: "gpt-4", messages }, session));
    expect(provider.calls[0]?.call.forwardHeaders).toEqual(session);
    await send("/v1/chat/completions", post({ model: "gpt-4", messages }, { "anthropic-beta": "one", "x-other": "o" }));
    expect(provider.calls[1]?.call.forwardHeaders).toBeUndefined();
    const sent = post({ model: "gpt-4", messages }, { "x-litellm-session-id": "s3" });
    expect((await send("/v1/chat/completions", sent)).status).toBe(200);
  });
});
