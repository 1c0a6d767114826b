import { answers, fails, type ScriptedProvider, streams } from "@modelyard/testing";
import OpenAI from "openai";
import { beforeEach, describe, expect, it } from "vitest";
import { adapterNames, adapters, post, type ServedGateway } from "./support/adapters.js";
import { hello, threeGroups } from "./support/three-groups.js";

describe.each(adapterNames)("gateway over %s", (name) => {
  let provider: ScriptedProvider;
  let send: ServedGateway["send"];
  beforeEach(async () => {
    const built = threeGroups();
    ({ provider } = built);
    ({ send } = await adapters[name](built.gateway));
    provider.script("*", answers("hello"));
  });

  it.each([
    "/v1/chat/completions",
    "/chat/completions",
    "/engines/gpt-4/chat/completions",
    "/openai/deployments/gpt-4/chat/completions?api-version=1",
  ])("answers at %s with the headers that say who served", async (path) => {
    const response = await send(path, post(hello, { "x-litellm-call-id": "call-1" }));
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-litellm-model-id": "a",
      "x-litellm-model-group": "gpt-4",
      "x-litellm-attempted-retries": "0",
      "x-litellm-attempted-fallbacks": "0",
      "x-litellm-call-id": "call-1",
      "x-request-id": "call-1",
    });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: "hello" } }] });
  });

  it.each([10, 4_500])("passes on %i characters unchanged, also in a retry", async (length) => {
    provider.script("a", fails("internal_server"), answers("hello"));
    const body = `{"model": "gpt-4", "seed": 12345678901234567890, "messages": [{"role": "user", "content": "${"\u00E9".repeat(length)}"}]}`;
    expect((await send("/v1/chat/completions", post(body))).status).toBe(200);
    const texts = provider.calls
      .slice(-2)
      .map(({ call: { requestText: text } }) => (typeof text === "object" ? text.text() : text));
    expect(texts).toEqual([body, body]);
  });

  it("says in the headers that it fell back", async () => {
    provider.script("a", fails("internal_server"));
    const response = await send("/v1/chat/completions", post({ ...hello, num_retries: 0 }));
    expect(response.headers.get("x-litellm-attempted-fallbacks")).toBe("1");
    expect(response.headers.get("x-litellm-model-group")).toBe("other");
  });

  it("streams events and ends with [DONE]", async () => {
    provider.script("a", streams(["one ", "two"]));
    const response = await send("/v1/chat/completions", post({ ...hello, stream: true }));
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("x-litellm-model-id")).toBe("a");
    const text = await response.text();
    expect(text).toContain('"content":"one "');
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  it("ends a broken stream with an error event and without [DONE]", async () => {
    provider.script("a", streams(["one ", "two"], { failAfter: 1 }));
    const text = await (await send("/v1/chat/completions", post({ ...hello, stream: true }))).text();
    const last = text.trimEnd().split("\n\n").at(-1) ?? "";
    expect(JSON.parse(last.slice(6))).toMatchObject({ error: { type: "server_error", source: "provider" } });
    expect(text).not.toContain("[DONE]");
  });

  it("passes on an error with its status, body, headers and Retry-After", async () => {
    provider.script("*", fails("rate_limit", { retryAfterMs: 90_500 }));
    const response = await send("/v1/chat/completions", post({ ...hello, model: "other", num_retries: 0 }));
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("91");
    expect(response.headers.get("retry-after-ms")).toBe("90500");
    expect(response.headers.has("x-should-retry")).toBe(false);
    expect(response.headers.get("x-request-id")).toBe(response.headers.get("x-litellm-call-id"));
    expect(response.headers.get("x-litellm-model-id")).toBe("b");
    expect(await response.json()).toMatchObject({ error: { type: "rate_limit_error", code: "rate_limit_exceeded" } });
  });

  it("asks clients not to retry when the quota is used up", async () => {
    provider.script("*", fails("quota_exhausted"));
    const response = await send("/v1/chat/completions", post({ ...hello, model: "other", num_retries: 0 }));
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([429, "false"]);
  });

  it.each([
    ["bad JSON", "/v1/chat/completions", post("{nope"), 400],
    ["an empty body", "/v1/chat/completions", post(""), 400],
    ["no object", "/v1/chat/completions", post("[1]"), 400],
    ["no model", "/v1/chat/completions", post({ messages: [] }), 400],
    ["no messages", "/v1/chat/completions", post({ model: "gpt-4" }), 400],
    ["an unknown model", "/v1/chat/completions", post({ ...hello, model: "gpt-5" }), 404],
    ["an unknown route", "/v1/chat/completion", post(hello), 404],
    ["the wrong method", "/v1/chat/completions", { method: "GET" }, 405],
    ["a body over the limit", "/v1/chat/completions", post({ ...hello, user: "x".repeat(20_000) }), 413],
    ["an unsupported encoding", "/v1/chat/completions", post(hello, { "content-encoding": "compress" }), 415],
    ["a bad header", "/v1/chat/completions", post(hello, { "x-litellm-timeout": "soon" }), 400],
    [
      "a connection of the client's own",
      "/v1/chat/completions",
      post({ ...hello, api_base: "http://evil.example" }),
      400,
    ],
  ] as const)("refuses %s", async (_, path, init, status) => {
    const response = await send(path, init);
    expect(response.status).toBe(status);
    for (const header of ["x-litellm-call-id", "x-request-id"]) expect(response.headers.has(header)).toBe(true);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) as unknown } });
  });

  it("refuses a body that is not UTF-8", async () => {
    const response = await send("/v1/chat/completions", {
      method: "POST",
      body: new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]),
    });
    expect(response.status).toBe(400);
  });

  it("treats prototype keys and deep nesting as plain data", async () => {
    const deep = `${"[".repeat(150)}${"]".repeat(150)}`;
    const body = `{"model":"gpt-4","messages":[],"__proto__":{"polluted":true},"constructor":1,"x":${deep}}`;
    expect((await send("/v1/chat/completions", post(body))).status).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["200 levels deep", `{"model":"gpt-4","messages":[],"x":${"[".repeat(3_000)}${"]".repeat(3_000)}}`],
    [
      "1000 keys",
      `{"model":"gpt-4","messages":[],${Array.from({ length: 999 }, (_, at) => `"k${String(at)}":1`).join(",")}}`,
    ],
  ])("refuses a body that no provider accepts, and names the bound: %s", async (bound, body) => {
    const before = provider.calls.length;
    for (const path of ["/v1/chat/completions", "/v1/engines/gpt-4/chat/completions"]) {
      const answer = await send(path, post(body));
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(bound)]);
    }
    expect(provider.calls).toHaveLength(before);
  });

  it("lists models with visible aliases, but without hidden ones", async () => {
    const { data } = (await (await send("/v1/models")).json()) as { data: { id: string }[] };
    expect(data.map((entry) => entry.id)).toEqual(["gpt-4", "other", "wild/*", "four"]);
    expect((await send("/v1/models/four")).status).toBe(200);
    expect((await send("/v1/models/five")).status).toBe(404);
    expect((await send("/v1/models/secretly")).status).toBe(404);
  });

  it.each(["/v1/models/wild/one", "/models/wild%2Fone"])(
    "shows a model that only a pattern covers: %s",
    async (path) => {
      const answer = await send(path);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({
        id: "wild/one",
        object: "model",
        created: 0,
        owned_by: "modelyard",
        root: "wild/*",
      });
    },
  );

  it("answers requests for its health and state", async () => {
    for (const path of ["/health/liveliness", "/health/liveness", "/health/readiness", "/health"])
      expect((await send(path)).status).toBe(200);
    expect(await (await send("/router/state")).json()).toMatchObject({
      groups: [{ name: "gpt-4", deployments: [{ id: "a", health: "healthy" }] }, {}, {}],
    });
  });

  it("serves OpenAI's SDK", async () => {
    provider.script("a", answers("hello"), streams(["one ", "two"]));
    const client = new OpenAI({
      apiKey: "any",
      baseURL: "http://gateway/v1",
      maxRetries: 0,
      fetch: (url, init) => send(new URL(url as string).pathname, init),
    });
    const answer = await client.chat.completions.create({
      model: "gpt-4",
      messages: [{ role: "user", content: "hi" }],
    });
    expect(answer.choices[0]?.message.content).toBe("hello");
    let text = "";
    for await (const chunk of await client.chat.completions.create({
      model: "gpt-4",
      stream: true,
      messages: [{ role: "user", content: "hi" }],
    })) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("one two");
  });
});
