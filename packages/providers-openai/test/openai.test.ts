import { Readable } from "node:stream";
import { type Deployment, type ProviderCall, Secret } from "@modelyard/core";
import { Cancellation, type StreamPart } from "@modelyard/core/kit";
import { breaks, failure, refuses, replies, specialErrors, startUpstream, type Upstream } from "@modelyard/testing";
import { createRouter } from "@modelyard/router";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { azure, openai } from "../src/factories.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const request = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] } as const;

function routerFor(host = "a") {
  return createRouter({
    providers: [openai(), azure()],
    numRetries: 0,
    modelList: [
      { modelName: "gpt-4", model: "openai/gpt-4", apiKey: "sk-secret-canary", apiBase: `${upstream.url(host)}/v1` },
      {
        modelName: "azure",
        model: "azure/my-gpt",
        apiKey: "azure-canary-key",
        apiBase: `${upstream.url("east")}/`,
        apiVersion: "2024-02-01",
      },
    ],
  });
}

async function read(
  stream: AsyncIterable<{ choices: readonly { delta: { content?: string | null } }[] }>,
): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

describe("openai", () => {
  it("sends one call with the key and the vendor's model, and returns the vendor's answer", async () => {
    const answer = await routerFor().completion(request);
    expect(answer.choices[0]?.message.content).toBe("Hello from upstream");
    expect(answer.usage?.total_tokens).toBe(21);
    expect(upstream.calls).toHaveLength(1);
    expect(upstream.calls[0]).toMatchObject({
      path: "/a/v1/chat/completions",
      body: request,
      headers: { authorization: "Bearer sk-secret-canary" },
    });
  });

  it("calls an Azure deployment with its own header and API version", async () => {
    await routerFor().completion({ ...request, model: "azure" });
    const [call] = upstream.calls;
    expect(call?.path).toBe("/east/openai/deployments/my-gpt/chat/completions?api-version=2024-02-01");
    expect(call?.headers["api-key"]).toBe("azure-canary-key");
    expect(call?.headers["authorization"]).toBeUndefined();
  });

  it("asks for the usage of a stream, and hides it from a caller who did not ask", async () => {
    const stream = await routerFor().completion({ ...request, stream: true });
    const chunks: unknown[] = [];
    let text = "";
    for await (const chunk of stream) {
      chunks.push(chunk);
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toBe("Hello from upstream");
    expect(chunks.every((chunk) => (chunk as { choices: unknown[] }).choices.length === 1)).toBe(true);
    expect(stream.routing.usage?.total_tokens).toBe(21);
    expect(upstream.calls[0]?.body["stream_options"]).toEqual({ include_usage: true });
  });

  it.each([1, 3, 7, 64])("reads events split every %i bytes, also within characters", async (splitBytes) => {
    upstream.script({}, replies('naïve 日本 "finish_reason":"stop" 🙂', { splitBytes }));
    expect(await read(await routerFor().completion({ ...request, stream: true }))).toBe(
      'naïve 日本 "finish_reason":"stop" 🙂',
    );
  });

  it("reads events that end in CRLF", async () => {
    upstream.script({}, replies("carriage returned", { crlf: true }));
    expect(await read(await routerFor().completion({ ...request, stream: true }))).toBe("carriage returned");
  });

  it.each([
    [400, "bad_request", 400],
    [401, "authentication", 401],
    [402, "quota_exhausted", 402],
    [403, "permission_denied", 403],
    [404, "not_found", 404],
    [408, "timeout", 408],
    [409, "conflict", 409],
    [413, "payload_too_large", 413],
    [422, "unprocessable_entity", 422],
    [429, "rate_limit", 429],
    [500, "internal_server", 500],
    [502, "bad_gateway", 502],
    [503, "service_unavailable", 503],
    [504, "timeout", 504],
    [529, "overloaded", 503],
  ] as const)("maps %i to %s with status %i", async (status, kind, shown) => {
    upstream.script({}, refuses(status));
    const error = await failure(routerFor().completion(request));
    expect(error).toMatchObject({ kind, status: shown, source: "provider", upstream: { status } });
  });

  it.each([
    ["contextWindow", "context_window_exceeded"],
    ["contentPolicy", "content_policy_violation"],
  ] as const)("recognizes %s by its body", async (name, kind) => {
    upstream.script({ dialect: "openai" }, refuses(400, { body: specialErrors[name].openai }));
    upstream.script({ dialect: "azure" }, refuses(400, { body: specialErrors[name].azure }));
    expect((await failure(routerFor().completion(request))).kind).toBe(kind);
    expect((await failure(routerFor().completion({ ...request, model: "azure" }))).kind).toBe(kind);
  });

  it("never shows a key that a vendor quotes", async () => {
    const body = JSON.stringify({
      error: { message: "Incorrect API key provided: sk-secret-canary, sk-secr**nary.", code: "invalid_api_key" },
    });
    upstream.script({}, refuses(401, { body }));
    const error = await failure(routerFor().completion(request));
    expect(JSON.stringify([error.message, error.toBody(), error.attempts, error])).not.toContain("sk-sec");
  });

  it.each([
    "reset_before_headers",
    "reset_after_headers",
    "truncated_json",
    "wrong_content_type",
    "error_in_200",
    "no_choices",
  ] as const)("fails a plain call on %s", async (fault) => {
    upstream.script({}, breaks(fault));
    expect((await failure(routerFor().completion(request))).source).toBe("provider");
  });

  it.each(["reset_after_headers", "error_event_before_content", "error_in_200", "wrong_content_type"] as const)(
    "fails a stream before it begins on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      expect((await failure(routerFor().completion({ ...request, stream: true }))).source).toBe("provider");
    },
  );

  it.each(["reset_mid_stream", "truncated_stream", "malformed_event", "error_event_after_content"] as const)(
    "throws in the stream on %s",
    async (fault) => {
      upstream.script({}, breaks(fault));
      // What arrives together with the fault may not have been shown yet: then the call fails before its stream begins.
      const reading = routerFor()
        .completion({ ...request, stream: true })
        .then(read);
      expect((await failure(reading)).source).toBe("provider");
    },
  );

  it("ends a stream after its end mark, even if the body does not end", async () => {
    upstream.script({}, breaks("never_closes"));
    expect(await read(await routerFor().completion({ ...request, stream: true }))).toBe("Hello from upstream");
    await upstream.idle();
    expect(upstream.calls[0]?.closedByClientAt).toBeDefined();
  });

  it.each(["hang_before_headers", "hang_before_first_token", "hang_mid_stream"] as const)(
    "stops the vendor on %s when the caller aborts",
    async (fault) => {
      upstream.script({}, breaks(fault));
      const controller = new AbortController();
      const running = failure(
        routerFor()
          .completion({ ...request, stream: true }, { signal: controller.signal })
          .then(read),
      );
      await upstream.waitForCalls(1);
      controller.abort();
      expect((await running).kind).toBe("aborted");
      await upstream.idle();
      expect(upstream.calls[0]?.closedByClientAt).toBeDefined();
    },
  );

  it.each([10, 20_000])("passes plain answers of %i characters on as they came", async (length) => {
    upstream.script({}, replies("é".repeat(length)));
    const outcome = await routerFor().execute("chat", request);
    if (outcome.kind !== "answer") throw new Error("it should be an answer");
    const { bytes } = outcome;
    expect(JSON.parse(typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes))).toEqual(outcome.value);
  });

  it("embeds and completes texts", async () => {
    const router = routerFor();
    const embedded = await router.embedding({ model: "gpt-4", input: ["one", "two"] });
    expect(embedded.data).toHaveLength(2);
    const completed = await router.textCompletion({ model: "gpt-4", prompt: "Say hello" });
    expect(completed.choices[0]?.text).toBe("Hello from upstream");
  });
});

