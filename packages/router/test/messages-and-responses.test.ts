import type { JsonObject, MessagesRequest, ResponsesRequest } from "@modelyard/core";
import {
  answers,
  deploymentOptions,
  failure,
  fails,
  scriptedProvider,
  streams,
  VirtualClock,
} from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import { cached } from "./support/cached-harness.js";
import { setup } from "./support/harness.js";

const hi = [{ role: "user", content: "hi" }] as const;

/** The two operations, each with a request and with the text in its events. */
const operations = [
  {
    name: "messages",
    request: { model: "gpt-4", max_tokens: 100, messages: hi },
    textIn: ({ delta }: JsonObject) => (delta as JsonObject | undefined)?.["text"] ?? "",
  },
  {
    name: "responses",
    request: { model: "gpt-4", input: hi },
    textIn: ({ type, delta }: JsonObject) => (type === "response.output_text.delta" ? delta : ""),
  },
] as const;

type Operation = (typeof operations)[number];
type Called = ReturnType<typeof setup>["router"];

/** Calls a router, and returns the answer or, for a stream, its text and the types of its events. */
async function call(router: Called, { name, request, textIn }: Operation, more: object = {}) {
  const body = { ...request, ...more };
  const result = await (name === "messages"
    ? router.messages(body as unknown as MessagesRequest)
    : router.responses(body as unknown as ResponsesRequest));
  if (!(Symbol.asyncIterator in result)) return { answer: result as unknown as JsonObject, routing: result.routing };
  const events: JsonObject[] = [];
  for await (const event of result) events.push(event);
  return { text: events.map(textIn).join(""), types: events.map(({ type }) => type), routing: result.routing };
}

describe("router.responses", () => {
  it("adds output_text to the answer, as OpenAI's SDK does, but not to its JSON", async () => {
    const { router } = setup({ modelList: [deploymentOptions("a")] });
    const answer = await router.responses({ model: "gpt-4", input: hi });
    expect(answer.output_text).toBe("hello");
    expect(JSON.stringify(answer)).not.toContain('"output_text":');
  });
});

describe("router.messages", () => {
  it("answers in the shape of Messages, with the routing", async () => {
    const { router } = setup({ modelList: [deploymentOptions("a")] });
    const answer = await router.messages({ model: "gpt-4", max_tokens: 100, messages: hi });
    expect(answer).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "hello" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 4, output_tokens: 6 },
    });
    expect(answer.routing).toMatchObject({ deploymentId: "a", usage: { prompt_tokens: 4, completion_tokens: 6 } });
    expect(JSON.stringify(answer)).not.toContain("routing");
  });

  it.each([
    ["max_tokens", { max_tokens: undefined }],
    ["max_tokens", { max_tokens: "many" }],
    ["messages", { messages: undefined }],
    ["messages[1]", { messages: [...hi, "hi"] }],
    ["model", { model: "" }],
  ])("refuses a request with a wrong %s: %j", async (param, more) => {
    const { router } = setup({ modelList: [deploymentOptions("a")] });
    const error = await failure(router.messages({ model: "gpt-4", max_tokens: 100, messages: hi, ...more } as never));
    expect(error).toMatchObject({ kind: "bad_request", status: 400, param });
    expect(error.message).toContain(param);
  });

  it("sends the vendor its own metadata, and removes control fields", async () => {
    const { router, provider } = setup({ modelList: [deploymentOptions("a")] });
    const request = { ...operations[0].request, metadata: { user_id: "u" }, stop_sequences: null };
    await router.messages({ ...request, num_retries: 1 } as never);
    expect(provider.calls[0]?.call.request).toEqual(request);
  });
});

describe("router.responses", () => {
  it("answers in the shape of Responses, with the routing", async () => {
    const { router } = setup({ modelList: [deploymentOptions("a")] });
    const answer = await router.responses({ model: "gpt-4", input: "hi" });
    expect(answer).toMatchObject({
      object: "response",
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "hello" }] }],
      usage: { input_tokens: 4, output_tokens: 6, total_tokens: 10 },
    });
    expect(answer.routing).toMatchObject({ deploymentId: "a", usage: { prompt_tokens: 4, completion_tokens: 6 } });
  });

  it.each([
    ["input", {}],
    ["input", { input: 5 }],
    ["input[0]", { input: ["hi"] }],
  ])("refuses a request with a wrong %s: %j", async (param, more) => {
    const { router } = setup({ modelList: [deploymentOptions("a")] });
    const error = await failure(router.responses({ model: "gpt-4", ...more } as never));
    expect(error).toMatchObject({ kind: "bad_request", status: 400, param });
    expect(error.message).toContain(param);
  });

  it.each([{ prompt: { id: "pmpt_1" } }, { previous_response_id: "resp_1" }, { conversation: "conv_1" }])(
    "accepts a request without input that refers to something stored: %j",
    async (more) => {
      const { router } = setup({ modelList: [deploymentOptions("a")] });
      expect(await router.responses({ model: "gpt-4", ...more })).toMatchObject({ status: "completed" });
    },
  );
});

