import { inspect } from "node:util";
import { createRouter } from "@modelyard/router";
import { breaks, failure, refuses, replies, specialErrors, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bytesOf, callOf, deployment, replay } from "./support/replay.js";
import { anthropic } from "../src/anthropic.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const request = { model: "claude", messages: [{ role: "user", content: "hi" }] } as const;
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "Tells it",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
} as const;

function router(suffix = "") {
  return createRouter({
    providers: [anthropic()],
    numRetries: 0,
    modelList: [
      {
        modelName: "claude",
        model: "anthropic/claude-2",
        apiKey: "sk-ant-canary-key",
        apiBase: `${upstream.url("a")}${suffix}`,
      },
    ],
  });
}

describe("anthropic", () => {
  it.each(["", "/", "/v1", "/v1/"])(
    "sends one message to %s with its own headers, and answers in OpenAI's words",
    async (suffix) => {
      const answer = await router(suffix).completion(request);
      expect(answer).toMatchObject({
        object: "chat.completion",
        choices: [{ message: { role: "assistant", content: "Hello from upstream" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 },
      });
      const [call] = upstream.calls;
      expect(call?.path).toBe("/a/v1/messages");
      expect(call?.headers).toMatchObject({ "x-api-key": "sk-ant-canary-key", "anthropic-version": "2023-06-01" });
      expect(call?.body).toEqual({
        model: "claude-2",
        max_tokens: 4_096,
        messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      });
    },
  );

  it.each([undefined, 1, 5])("streams text in OpenAI's chunks (pieces of %s bytes)", async (splitBytes) => {
    upstream.script({}, replies("naïve 日本 text", splitBytes === undefined ? {} : { splitBytes }));
    const stream = await router().completion({ ...request, stream: true, stream_options: { include_usage: true } });
    let text = "";
    const reasons: unknown[] = [];
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      if (chunk.choices[0]?.finish_reason != null) reasons.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("naïve 日本 text");
    expect(reasons).toEqual(["stop"]);
    expect(usage).toMatchObject({ total_tokens: 21 });
  });

  it("translates parallel tool calls, whole and streamed", async () => {
    const toolCalls = [
      { id: "call_1", name: "weather", arguments: '{"city":"Bern"}' },
      { id: "call_2", name: "weather", arguments: '{"city":"Ulm"}' },
    ];
    upstream.script({}, { toolCalls });
    const tools = [weather];
    const answer = await router().completion({ ...request, tools });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "tool_calls", message: { content: null } });
    expect(answer.choices[0]?.message.tool_calls?.map((call) => [call.id, call.function.arguments])).toEqual(
      toolCalls.map((call) => [call.id, call.arguments]),
    );
    const built = new Map<number, string>();
    for await (const chunk of await router().completion({ ...request, tools, stream: true })) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? [])
        built.set(call.index, (built.get(call.index) ?? "") + (call.function?.arguments ?? ""));
    }
    expect([...built.values()]).toEqual(toolCalls.map((call) => call.arguments));
  });

  it("serves text completions", async () => {
    const answer = await router().textCompletion({ model: "claude", prompt: "Say hello" });
    expect(answer).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Hello from upstream", finish_reason: "stop" }],
    });
    let text = "";
    for await (const chunk of await router().textCompletion({ model: "claude", prompt: "Say hello", stream: true }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).toBe("Hello from upstream");
  });

  it("refuses embeddings", async () => {
    const error = await failure(router().embedding({ model: "claude", input: "x" }));
    expect(error).toMatchObject({ kind: "bad_request", code: "no_deployment_fits", status: 404 });
    expect(error.message).toContain("anthropic does not serve /embeddings");
  });

  it.each([
    [400, "bad_request", 400],
    [401, "authentication", 401],
    [402, "quota_exhausted", 402],
    [403, "permission_denied", 403],
    [404, "not_found", 404],
    [413, "payload_too_large", 413],
    [429, "rate_limit", 429],
    [500, "internal_server", 500],
    [503, "service_unavailable", 503],
    [504, "timeout", 504],
    [529, "overloaded", 503],
  ] as const)("maps %i to %s with status %i", async (status, kind, shown) => {
    upstream.script({}, refuses(status, { headers: { "retry-after": "7" } }));
    expect(await failure(router().completion(request))).toMatchObject({
      kind,
      status: shown,
      retryAfterMs: 7_000,
      upstream: { status },
    });
  });

  it.each([
    ["contextWindow", "context_window_exceeded"],
    ["contentPolicy", "content_policy_violation"],
    ["quota", "quota_exhausted"],
  ] as const)("recognizes %s by its wording", async (special, kind) => {
    upstream.script({}, refuses(400, { body: specialErrors[special].anthropic }));
    expect((await failure(router().completion(request))).kind).toBe(kind);
  });

  it("never shows a key that the vendor quotes", async () => {
    upstream.script(
      {},
      refuses(401, {
        body: '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key sk-ant-canary-key"}}',
      }),
    );
    expect((await failure(router().completion(request))).message).not.toContain("canary");
  });

  it.each(["error_in_200", "truncated_json", "wrong_content_type", "reset_after_headers"] as const)(
    "fails a plain call on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      expect((await failure(router().completion(request))).source).toBe("provider");
    },
  );

  it.each(["truncated_stream", "malformed_event", "error_event_after_content", "reset_mid_stream"] as const)(
    "throws in the stream on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      const stream = await router().completion({ ...request, stream: true });
      const read = async (): Promise<void> => {
        for await (const chunk of stream) expect(chunk.object).toBe("chat.completion.chunk");
      };
      expect((await failure(read())).source).toBe("provider");
    },
  );

  it("needs a key", () => {
    expect(() =>
      createRouter({ providers: [anthropic()], modelList: [{ modelName: "c", model: "claude-2" }] }),
    ).toThrow("ANTHROPIC_API_KEY");
  });
});