describe("an OpenAI provider", () => {
  const deployment = (overrides: Partial<Deployment["connection"]>): Deployment =>
    ({
      id: "d",
      connection: {
        apiKey: new Secret("k"),
        baseUrl: "https://x.openai.azure.com",
        apiVersion: undefined,
        organization: undefined,
        headers: {},
        ...overrides,
      },
      settings: {},
    }) as unknown as Deployment;

  it("reports what is missing or wrong in a deployment", () => {
    expect(azure().validate?.(deployment({ baseUrl: undefined }))[0]).toContain("apiBase");
    expect(openai().validate?.(deployment({ apiKey: undefined }))[0]).toContain("OPENAI_API_KEY");
    expect(openai().validate?.(deployment({}))).toEqual([]);
    for (const make of [openai, azure])
      expect(make({ baseUrl: "not a URL" }).validate?.(deployment({ baseUrl: undefined }))[0]).toContain("valid URL");
  });

  it("refuses settings that it does not have", () => {
    const odd = { ...deployment({}), settings: { azure_ad_token: "t" } };
    expect(azure().validate?.(odd)).toEqual(['azure has no setting "azure_ad_token".']);
  });

  it("refuses an answer that exceeds the bound", async () => {
    const send = () =>
      Promise.resolve({
        status: 200,
        header: () => undefined,
        bytes: (limit = 0) => Promise.resolve(new Uint8Array(limit + 1)),
        body: () => Readable.from([]),
        discard: () => undefined,
      });
    const router = createRouter({
      providers: [openai({ transport: { send, close: () => Promise.resolve() } })],
      numRetries: 0,
      modelList: [{ modelName: "gpt-4", model: "openai/gpt-4", apiKey: "k" }],
    });
    const error = await failure(router.completion(request));
    expect(error).toMatchObject({ kind: "invalid_response", message: "openai sent an answer of more than 256 MB." });
  });

  it.each([false, true])(
    "reports the fields that it dropped because the model does not accept them (stream: %s)",
    async (stream) => {
      const call: ProviderCall = {
        deployment: deployment({ baseUrl: `${upstream.url("a")}/v1` }),
        model: "gpt-5",
        request: Object.freeze({ ...request, temperature: 0, max_tokens: 5, stream }),
        stream,
        cancellation: new Cancellation(),
        connectMs: 1_000,
        headersMs: 1_000,
        dropParams: true,
        now: () => 0,
      };
      const result = await openai().call("chat", call);
      if (result.kind === "stream") for await (const _ of result.parts);
      expect(result.droppedParams).toEqual(["temperature"]);
      expect(upstream.calls[0]?.body).toMatchObject({ model: "gpt-5", max_completion_tokens: 5 });
      expect(upstream.calls[0]?.body).not.toHaveProperty("max_tokens");
    },
  );

  it("does not change the request", async () => {
    const frozen = Object.freeze({ ...request, stream: true as const });
    const call: ProviderCall = {
      deployment: deployment({ baseUrl: `${upstream.url("a")}/v1` }),
      model: "other",
      request: frozen,
      stream: true,
      cancellation: new Cancellation(),
      connectMs: 1_000,
      headersMs: 1_000,
      dropParams: false,
      now: () => 0,
    };
    const result = await openai().call("chat", call);
    const parts: StreamPart[] = [];
    if (result.kind === "stream") for await (const part of result.parts) parts.push(part);
    expect(parts.some((part) => part.done)).toBe(true);
    expect(upstream.calls[0]?.body["model"]).toBe("other");
  });
});
