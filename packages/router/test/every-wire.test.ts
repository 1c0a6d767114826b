// Tests that what a router does for chats, it does for Messages and Responses, too.
import type { CallOptions, JsonObject } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { answers, deploymentOptions, fails, failure, hangs, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Harness, type HarnessOptions, setup, trailOf } from "./support/harness.js";

const image = "data:image/png;base64,iVBORw0KGgo=";
const schema = { type: "object", properties: {} };
const turns = [{ role: "user", content: "hi" }];

/** Each wire, with a request and with what asks for a capability. */
const wires = {
  chat: {
    call: ({ router }: Harness, body: JsonObject, options: CallOptions) => router.completion(body as never, options),
    request: { messages: turns, max_tokens: 100 },
    tools: { tools: [{ type: "function", function: { name: "f", parameters: schema } }] },
    vision: { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: image } }] }] },
    jsonSchema: { response_format: { type: "json_schema", json_schema: { name: "j", schema } } },
  },
  messages: {
    call: ({ router }: Harness, body: JsonObject, options: CallOptions) => router.messages(body as never, options),
    request: { messages: turns, max_tokens: 100 },
    tools: { tools: [{ name: "f", input_schema: schema }] },
    vision: {
      messages: [
        {
          role: "user",
          content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } }],
        },
      ],
    },
    jsonSchema: { output_config: { format: { type: "json_schema", schema } } },
  },
  responses: {
    call: ({ router }: Harness, body: JsonObject, options: CallOptions) => router.responses(body as never, options),
    request: { input: turns, max_output_tokens: 100 },
    tools: { tools: [{ type: "function", name: "f", parameters: schema, strict: false }] },
    vision: { input: [{ role: "user", content: [{ type: "input_image", image_url: image, detail: "auto" }] }] },
    jsonSchema: { text: { format: { type: "json_schema", name: "j", schema } } },
  },
} as const;

type Result = object & AsyncIterable<unknown>;