describe("a stream that breaks", () => {
  it("reports the tokens of its prompt from its beginning", async () => {
    const usage = { prompt_tokens: 5_000, completion_tokens: 9, total_tokens: 5_009 };
    upstream.script({}, breaks("reset_mid_stream", { text: "one two three four", usage }));
    const stream = await router().completion({ ...request, stream: true });
    const broke = await failure(
      (async () => {
        for await (const chunk of stream) expect(chunk.object).toBe("chat.completion.chunk");
      })(),
    );
    expect(broke.usage).toMatchObject({ prompt_tokens: 5_000, estimated: true });
  });

  it("is continued by another deployment, as the guide shows", async () => {
    const one = (host: string) =>
      ({
        modelName: "claude",
        model: "anthropic/claude-sonnet-4-5",
        apiKey: "k",
        apiBase: upstream.url(host),
        order: host === "a" ? 1 : 2,
      }) as const;
    const carried = createRouter({
      providers: [anthropic()],
      midStreamFallback: "continue",
      modelList: [one("a"), one("b")],
    });
    upstream.script({ host: "a" }, breaks("reset_mid_stream", { text: "one two three four" }));
    upstream.script({ host: "b" }, replies("and the rest"));
    let text = "";
    for await (const chunk of await carried.completion({ ...request, stream: true }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toMatch(/^one .*and the rest$/u);
    const asked = upstream.calls.find((call) => call.host === "b")?.body["messages"] as { role: string }[] | undefined;
    expect(asked?.at(-1)?.role).toBe("assistant");
  });
});

describe("one call", () => {
  const message = {
    id: "msg_1",
    model: "claude-x",
    content: [{ type: "text", text: "ok" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 2 },
  };
  const answering = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    replay({ headers: { "content-type": "application/json", ...headers }, pieces: [bytesOf(JSON.stringify(body))] });

  it("reports the vendor's id, its limits and what was dropped", async () => {
    const transport = answering(message, {
      "request-id": "req_1",
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:30Z",
      "anthropic-ratelimit-input-tokens-limit": "40000",
      "anthropic-ratelimit-input-tokens-remaining": "39000",
    });
    expect(await anthropic({ transport }).call("chat", callOf({ seed: 1 }, { dropParams: true }))).toMatchObject({
      requestId: "req_1",
      rateLimit: {
        requests: { limit: 50, remaining: 49, resetMs: 30_000 },
        tokens: { limit: 40_000, remaining: 39_000 },
      },
      droppedParams: ["seed"],
    });
  });

  it("sends the provider's defaults if the deployment has none", async () => {
    const transport = answering(message);
    const provider = anthropic({
      transport,
      apiKey: "sk-ant-default",
      baseUrl: "https://x.example/v1",
      apiVersion: "2026-10-21",
      maxTokens: 7,
    });
    await provider.call("chat", callOf({}, { deployment: deployment({}, { apiKey: undefined }) }));
    expect(transport.requests[0]).toMatchObject({
      origin: "https://x.example",
      path: "/v1/messages",
      headers: { "x-api-key": "sk-ant-default", "anthropic-version": "2026-10-21" },
    });
    expect(JSON.parse(String(transport.requests[0]?.body))).toMatchObject({ max_tokens: 7 });
  });

  it.each([
    ["no message", {}],
    ["no message", { ...message, usage: undefined }],
    ["without content", { ...message, content: [], stop_reason: null }],
    ["an unexpected shape", { ...message, content: [null] }],
  ])("fails on %s with a good status", async (problem, body) => {
    const error = await failure(anthropic({ transport: answering(body) }).call("chat", callOf({})));
    expect(error).toMatchObject({ kind: "invalid_response", source: "provider" });
    expect(error.message).toContain(problem);
  });

  it("does not quote a body that it cannot read", async () => {
    const transport = replay({ pieces: [bytesOf("my key is sk-canary")] });
    const error = await failure(anthropic({ transport }).call("chat", callOf({})));
    expect(error).toMatchObject({ kind: "invalid_response" });
    expect(inspect(error)).not.toContain("sk-canary");
  });

  it("refuses an answer that exceeds the bound", async () => {
    const transport = answering({});
    const send: typeof transport.send = async (asked) => ({
      ...(await transport.send(asked)),
      bytes: (limit = 0) => Promise.resolve(new Uint8Array(limit + 1)),
    });
    const error = await failure(anthropic({ transport: { ...transport, send } }).call("chat", callOf({})));
    expect(error).toMatchObject({ kind: "invalid_response" });
    expect(error.message).toContain("an answer of more than 256 MB");
  });

  it("returns an empty answer if the model says nothing", async () => {
    const result = await anthropic({ transport: answering({ ...message, content: [] }) }).call("chat", callOf({}));
    expect(result).toMatchObject({ value: { choices: [{ message: { content: "" }, finish_reason: "stop" }] } });
  });

  it("sends neither a request that it refuses nor one that was aborted", async () => {
    const transport = answering(message);
    const provider = anthropic({ transport });
    const refused = [
      [callOf({ logprobs: true }), "unsupported_params"],
      [callOf({ messages: [] }), "invalid_request"],
      [callOf({}, { deployment: deployment({}, { baseUrl: "nowhere" }) }), "bad_request"],
    ] as const;
    for (const [call, kind] of refused)
      expect(await failure(provider.call("chat", call))).toMatchObject({
        kind,
        source: "provider",
        provider: "anthropic",
      });
    const call = callOf({});
    call.cancellation.cancel(new Error("called off"));
    await expect(provider.call("chat", call)).rejects.toThrow("called off");
    expect(transport.requests).toEqual([]);
  });

  it.each([
    [["a", "b"], "unsupported_params"],
    [[1, 2], "unsupported_params"],
    ["", "invalid_request"],
  ])("refuses the prompt %j", async (prompt, kind) => {
    const error = await failure(
      anthropic({ transport: answering(message) }).call("text_completion", callOf({ prompt })),
    );
    expect(error).toMatchObject({ kind, param: "prompt" });
  });

  it("does not change the request", async () => {
    const frozen = Object.freeze({
      messages: Object.freeze([Object.freeze({ role: "assistant", content: "a " })]),
      stop: Object.freeze(["x"]),
    });
    await anthropic({ transport: answering(message) }).call("chat", callOf(frozen));
    expect(frozen).toEqual({ messages: [{ role: "assistant", content: "a " }], stop: ["x"] });
  });
});

describe("options of anthropic()", () => {
  it.each([
    [{ maxToken: 5 }, 'anthropic.maxToken: unknown option. Did you mean "maxTokens"?'],
    [{ maxTokens: 0 }, "anthropic.maxTokens: it must be a whole number, 1 or more (got 0)."],
    [{ baseURL: "https://x.example" }, 'Did you mean "baseUrl"?'],
  ])("are refused if they cannot work: %j", (options: object, message) => {
    expect(() => anthropic(options)).toThrow(message);
  });
});