describe.each(operations)("calls of router.$name", (operation) => {
  it("are streamed in the order of a real stream", async () => {
    const { router, clock } = setup({ modelList: [deploymentOptions("a")] });
    const { text, types, routing } = await clock.until(call(router, operation, { stream: true }));
    expect(text).toBe("hello");
    expect([types?.[0], types?.at(-1)]).toEqual(
      operation.name === "messages" ? ["message_start", "message_stop"] : ["response.created", "response.completed"],
    );
    expect(routing).toMatchObject({ deploymentId: "a", usage: { total_tokens: 10 } });
  });

  it.each(["text", "reasoning", "refusal", "tool_call"] as const)(
    "are streamed with %s as content",
    async (content) => {
      const { router, clock, provider, types } = setup({ modelList: [deploymentOptions("a")] });
      provider.script("*", streams(["one ", "two"], { content }));
      expect((await clock.until(call(router, operation, { stream: true }))).types?.length).toBeGreaterThan(4);
      expect(types()).toContain("request_succeeded");
    },
  );

  it("are retried at another deployment until content arrives", async () => {
    const { router, clock, provider } = setup({ modelList: [deploymentOptions("a"), deploymentOptions("b")] });
    for (const stream of [false, true]) {
      provider.reset();
      provider.script("*", fails("overloaded"), stream ? streams(["hello"]) : answers("hello"));
      const { routing } = await clock.until(call(router, operation, { stream }));
      expect([routing.retries, provider.calls.length]).toEqual([1, 2]);
    }
  });

  it("fall back to another group", async () => {
    const { router, clock, provider } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
      numRetries: 0,
    });
    provider.script("a", fails("internal_server"));
    const { routing } = await clock.until(call(router, operation));
    expect([routing.fallbacks, routing.deploymentId]).toEqual([1, "b"]);
  });

  it("fail in the middle of a stream with a typed error", async () => {
    const { router, clock, provider } = setup({ modelList: [deploymentOptions("a")], numRetries: 0 });
    provider.script("a", streams(["hel", "lo"], { failAfter: 1, failKind: "overloaded" }));
    expect(await failure(clock.until(call(router, operation, { stream: true })))).toMatchObject({ kind: "overloaded" });
    provider.script("a", streams(["hel", "lo"], { finish: false, done: false }));
    expect(await failure(clock.until(call(router, operation, { stream: true })))).toMatchObject({
      kind: "stream_interrupted",
    });
  });

  it("reserve and settle tokens", async () => {
    const { router, clock } = setup({ modelList: [deploymentOptions("a", { tpm: 1_000 })] });
    await clock.until(call(router, operation));
    expect(router.state().groups[0]?.deployments[0]?.used).toEqual({ requests: 1, tokens: 10 });
  });

  it("are mocked, plain and streamed", async () => {
    const { router, clock, provider } = setup({ modelList: [deploymentOptions("a")] });
    const { answer } = await call(router, operation, { mock_response: "mocked" });
    expect(JSON.stringify(answer)).toContain('"mocked"');
    const { text, types } = await clock.until(call(router, operation, { mock_response: "mocked", stream: true }));
    expect([text, provider.calls.length]).toEqual(["mocked", 0]);
    expect(types?.at(-1)).toMatch(/^(?:message_stop|response\.completed)$/u);
    const limited = failure(call(router, operation, { mock_response: "litellm.RateLimitError", num_retries: 0 }));
    expect(await limited).toMatchObject({ kind: "rate_limit", status: 429 });
  });

  it("are answered from the cache, plain and streamed, with their usage", async () => {
    const { router, clock, provider } = cached();
    for (const stream of [false, true]) {
      provider.reset();
      const first = await clock.until(call(router, operation, { stream }));
      const second = await clock.until(call(router, operation, { stream }));
      expect([first.routing.cache, second.routing.cache, provider.calls.length]).toEqual(["miss", "hit", 1]);
      expect(second.routing.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 6, total_tokens: 10 });
      expect([second.answer, second.text, second.types]).toEqual([first.answer, first.text, first.types]);
    }
  });

  it("share no answers with other operations", async () => {
    const { router, clock, provider } = cached();
    for (const other of operations) await clock.until(call(router, other));
    expect(provider.calls).toHaveLength(2);
    await clock.until(call(router, operation));
    expect(provider.calls).toHaveLength(2);
  });

  it("go only to deployments whose provider serves them", async () => {
    const clock = new VirtualClock();
    const all = scriptedProvider({ clock });
    const few = scriptedProvider({ clock, name: "few", operations: ["chat"] });
    const router = createRouter({
      providers: [all, few],
      clock,
      modelList: [deploymentOptions("a", { model: "few/a" }), deploymentOptions("b")],
    });
    for (let count = 0; count < 5; count += 1)
      expect((await clock.until(call(router, operation))).routing.deploymentId).toBe("b");
    const [a, b] = router.explain("gpt-4", { operation: operation.name, request: operation.request }).deployments;
    expect([a?.rejection, b?.rejection]).toEqual([`few does not serve /${operation.name}`, undefined]);
  });

  it("are refused if no deployment of the group serves them, and fall back if there is one", async () => {
    const clock = new VirtualClock();
    const all = scriptedProvider({ clock });
    const few = scriptedProvider({ clock, name: "few", operations: ["chat"] });
    const modelList = [
      deploymentOptions("a", { model: "few/a" }),
      deploymentOptions("b", { model: "few/b" }),
      deploymentOptions("c", { modelName: "other" }),
    ];
    const router = createRouter({ providers: [all, few], clock, modelList });
    const error = await failure(clock.until(call(router, operation)));
    expect(error).toMatchObject({ kind: "bad_request", code: "no_deployment_fits", status: 404 });
    expect(error.message).toContain(`few/a "a": few does not serve /${operation.name}`);
    expect(await clock.until(call(router, operation, { mock_response: "mocked" }))).toBeDefined();
    const falling = createRouter({ providers: [all, few], clock, modelList, fallbacks: { "gpt-4": ["other"] } });
    expect((await clock.until(call(falling, operation))).routing.deploymentId).toBe("c");
    expect(few.calls).toHaveLength(0);
  });
});