describe.each(Object.keys(wires) as (keyof typeof wires)[])("a request of %s", (wire) => {
  const { call, request } = wires[wire];
  const ask = async (harness: Harness, more: object = {}, options: CallOptions = {}): Promise<string | undefined> => {
    const body = { model: "gpt-4", ...request, ...more } as JsonObject;
    const read = async (): Promise<object> => {
      const result = (await call(harness, body, options)) as unknown as Result;
      if (body["stream"] === true) for await (const event of result) void event;
      return result;
    };
    return trailOf(await harness.clock.until(read())).deploymentId;
  };
  const pair = (more: Partial<HarnessOptions> = {}): Harness =>
    setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      numRetries: 0,
      ...more,
    });

  it.each([
    ["context_window_exceeded", { contextWindowFallbacks: { "gpt-4": ["other"] } }],
    ["content_policy_violation", { contentPolicyFallbacks: { "gpt-4": ["other"] } }],
  ] as const)("that fails with %s goes to the list of fallbacks for it", async (kind, lists) => {
    for (const stream of [false, true]) {
      const harness = pair(lists);
      harness.provider.script("a", fails(kind));
      expect(await ask(harness, { stream })).toBe("b");
      const alone = pair();
      alone.provider.script("a", fails(kind));
      expect(await failure(ask(alone, { stream }))).toMatchObject({ kind });
    }
  });

  it("that is too long for a deployment goes to one with a larger window", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a", { maxInputTokens: 20, order: 1 }),
        deploymentOptions("b", { maxInputTokens: 10_000, order: 2 }),
      ],
      enablePreCallChecks: true,
    });
    const long = { role: "user", content: "word ".repeat(200) };
    expect(await ask(harness, wire === "responses" ? { input: [long] } : { messages: [long] })).toBe("b");
    expect(await ask(harness)).toBe("a");
  });

  it.each(["tools", "vision", "jsonSchema"] as const)(
    "that needs %s goes to a deployment that has it",
    async (need) => {
      const harness = setup({
        modelList: [
          deploymentOptions("a", { capabilities: { [need]: false }, order: 1 }),
          deploymentOptions("b", { capabilities: { [need]: true }, order: 2 }),
        ],
        enablePreCallChecks: true,
      });
      expect(await ask(harness, wires[wire][need])).toBe("b");
      expect(await ask(harness)).toBe("a");
    },
  );

  it("goes to the deployments with its tags", async () => {
    const modelList = [deploymentOptions("a", { tags: ["free"] }), deploymentOptions("b", { tags: ["paid"] })];
    const harness = setup({ modelList, enableTagFiltering: true });
    for (const more of [{ tags: ["paid"] }, { metadata: { tags: ["paid"] } }])
      for (let count = 0; count < 3; count += 1) expect(await ask(harness, more)).toBe("b");
    expect(await ask(harness, {}, { tags: ["free"] })).toBe("a");
    expect(JSON.stringify(harness.provider.calls.map(({ call: made }) => made.request))).not.toContain("paid");
  });

  it("shares one call with identical ones that are made at the same time", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")], cache: { singleFlight: true } });
    harness.provider.script("a", answers("shared", { delayMs: 100 }));
    const all = Array.from({ length: 5 }, async () => call(harness, { model: "gpt-4", ...request }, {}));
    await harness.clock.until(Promise.all(all));
    expect(harness.provider.calls).toHaveLength(1);
    expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
  });

  it("is retried as often as its body or its options say", async () => {
    for (const [more, options] of [
      [{ num_retries: 2 }, {}],
      [{}, { numRetries: 2 }],
    ] as const) {
      const harness = setup({ modelList: [deploymentOptions("a")], numRetries: 5, retryBudget: false });
      harness.provider.script("a", fails("internal_server"));
      expect(await failure(ask(harness, more, options))).toMatchObject({ kind: "internal_server" });
      expect(harness.provider.calls).toHaveLength(3);
    }
  });

  it("is given up after stream_timeout without content, and another deployment answers", async () => {
    const modelList = [
      deploymentOptions("a", { order: 1, streamTimeoutMs: 200 }),
      deploymentOptions("b", { order: 2 }),
    ];
    const harness = setup({ modelList, numRetries: 1 });
    harness.provider.script("a", hangs());
    expect(await ask(harness, { stream: true })).toBe("b");
    expect(harness.provider.calls[0]?.cancelledAt).toBeDefined();
    expect([harness.router.inFlight, harness.clock.timers, harness.provider.open]).toEqual([0, 0, 0]);
  });

  it("is continued by another deployment if its stream stalls, and the usage of both is added up", async () => {
    const harness = pair({
      fallbacks: { "gpt-4": ["other"] },
      midStreamFallback: { continue: true, instruct: true },
      timeouts: { idleMs: 1_000 },
    });
    harness.provider.script("a", streams(["once ", "upon "], { hangAfter: 2 }));
    harness.provider.script("b", streams(["upon ", "a ", "time"]));
    const read = async (): Promise<Result> => {
      const result = (await call(harness, { model: "gpt-4", ...request, stream: true }, {})) as unknown as Result;
      for await (const event of result) text += operations[wire].reads.text(event as JsonObject);
      return result;
    };
    let text = "";
    const { attempts, usage } = trailOf(await harness.clock.until(read()));
    // The last event of a response repeats the whole text.
    expect(text.startsWith("once upon a time")).toBe(true);
    expect(attempts.map(({ continues, outcome }) => [continues, outcome])).toEqual([
      [undefined, "failure"],
      ["instruct", "success"],
    ]);
    const spent = attempts.reduce((sum, attempt) => sum + (attempt.usage?.completion_tokens ?? 0), 0);
    expect(usage?.completion_tokens).toBe(spent);
    expect([harness.router.inFlight, harness.clock.timers]).toEqual([0, 0]);
  });

  it("reports itself by name in every event", async () => {
    const harness = pair({ fallbacks: { "gpt-4": ["other"] } });
    harness.provider.script("a", fails("internal_server"));
    await ask(harness);
    const named = harness.events.flatMap((event) => ("operation" in event ? [event.operation] : []));
    expect(named.length).toBeGreaterThan(4);
    expect(new Set(named)).toEqual(new Set([wire]));
  });
});
