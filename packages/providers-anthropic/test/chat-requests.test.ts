import type { JsonObject } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { type ConvertOptions, convertRequest } from "./support/converted.js";

const messages = [{ role: "user", content: "hi" }];
const options: Omit<ConvertOptions, "traitsModel"> = {
  model: "claude-sonnet-4-5",
  apiVersion: "2023-06-01",
  interleaved: false,
  refuses: undefined,
  stream: false,
  dropParams: false,
  allowedParams: [],
  omittedFields: [],
  maxTokens: 100,
};
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "Returns the weather",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
};
const schema = { type: "object", properties: { n: { type: "number", minimum: 3 } }, required: ["n"] };

function convert(fields: JsonObject, changed: Partial<ConvertOptions> = {}) {
  const all = { ...options, ...changed };
  return convertRequest({ messages, ...fields }, { traitsModel: all.model, ...all });
}
function body(fields: JsonObject, changed: Partial<ConvertOptions> = {}): JsonObject {
  return convert(fields, changed).body;
}

describe("a chat request to Claude", () => {
  it("translates fields that have an equivalent", () => {
    expect(
      body(
        {
          model: "asked",
          max_completion_tokens: 50,
          temperature: 0.5,
          stop: ["END", " "],
          user: "u",
          service_tier: "default",
          tools: [weather],
          tool_choice: "required",
          parallel_tool_calls: false,
          stream_options: { include_usage: true },
          top_k: 5,
          speed: "fast",
        },
        { stream: true },
      ),
    ).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 50,
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
      temperature: 0.5,
      top_k: 5,
      stop_sequences: ["END"],
      metadata: { user_id: "u" },
      service_tier: "standard_only",
      speed: "fast",
      stream: true,
      tools: [{ name: "weather", description: "Returns the weather", input_schema: weather.function.parameters }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
  });

  it("adds only the fields that Anthropic requires", () => {
    expect(
      body({
        n: 1,
        frequency_penalty: 0,
        presence_penalty: 0,
        logprobs: false,
        store: false,
        temperature: 1,
        top_p: 1,
        seed: null,
      }),
    ).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 100,
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
  });

  it("names all unknown fields in one error, or drops and reports them", () => {
    const odd = { logprobs: true, seed: 1, n: 2, verbosity: "low" };
    expect(() => convert(odd)).toThrow(/n \(.*logprobs \(.*seed \(.*verbosity \(.*drop_params/u);
    expect(() => convert(odd)).toThrow(
      expect.objectContaining({ kind: "unsupported_params", param: "n", status: 400 }),
    );
    const { body: sent, dropped } = convert(odd, { dropParams: true });
    expect(dropped).toEqual(["n", "logprobs", "seed", "verbosity"]);
    expect(Object.keys(sent)).toEqual(["model", "max_tokens", "messages"]);
  });

  it.each([
    ["user", { user: "ann@example.com" }],
    ["safety_identifier", { safety_identifier: "+49 (30) 123-4567" }],
    ["metadata", { metadata: { user_id: "ann@example.com" } }],
  ])("omits and reports a %s that identifies a person, which Anthropic refuses", (field, fields) => {
    const { body: sent, dropped } = convert(fields);
    expect(sent).not.toHaveProperty("metadata");
    expect(dropped).toEqual([field]);
  });

  it("sends one id of the user, and reports the others", () => {
    const ids = { user: "Ann <ann@mail.example.com>", safety_identifier: "hash" };
    const { body: sent, dropped } = convert(ids);
    expect(sent).not.toHaveProperty("metadata");
    expect(dropped).toEqual(["safety_identifier", "user"]);
    const own = convert({ user: "u", metadata: { user_id: "m", team: "search" } });
    expect(own).toMatchObject({ body: { metadata: { user_id: "m" } }, dropped: ["metadata", "user"] });
  });

  it.each(["u", "123456", "user@host", "7f9c2ba4e88f827d616045507605853e", "a@b@c", "team-42 (EU)"])(
    "sends %s as the id of the user",
    (user) => {
      expect(body({ user })).toMatchObject({ metadata: { user_id: user } });
    },
  );

  it("omits and reports fields that do not change the answer", () => {
    expect(convert({ prompt_cache_key: "k", store: true }).dropped.toSorted()).toEqual(["prompt_cache_key", "store"]);
  });

  it.each([
    ["max_tokens", { max_tokens: 1.5 }],
    ["tools", { tools: "x" }],
    ["tools", { tools: [{ type: "function", function: {} }] }],
  ])("refuses an invalid %s", (param, fields) => {
    const named = expect.stringMatching(new RegExp(`^${param}\\b`, "u")) as unknown;
    expect(() => convert(fields)).toThrow(expect.objectContaining({ kind: "invalid_request", param: named }));
  });

  it.each([
    ["tool_choice", { tools: [weather], tool_choice: "maybe" }],
    ["response_format", { response_format: { type: "xml" } }],
    ["reasoning_effort", { reasoning_effort: "huge" }],
  ])("leaves a %s that it does not know to other vendors", (param, fields) => {
    const named = expect.stringMatching(new RegExp(`^${param}\\b`, "u")) as unknown;
    expect(() => convert(fields)).toThrow(expect.objectContaining({ kind: "unsupported_params", param: named }));
  });

  it("leaves kinds of tools that Anthropic does not have to other vendors", () => {
    expect(() => convert({ tools: [{ type: "code_interpreter" }] })).toThrow(
      expect.objectContaining({ kind: "unsupported_params", param: "tools[0]" }),
    );
  });
});

describe("sampling", () => {
  it.each([
    ["above 1", { temperature: 1.5 }, {}, ["temperature"]],
    ["both at once", { temperature: 0.2, top_p: 0.9 }, { temperature: 0.2 }, ["top_p"]],
  ])("refuses %s, or drops it", (_name, fields, sent, dropped) => {
    expect(() => convert(fields)).toThrow(expect.objectContaining({ kind: "unsupported_params", param: dropped[0] }));
    const converted = convert(fields, { dropParams: true });
    expect(converted).toMatchObject({ body: sent, dropped });
    for (const field of dropped) expect(converted.body).not.toHaveProperty(field);
  });

  it("accepts temperature and top_p together for old models", () => {
    expect(body({ temperature: 0.2, top_p: 0.9 }, { model: "claude-2" })).toMatchObject({
      temperature: 0.2,
      top_p: 0.9,
    });
  });

  it.each([
    ["a model that takes only defaults", { model: "claude-opus-4-7" }, /does not accept sampling parameters/u],
    ["an API version without sampling", { apiVersion: "2026-10-21" }, /does not accept sampling parameters/u],
  ])("is refused for %s, except at its default", (_name, changed, reason) => {
    expect(() => convert({ temperature: 0.2, top_k: 3 }, changed)).toThrow(reason);
    expect(convert({ temperature: 0.2, top_k: 3 }, { ...changed, dropParams: true }).dropped).toEqual([
      "temperature",
      "top_k",
    ]);
    expect(body({ temperature: 1, top_p: 1 }, changed)).not.toHaveProperty("temperature");
  });
});

describe("thinking", () => {
  it("is a budget in addition to the tokens of the answer", () => {
    expect(body({ reasoning_effort: "low" })).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 2_048 },
      max_tokens: 2_148,
    });
  });

  it("leaves half of the request's limit to the answer, or is omitted", () => {
    expect(body({ reasoning_effort: "high", max_tokens: 4_000 })).toMatchObject({
      thinking: { budget_tokens: 2_000 },
      max_tokens: 4_000,
    });
    const { body: small, dropped } = convert({ reasoning_effort: "high", max_tokens: 500 });
    expect(small).not.toHaveProperty("thinking");
    expect(dropped).toEqual(["reasoning_effort"]);
  });

  it.each([
    ["low", "claude-opus-5-5", { type: "adaptive" }, "low"],
    ["minimal", "claude-opus-5-5", { type: "adaptive" }, "low"],
    ["xhigh", "claude-opus-5-5", { type: "adaptive" }, "xhigh"],
    ["xhigh", "claude-opus-4-6", { type: "adaptive" }, "high"],
    ["none", "claude-opus-5-5", undefined, "low"],
  ])("is the effort %s for %s", (effort, model, thinking, level) => {
    const sent = body({ reasoning_effort: effort }, { model });
    expect(sent["thinking"]).toEqual(thinking);
    expect(sent["output_config"]).toEqual({ effort: level });
  });

  it("is refused for models that cannot think", () => {
    expect(() => convert({ reasoning_effort: "low" }, { model: "claude-2" })).toThrow("does not think");
    expect(body({ reasoning_effort: "none" }, { model: "claude-2" })).not.toHaveProperty("thinking");
  });

  it("is passed on if it is in Anthropic's own field", () => {
    const thinking = { type: "enabled", budget_tokens: 5_000 };
    expect(body({ thinking, output_config: { effort: "max" } })).toMatchObject({
      thinking,
      output_config: { effort: "max" },
      max_tokens: 5_100,
    });
  });

  it("is omitted if Anthropic does not allow it: with a forced tool, or after calls without their thinking", () => {
    expect(body({ reasoning_effort: "low", tools: [weather], tool_choice: "required" })).not.toHaveProperty("thinking");
    const history = [
      ...messages,
      {
        role: "assistant",
        tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: "sun" },
    ];
    expect(convert({ messages: history, reasoning_effort: "low", tools: [weather] })).toMatchObject({
      dropped: ["reasoning_effort"],
    });
    const thought = history.map((message) =>
      message.role === "assistant"
        ? { ...message, thinking_blocks: [{ type: "thinking", thinking: "t", signature: "s" }] }
        : message,
    );
    expect(body({ messages: thought, reasoning_effort: "low", tools: [weather] })).toHaveProperty("thinking");
  });

  it("fixes the temperature", () => {
    expect(() => convert({ reasoning_effort: "low", temperature: 0.2 })).toThrow("while thinking is on");
    expect(convert({ reasoning_effort: "low", temperature: 0.2 }, { dropParams: true }).dropped).toEqual([
      "temperature",
    ]);
  });
});

describe("tools", () => {
  it.each([
    ["auto", { type: "auto" }],
    ["none", { type: "none" }],
    ["required", { type: "any" }],
    [
      { type: "function", function: { name: "weather" } },
      { type: "tool", name: "weather" },
    ],
    [
      { type: "tool", name: "weather", disable_parallel_tool_use: true },
      { type: "tool", name: "weather", disable_parallel_tool_use: true },
    ],
  ])("convert the choice %j", (choice, wanted) => {
    expect(body({ tools: [weather], tool_choice: choice })["tool_choice"]).toEqual(wanted);
  });

  it("can be limited to one at a time without a choice", () => {
    expect(body({ tools: [weather], parallel_tool_calls: false })["tool_choice"]).toEqual({
      type: "auto",
      disable_parallel_tool_use: true,
    });
    expect(body({ tools: [weather] })).not.toHaveProperty("tool_choice");
  });

  it("keep strict, cache_control and Anthropic's own kinds, and always have a schema", () => {
    const own = { type: "web_search_20250305", name: "web_search", max_uses: 2 };
    expect(
      body({
        tools: [{ type: "function", function: { name: "f", strict: true }, cache_control: { type: "ephemeral" } }, own],
      })["tools"],
    ).toEqual([
      {
        name: "f",
        input_schema: { type: "object", properties: {} },
        strict: true,
        cache_control: { type: "ephemeral" },
      },
      own,
    ]);
  });

  it("cannot be forced on the newest models", () => {
    expect(() => convert({ tools: [weather], tool_choice: "required" }, { model: "claude-opus-5-5" })).toThrow(
      "cannot be made to call",
    );
    expect(
      convert({ tools: [weather], tool_choice: "required" }, { model: "claude-opus-5-5", dropParams: true }),
    ).toMatchObject({
      body: { tool_choice: { type: "auto" } },
      dropped: ["tool_choice"],
    });
  });

  it("that were called earlier are declared, but cannot be called again", () => {
    const history = [
      ...messages,
      {
        role: "assistant",
        tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: "sun" },
    ];
    expect(body({ messages: history })).toMatchObject({ tools: [{ name: "weather" }], tool_choice: { type: "none" } });
  });
});

describe("JSON output", () => {
  const bySchema = { response_format: { type: "json_schema", json_schema: { name: "x", schema } } };

  it("is enforced by a schema in Anthropic's form, if the model supports it", () => {
    const format = (body(bySchema)["output_config"] as JsonObject)["format"] as JsonObject;
    expect(format).toMatchObject({
      type: "json_schema",
      schema: { type: "object", additionalProperties: false, required: ["n"] },
    });
    expect(JSON.stringify(format["schema"])).not.toContain('"minimum":');
  });

  it("is the input of a tool on older models", () => {
    expect(convert(bySchema, { model: "claude-3-5-haiku-latest" })).toMatchObject({
      answersByTool: true,
      body: {
        tools: [{ name: "json_answer", input_schema: schema }],
        tool_choice: { type: "tool", name: "json_answer" },
      },
    });
    expect(convert({ response_format: { type: "json_object" } })).toMatchObject({ answersByTool: true });
  });

  it.each([
    ["beside tools", { ...bySchema, tools: [weather] }, { model: "claude-3-5-haiku-latest" }],
    ["while thinking", { response_format: { type: "json_object" }, reasoning_effort: "low" }, {}],
    ["on models that cannot be forced", { response_format: { type: "json_object" } }, { model: "claude-opus-5-5" }],
  ])("is requested in words %s", (_name, fields, changed) => {
    const converted = convert(fields, changed);
    expect(converted.answersByTool).toBe(false);
    expect(JSON.stringify(converted.body["system"])).toContain("one JSON object");
  });

  it("is not requested for plain text", () => {
    expect(Object.keys(body({ response_format: { type: "text" } }))).toEqual(["model", "max_tokens", "messages"]);
  });
});
