import type { JsonObject } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { type ConvertOptions, convertRequest, unsupportedFields } from "./support/converted.js";

const messages = [{ role: "user", content: "hi" }];
const weather = { type: "function", function: { name: "weather" } };
const adaptive = { thinking: { type: "adaptive" } };
const budget = { thinking: { type: "enabled", budget_tokens: 8_000 } };

function optionsFor(changed: Partial<ConvertOptions>): ConvertOptions {
  const model = changed.model ?? "claude-sonnet-4-6";
  return {
    model,
    traitsModel: model,
    apiVersion: "2023-06-01",
    interleaved: false,
    refuses: undefined,
    stream: false,
    dropParams: false,
    allowedParams: [],
    omittedFields: [],
    maxTokens: 100,
    ...changed,
  };
}

function convert(fields: JsonObject, changed: Partial<ConvertOptions> = {}) {
  const { body, dropped } = convertRequest({ messages, ...fields }, optionsFor(changed));
  return { body, dropped };
}

/** The refused fields: those in the error, those that `drop_params` drops, and those that the router learns beforehand. */
function expectRefused(fields: JsonObject, refused: readonly string[], changed: Partial<ConvertOptions> = {}) {
  expect(() => convert(fields, changed)).toThrow(
    expect.objectContaining({ kind: "unsupported_params", status: 400, param: refused[0] }),
  );
  for (const field of refused) expect(() => convert(fields, changed)).toThrow(field);
  const { body, dropped } = convert(fields, { ...changed, dropParams: true });
  expect(dropped).toEqual(refused);
  expect(unsupportedFields({ messages, ...fields }, optionsFor(changed))).toEqual(refused);
  return body;
}

describe("a Claude that thinks", () => {
  it.each([
    ["adaptively", adaptive, "claude-sonnet-4-6"],
    ["adaptively by an effort", { reasoning_effort: "medium" }, "claude-opus-4-6"],
    ["within a budget", { ...budget, max_tokens: 16_000 }, "claude-sonnet-4-5"],
    ["within a budget, where both ways are taken", { ...budget, max_tokens: 16_000 }, "claude-sonnet-4-6"],
    ["within a budget by an effort", { reasoning_effort: "low" }, "claude-3-7-sonnet-latest"],
  ])("%s is sent neither a temperature, nor top_k, nor a low top_p", (_name, fields, model) => {
    expectRefused({ ...fields, temperature: 0.7, top_p: 0.9, top_k: 5 }, ["temperature", "top_k", "top_p"], { model });
    expect(convert({ ...fields, temperature: 1, top_p: 0.97 }, { model }).body).toMatchObject({ top_p: 0.97 });
  });

  it.each([
    ["an effort of none", { reasoning_effort: "none" }],
    ["thinking that is switched off", { thinking: { type: "disabled" } }],
    ["a forced tool", { reasoning_effort: "low", tools: [weather], tool_choice: "required" }],
  ])("keeps its temperature with %s", (_name, fields) => {
    expect(convert({ ...fields, temperature: 0.7 }).body).toMatchObject({ temperature: 0.7 });
  });

  it("cannot be forced to call a tool", () => {
    const body = expectRefused({ ...adaptive, tools: [weather], tool_choice: "required" }, ["tool_choice"]);
    expect(body).toMatchObject({ tool_choice: { type: "auto" }, thinking: { type: "adaptive" } });
  });
});

