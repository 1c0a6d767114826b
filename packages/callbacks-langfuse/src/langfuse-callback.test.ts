import { createHash } from "node:crypto";
import type { JsonObject } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { receivedSpans, type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
import { createRouter } from "@modelyard/router";
import { answers, fails, failureRecorder, scriptedProvider, streams } from "@modelyard/testing";
import { describeCallback } from "@modelyard/testing/conformance";
import { context, propagation, trace } from "@opentelemetry/api";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { langfuseCallback, type LangfuseOptions } from "./langfuse-callback.js";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

describeCallback("langfuseCallback", {
  create: () => langfuseCallback({ publicKey: "pk-lf-1", secretKey: "sk-lf-canary", baseUrl: `${receiver.origin}/` }),
});

function setup(options: Partial<LangfuseOptions> = {}) {
  const failures = failureRecorder();
  const provider = scriptedProvider({ clock: systemClock });
  const router = createRouter({
    providers: [provider],
    callbacks: [
      langfuseCallback({ publicKey: "pk-lf-1", secretKey: "sk-lf-canary", baseUrl: `${receiver.origin}/`, ...options }),
      failures.callback,
    ],
    numRetries: 0,
    modelList: [
      {
        id: "a",
        modelName: "gpt-4",
        model: "openai/m",
        apiKey: "sk-vendor-canary",
        inputCostPerToken: 1,
        outputCostPerToken: 2,
      },
    ],
  });
  const ask = (metadata: JsonObject = {}) =>
    router.completion({
      model: "gpt-4",
      temperature: 0.5,
      messages: [{ role: "user", content: "the question" }],
      metadata,
    });
  return { provider, router, ask, lost: failures.causes };
}

const parsed = (value: unknown): unknown => JSON.parse(String(value));

describe("langfuseCallback", () => {
  it("sends OTLP to Langfuse's address, authenticated with its keys", async () => {
    const { ask, router } = setup();
    await ask();
    await router.close();
    const [first] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(first).toMatchObject({ method: "POST", path: "/api/public/otel/v1/traces" });
    expect(first?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("pk-lf-1:sk-lf-canary").toString("base64")}`,
      "content-type": "application/json",
      "x-langfuse-public-key": "pk-lf-1",
      "x-langfuse-sdk-name": "javascript",
    });
    expect(first?.body).not.toContain("canary");
  });

  it("sends a generation with prompt, answer, model parameters, usage, cost and routing", async () => {
    const { ask, router, provider } = setup({ environment: "staging", release: "v7" });
    provider.script("a", answers("the answer"));
    await ask({
      trace_name: "my-trace",
      session_id: "s1",
      trace_user_id: "u1",
      tags: ["t1"],
      generation_name: "my-generation",
      team: "blue",
    });
    await router.close();
    const [span] = receivedSpans(receiver);
    expect(span?.name).toBe("my-generation");
    expect(span?.of).toMatchObject({
      "langfuse.observation.type": "generation",
      "langfuse.trace.name": "my-trace",
      "session.id": "s1",
      "user.id": "u1",
      "langfuse.environment": "staging",
      "langfuse.release": "v7",
      "langfuse.observation.model.name": "m",
      "langfuse.trace.tags": { values: [{ stringValue: "t1" }] },
    });
    const { of = {} } = span ?? {};
    expect(parsed(of["langfuse.observation.input"])).toEqual([{ role: "user", content: "the question" }]);
    expect(parsed(of["langfuse.observation.output"])).toMatchObject({
      choices: [{ message: { content: "the answer" } }],
    });
    expect(parsed(of["langfuse.observation.model.parameters"])).toEqual({ temperature: 0.5 });
    expect(parsed(of["langfuse.observation.usage_details"])).toEqual({ input: 4, output: 6, total: 10 });
    expect(parsed(of["langfuse.observation.cost_details"])).toEqual({ total: 16 });
    expect(parsed(of["langfuse.observation.metadata"])).toMatchObject({
      team: "blue",
      model_group: "gpt-4",
      model_id: "a",
      cache: "off",
      attempts: ["openai/m (a): success"],
    });
  });

  it("assembles streams and records the time of the first token", async () => {
    const { router, provider } = setup();
    provider.script("a", streams(["streamed ", "answer"]));
    for await (const chunk of await router.completion({ model: "gpt-4", messages: [], stream: true }))
      expect(chunk.object).toBe("chat.completion.chunk");
    await router.close();
    const [span] = receivedSpans(receiver);
    const { of = {} } = span ?? {};
    expect(parsed(of["langfuse.observation.output"])).toMatchObject({
      choices: [{ message: { content: "streamed answer" } }],
    });
    const began = Date.parse(String(parsed(of["langfuse.observation.completion_start_time"]))) * 1e6;
    expect(began).toBeGreaterThanOrEqual(Number(span?.startTimeUnixNano) - 1e6);
    expect(began).toBeLessThanOrEqual(Number(span?.endTimeUnixNano));
  });

  it("sends failed requests with level ERROR", async () => {
    const { ask, router, provider } = setup();
    provider.script("a", fails("internal_server"));
    await ask().catch(() => undefined);
    await router.close();
    expect(receivedSpans(receiver)[0]?.of).toMatchObject({
      "langfuse.observation.level": "ERROR",
      "langfuse.observation.status_message": "scripted internal_server",
    });
  });

  it("sends an answer whose finish reason means a failure with level ERROR, the reason and its usage", async () => {
    const { ask, router, provider } = setup();
    const value = {
      id: "x",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "half" }, finish_reason: "network_error" }],
      usage: { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 },
    } as never;
    provider.script("a", answers("", { value }));
    await ask().catch(() => undefined);
    await router.close();
    expect(receivedSpans(receiver)[0]?.of).toMatchObject({
      "langfuse.observation.level": "ERROR",
      "langfuse.observation.status_message": expect.stringContaining('finish reason "network_error"') as unknown,
      "langfuse.observation.usage_details": JSON.stringify({ input: 4, output: 6, total: 10 }),
    });
    expect(String(receivedSpans(receiver)[0]?.of["langfuse.observation.metadata"])).toContain(
      "openai/m (a): bad_gateway 502",
    );
  });

  it.each([
    ["success", ["success"], 1],
    ["failure", ["failure"], 1],
    ["both", ["success", "failure"], 2],
  ] as const)("sends only the outcomes named by `on`: %s", async (_, on, count) => {
    const { ask, router, provider } = setup({ on });
    provider.script("a", answers(), fails("internal_server"));
    await ask();
    await ask().catch(() => undefined);
    await router.close();
    expect(receivedSpans(receiver)).toHaveLength(count);
  });

  it("omits prompts, answers, parameters and metadata with `redact`, and one of them with `mask_input`", async () => {
    const { ask, router } = setup({ redact: true });
    await ask({ team: "blue", trace_name: "my-trace" });
    await router.close();
    expect(receiver.received[0]?.body).not.toMatch(/question|hello|temperature|blue/u);
    expect(receivedSpans(receiver)[0]?.of).toMatchObject({ "langfuse.trace.name": "my-trace" });
    const masking = setup();
    await masking.ask({ mask_input: true });
    await masking.router.close();
    expect(receivedSpans(receiver)[1]?.of).toHaveProperty(["langfuse.observation.output"]);
    expect(receivedSpans(receiver)[1]?.of).not.toHaveProperty(["langfuse.observation.input"]);
  });

  it("shows instructions that have a field of their own with the prompt, and never as a parameter", async () => {
    const { router } = setup();
    const metadata = { mask_input: true };
    const messages = [{ role: "user" as const, content: "the question" }];
    const mcp = [{ type: "url", url: "https://mcp.example.com", authorization_token: "canary" }];
    const message = { model: "gpt-4" as const, max_tokens: 5, messages, system: "Be brief.", mcp_servers: mcp };
    const response = { model: "gpt-4" as const, input: "the question", instructions: "Be brief." };
    await router.messages(message);
    await router.responses(response);
    await router.messages(message, { metadata });
    await router.responses(response, { metadata });
    await router.close();
    const [first, second, ...masked] = receivedSpans(receiver);
    expect(parsed(first?.of["langfuse.observation.input"])).toEqual({ system: "Be brief.", messages });
    expect(parsed(first?.of["langfuse.observation.model.parameters"])).toEqual({ max_tokens: 5 });
    expect(parsed(first?.of["langfuse.observation.usage_details"])).toEqual({ input: 4, output: 6, total: 10 });
    expect(parsed(first?.of["langfuse.observation.cost_details"])).toEqual({ total: 16 });
    expect(parsed(second?.of["langfuse.observation.input"])).toEqual({
      instructions: "Be brief.",
      input: "the question",
    });
    expect(parsed(second?.of["langfuse.observation.output"])).toMatchObject({ object: "response" });
    expect(JSON.stringify(masked)).not.toMatch(/brief|question/u);
    expect(receiver.received.map(({ body }) => body).join("")).not.toContain("canary");
  });

  it("places generations in the traces that callers name", async () => {
    const { ask, router } = setup();
    await ask({ trace_id: "order-17" });
    await ask({ existing_trace_id: "0af7651916cd43dd8448eb211c80319c", parent_observation_id: "b7ad6b7169203331" });
    await ask();
    await router.close();
    const [named, nested, free] = receivedSpans(receiver);
    expect(named?.traceId).toBe(createHash("sha256").update("order-17").digest("hex").slice(0, 32));
    expect(named?.parentSpanId ?? "").toBe("");
    expect(nested).toMatchObject({ traceId: "0af7651916cd43dd8448eb211c80319c", parentSpanId: "b7ad6b7169203331" });
    expect(free?.traceId).toMatch(/^[0-9a-f]{32}$/u);
    expect(new Set([named?.traceId, nested?.traceId, free?.traceId]).size).toBe(3);
  });

  it("reports exports that Langfuse rejects and generations that are dropped because the queue is full", async () => {
    const { ask, router, lost } = setup();
    receiver.answer = 401;
    await ask();
    await router.close();
    expect(lost).toHaveLength(1);
    const silent = setup({ timeoutMs: 50 });
    receiver.answer = "silence";
    for (let count = 0; count < 2_060; count += 1) await silent.ask();
    expect(silent.lost.filter((cause) => cause.includes("2048 generations are waiting"))).toHaveLength(12);
    await silent.router.close();
  });

  it("counts metadata and names towards the size of the queue, not only prompts and answers", async () => {
    const { ask, router, lost } = setup({ timeoutMs: 50 });
    receiver.answer = "silence";
    const long = "x".repeat(10_000_000);
    for (let count = 0; count < 3; count += 1)
      await ask({ notes: long, trace_metadata: { notes: long }, generation_name: long });
    expect(lost).toEqual(["Error: 2 generations are waiting to be sent; further ones are dropped."]);
    await router.close();
  });

  it("does not count generations that are not sampled, since their parent is not, towards the queue", async () => {
    const { ask, router, lost } = setup();
    // Registers a context manager, which keeps the active span across awaits.
    new NodeTracerProvider().register();
    try {
      const unsampled = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 0 };
      const inside = trace.setSpanContext(context.active(), unsampled);
      const long = "x".repeat(30_000_000);
      for (let count = 0; count < 3; count += 1) await context.with(inside, () => ask({ notes: long }));
      await ask();
    } finally {
      trace.disable();
      context.disable();
      propagation.disable();
    }
    await router.close();
    expect(lost).toEqual([]);
    expect(receivedSpans(receiver)).toHaveLength(1);
  });

  it("does not touch the program's OpenTelemetry setup", async () => {
    const before = trace.getTracerProvider();
    const { ask, router } = setup();
    await ask();
    await router.close();
    expect(trace.getTracerProvider()).toBe(before);
    expect(trace.getTracer("mine").startSpan("mine").isRecording()).toBe(false);
  });

  it("rejects empty keys and an invalid base URL", () => {
    expect(() => langfuseCallback({ publicKey: "", secretKey: "sk" })).toThrow("LANGFUSE_PUBLIC_KEY");
    expect(() => langfuseCallback({ publicKey: "pk", secretKey: "sk", baseUrl: "nowhere" })).toThrow("LANGFUSE_HOST");
  });
});

it.each<readonly [object, string]>([
  [{ publicKey: "p", secretKey: "s", redacted: true }, 'langfuse.redacted: unknown option. Did you mean "redact"?'],
  [{ publicKey: "p" }, "langfuse.secretKey: expected a string, got undefined."],
])("rejects options that cannot work: %j", (options, message) => {
  expect(() => langfuseCallback(options as never)).toThrow(message);
});
