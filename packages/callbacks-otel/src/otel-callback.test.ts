import { systemClock } from "@modelyard/core/kit";
import { receivedSpans, type Receiver, startReceiver } from "@modelyard/repo-tests/receiver";
import { createRouter } from "@modelyard/router";
import { answers, fails, failureRecorder, scriptedProvider, streams } from "@modelyard/testing";
import { describeCallback } from "@modelyard/testing/conformance";
import { context, propagation, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otelCallback, type OtelOptions } from "./otel-callback.js";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.close();
});

describeCallback("otelCallback", { create: () => otelCallback({ url: `${receiver.origin}/v1/traces` }) });

function setup(options: Partial<OtelOptions> = {}) {
  const failures = failureRecorder();
  const provider = scriptedProvider({ clock: systemClock });
  const router = createRouter({
    providers: [provider],
    callbacks: [otelCallback({ url: `${receiver.origin}/v1/traces`, ...options }), failures.callback],
    modelList: ["a", "b"].map((id) => ({
      id,
      modelName: "gpt-4",
      model: "openai/m",
      apiKey: "sk-secret-key",
      apiBase: "https://secret-user:secret-password@east.example.com:8443/v1",
      inputCostPerToken: 1,
      outputCostPerToken: 1,
    })),
  });
  const ask = () => router.completion({ model: "gpt-4", messages: [{ role: "user", content: "secret prompt" }] });
  return { provider, router, ask, lost: failures.causes };
}