describe("thinking within a budget", () => {
  it.each([
    [2_000, "low"],
    [8_000, "medium"],
    [16_384, "high"],
    [20_000, "xhigh"],
  ])("of %i tokens becomes the effort %s for models that only think adaptively", (tokens, effort) => {
    const thinking = { type: "enabled", budget_tokens: tokens, display: "summarized" };
    for (const model of ["claude-opus-4-7", "claude-sonnet-5"])
      expect(convert({ thinking, max_tokens: 32_000 }, { model })).toMatchObject({
        body: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort }, max_tokens: 32_000 },
        dropped: [],
      });
  });

  it("does not replace the effort of a request that names one", () => {
    const fields = { ...budget, reasoning_effort: "low" };
    expect(convert(fields, { model: "claude-opus-4-7" }).body).toMatchObject({ output_config: { effort: "low" } });
    expect(convert({ ...budget, output_config: { effort: "max" } }, { model: "claude-opus-4-7" }).body).toMatchObject({
      output_config: { effort: "max" },
    });
  });

  it.each([
    ["no model that thinks", budget, "claude-3-5-haiku-latest", /does not think/u],
    [
      "a limit that the budget would use up",
      { ...budget, max_tokens: 8_000 },
      "claude-sonnet-4-5",
      /below max_tokens/u,
    ],
    [
      "a budget below the smallest",
      { thinking: { type: "enabled", budget_tokens: 500 } },
      "claude-sonnet-4-5",
      /at least 1024/u,
    ],
    ["adaptive thinking at a model that does not think", adaptive, "claude-3-opus-20240229", /does not think/u],
  ])("is refused, or dropped, for %s", (_name, fields, model, reason) => {
    expect(() => convert(fields, { model })).toThrow(reason);
    expect(expectRefused(fields, ["thinking"], { model })).not.toHaveProperty("thinking");
  });

  it("may exceed the limit of one answer if thinking continues between tool calls", () => {
    const fields = { ...budget, max_tokens: 4_000 };
    expect(convert(fields, { model: "claude-sonnet-4-5", interleaved: true }).body).toMatchObject(fields);
  });

  it("replaces adaptive thinking for models that only know budgets", () => {
    expect(convert(adaptive, { model: "claude-sonnet-4-5" }).body).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 16_384 },
      max_tokens: 16_484,
    });
  });

  it("is dropped and reported if the last tool calls came without their thinking", () => {
    const history = [
      ...messages,
      {
        role: "assistant",
        tool_calls: [{ id: "1", type: "function", function: { name: "weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: "sun" },
    ];
    const fields = { ...budget, messages: history, tools: [weather], max_tokens: 16_000 };
    expect(convert(fields, { model: "claude-sonnet-4-5" })).toMatchObject({ dropped: ["thinking"] });
  });

  it("cannot be switched off for models that always think", () => {
    const off = { thinking: { type: "disabled" } };
    const { body, dropped } = convert(off, { model: "claude-mythos-5" });
    expect(body).not.toHaveProperty("thinking");
    expect(dropped).toEqual(["thinking"]);
    expect(convert(off, { model: "claude-3-haiku" })).toMatchObject({ dropped: [] });
  });
});

describe("the fields that a Claude deployment refuses", () => {
  it("depend on the base model, whatever the deployment's name is", () => {
    const named = { model: "claude-prod", traitsModel: "anthropic/claude-sonnet-4-5" };
    expect(convert({ temperature: 0.2 }, named).body).toMatchObject({ model: "claude-prod", temperature: 0.2 });
    expectRefused({ temperature: 0.2 }, ["temperature"], { model: "prod", traitsModel: "claude-opus-4-7" });
  });

  it("include those that its configuration names: refused and renamed fields, and fields of messages", () => {
    const refuses = { fields: ["temperature"], renames: { n_best: "top_k" }, messageFields: ["cache_control"] };
    const marked = [{ role: "user", content: "hi", cache_control: { type: "ephemeral" } }];
    expectRefused({ temperature: 0.2 }, ["temperature"], { refuses });
    const { body, dropped } = convert({ messages: marked, n_best: 3 }, { refuses });
    const sent = [{ role: "user", content: [{ type: "text", text: "hi" }] }];
    expect(body).toEqual({ model: "claude-sonnet-4-6", max_tokens: 100, top_k: 3, messages: sent });
    expect(dropped).toEqual(["cache_control"]);
  });

  it("can be dropped by name", () => {
    const fields = { seed: 1, logprobs: true };
    expect(convert(fields, { dropParams: ["seed", "logprobs"] }).dropped.toSorted()).toEqual(["logprobs", "seed"]);
    expect(() => convert(fields, { dropParams: ["seed"] })).toThrow(expect.objectContaining({ param: "logprobs" }));
  });

  it("do not include allowed fields", () => {
    expect(
      convert({ temperature: 0.2, seed: 1 }, { model: "claude-opus-4-7", allowedParams: ["temperature", "seed"] }),
    ).toMatchObject({ body: { temperature: 0.2, seed: 1 }, dropped: [] });
  });

  it("include those that the operator omits, also if other fields are converted into them", () => {
    const options = { omittedFields: ["thinking", "output_config"] };
    expect(convert({ reasoning_effort: "high", max_tokens: 50 }, options)).toEqual({
      body: { model: "claude-sonnet-4-6", max_tokens: 50, messages: expect.anything() as unknown },
      dropped: ["thinking", "output_config"],
    });
    const format = { response_format: { type: "json_object" } };
    expect(
      convert(format, { omittedFields: ["tools", "max_tokens"], model: "claude-3-5-haiku-latest" }).body,
    ).toMatchObject({ max_tokens: 100, system: expect.stringContaining("JSON") as unknown });
  });
});