describe("otelCallback", () => {
  it("sends one span per request with one child per attempt, by the GenAI conventions", async () => {
    const { provider, router, ask } = setup();
    provider.script("*", fails("internal_server"), answers("secret answer"));
    const { routing } = await ask();
    await router.close();
    const all = receivedSpans(receiver);
    const parent = all.find((span) => (span.parentSpanId ?? "") === "");
    const attempts = all.filter((span) => span.parentSpanId === parent?.spanId);
    expect(all).toHaveLength(3);
    expect(parent).toMatchObject({ name: "chat gpt-4", kind: 1 });
    expect(parent?.of).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "gpt-4",
      "gen_ai.request.stream": false,
      "gen_ai.usage.input_tokens": 4,
      "gen_ai.usage.output_tokens": 6,
      "modelyard.call.id": routing.callId,
      "modelyard.retries": 1,
      "modelyard.cost_usd": 10,
    });
    const [failed, served] = attempts.toSorted((one) => (one.of["error.type"] === undefined ? 1 : -1));
    expect(failed).toMatchObject({ name: "chat m", kind: 3, status: { code: 2 } });
    expect(failed?.of).toMatchObject({
      "error.type": "internal_server",
      "http.response.status_code": 500,
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "m",
      "server.address": "east.example.com",
      "server.port": 8443,
    });
    expect(failed?.of).not.toHaveProperty(["gen_ai.usage.input_tokens"]);
    expect(served?.of).toMatchObject({
      "gen_ai.usage.output_tokens": 6,
      "modelyard.deployment.id": routing.deploymentId,
    });
    for (const span of attempts) {
      expect(Number(span.startTimeUnixNano)).toBeGreaterThanOrEqual(Number(parent?.startTimeUnixNano));
      expect(Number(span.endTimeUnixNano)).toBeLessThanOrEqual(Number(parent?.endTimeUnixNano) + 1e6);
    }
    expect(receiver.received.map(({ body }) => body).join("")).not.toContain("secret");
  });

  it("marks an attempt whose finish reason means a failure as failed, and records its usage", async () => {
    const { provider, router, ask } = setup();
    const value = {
      id: "x",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: "half" }, finish_reason: "network_error" }],
      usage: { prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 },
    } as never;
    provider.script("*", answers("", { value }), answers());
    await ask();
    await router.close();
    const failed = receivedSpans(receiver).filter((span) => span.of["error.type"] !== undefined);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ name: "chat m", status: { code: 2 } });
    expect(failed[0]?.of).toMatchObject({ "error.type": "bad_gateway", "gen_ai.usage.output_tokens": 6 });
  });

  it("records the first token of a stream as an event", async () => {
    const { provider, router } = setup();
    provider.script("*", streams(["x", "y"]));
    for await (const chunk of await router.completion({ model: "gpt-4", messages: [], stream: true }))
      expect(chunk.object).toBe("chat.completion.chunk");
    await router.close();
    const attempt = receivedSpans(receiver).find((span) => span.kind === 3);
    expect(attempt?.events.map(({ name }) => name)).toEqual(["first_token"]);
    expect(attempt?.of["gen_ai.request.stream"]).toBe(true);
    expect(Number(attempt?.of["gen_ai.response.time_to_first_chunk"])).toBeGreaterThanOrEqual(0);
  });

  it("marks failed requests with their error", async () => {
    const { provider, router, ask } = setup();
    provider.script("*", fails("bad_request"));
    await ask().catch(() => undefined);
    await router.close();
    const parent = receivedSpans(receiver).find((span) => span.kind === 1);
    expect(parent).toMatchObject({ status: { code: 2 }, of: { "error.type": "bad_request" } });
  });

  it.each([
    ["success", 1],
    ["failure", 1],
  ] as const)("sends only the outcomes named by `on`: %s", async (outcome, count) => {
    const { provider, router, ask } = setup({ on: [outcome] });
    provider.script("*", answers(), fails("bad_request"));
    await ask();
    await ask().catch(() => undefined);
    await router.close();
    expect(receivedSpans(receiver).filter((span) => span.kind === 1)).toHaveLength(count);
  });

  it("sends headers, and reports rejected exports and spans that are dropped because the queue is full", async () => {
    const { router, ask, lost } = setup({ headers: { authorization: "Bearer abc" }, maxQueueSize: 5 });
    receiver.answer = 400;
    for (let count = 0; count < 4; count += 1) await ask();
    expect(lost).toEqual(["Error: 4 spans are waiting to be sent; further ones are dropped.", expect.anything()]);
    await router.close();
    expect(receiver.received[0]?.headers["authorization"]).toBe("Bearer abc");
    expect(lost).toHaveLength(3);
  });

  it("gives up on an export that takes longer than timeoutMs, so that closing does not wait for a silent receiver", async () => {
    const { router, ask, lost } = setup({ timeoutMs: 50 });
    receiver.answer = "silence";
    await ask();
    await router.close();
    expect(lost).toHaveLength(1);
  });

  it("shortens names and tags, and limits how many tags are shown", async () => {
    const { router } = setup();
    const long = "x".repeat(100_000);
    const messages = [{ role: "user", content: "hi" }] as const;
    await router.completion({ model: long, messages }).catch(() => undefined);
    await router.completion({ model: "gpt-4", messages }, { tags: Array.from({ length: 10_000 }, () => long) });
    await router.close();
    for (const { body } of receiver.received) expect(body.length).toBeLessThan(100_000);
    expect(receivedSpans(receiver).map(({ name }) => name)).toContain(`chat ${"x".repeat(512)}`);
  });

  it("uses the program's tracer, with the active span as the parent", async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    try {
      const tracer = provider.getTracer("mine");
      const { ask, router } = setup({ tracer });
      const mine = tracer.startSpan("mine");
      await context.with(trace.setSpan(context.active(), mine), ask);
      await router.close();
      const request = exporter.getFinishedSpans().find((span) => span.name === "chat gpt-4");
      expect(request?.parentSpanContext?.spanId).toBe(mine.spanContext().spanId);
      expect(receiver.received).toHaveLength(0);
    } finally {
      trace.disable();
      context.disable();
      propagation.disable();
    }
  });

  it("keeps sending after any number of requests that are not sampled, since their parent is not", async () => {
    const { router, ask, lost } = setup({ maxQueueSize: 5 });
    // Registers a context manager, which keeps the active span across awaits.
    new NodeTracerProvider().register();
    try {
      const unsampled = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 0 };
      const inside = trace.setSpanContext(context.active(), unsampled);
      for (let count = 0; count < 10; count += 1) await context.with(inside, ask);
      await ask();
    } finally {
      trace.disable();
      context.disable();
      propagation.disable();
    }
    await router.close();
    expect(lost).toEqual([]);
    expect(receivedSpans(receiver)).toHaveLength(2);
  });

  it("does not touch the program's OpenTelemetry setup", async () => {
    const { ask, router } = setup();
    await ask();
    await router.close();
    expect(trace.getTracer("mine").startSpan("mine").isRecording()).toBe(false);
  });
});

it.each<readonly [object, string]>([
  [{ header: {} }, 'otel.header: unknown option. Did you mean "headers"?'],
  [{ timeoutMs: 0 }, "otel.timeoutMs: it must be a number above 0 (got 0)."],
  [{ on: ["failures"] }, 'otel.on[0]: it must be one of "success", "failure" (got "failures").'],
])("rejects options that cannot work: %j", (options, message) => {
  expect(() => otelCallback(options as never)).toThrow(message);
});
