import type { JsonObject, ProviderCall } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { fitRequest } from "./fit-request.js";

const fit = (model: string, request: JsonObject, dropParams = false) =>
  fitRequest("chat", { model, request, dropParams, requestText: "text" } as unknown as ProviderCall);
const sent = (model: string, request: JsonObject, dropParams = false) => fit(model, request, dropParams)?.call.request;

describe("a request for one of OpenAI's models", () => {
  it.each([
    "o1",
    "o3-mini",
    "o4-mini-2025-04-16",
    "gpt-5",
    "gpt-5-nano",
    "gpt-5-2025-08-07",
    "gpt-5.2",
    "gpt-5.1-codex",
  ])("has the limit of tokens under the name that %s knows", (model) => {
    expect(sent(model, { max_tokens: 5, seed: 1 })).toEqual({ max_completion_tokens: 5, seed: 1 });
    expect(fit(model, { max_tokens: 5 })?.call.requestText).toBeUndefined();
    expect(fit(model, { max_tokens: 5, max_completion_tokens: 6 })).toBeUndefined();
    expect(fit(model, { seed: 1, temperature: 0 })).toBeUndefined();
  });

  it.each([
    ["o3-mini", ["temperature", "top_p", "thinking"]],
    ["gpt-5-mini", ["temperature", "top_p", "thinking", "stop"]],
    ["o3", ["temperature", "top_p", "thinking", "stop"]],
    ["gpt-5.2", ["temperature", "top_p", "thinking"]],
    ["gpt-5-chat-latest", ["thinking", "reasoning_effort"]],
    ["gpt-4o", ["thinking", "reasoning_effort"]],
    ["gpt-3.5-turbo", ["thinking", "reasoning_effort"]],
  ])("loses what %s refuses when fields may be dropped, and only then", (model, refused) => {
    const request = { temperature: 0, top_p: 1, reasoning_effort: "low", thinking: {}, stop: "x" };
    expect(fit(model, request)).toBeUndefined();
    const fitted = fit(model, request, true);
    expect(fitted?.dropped.toSorted()).toEqual(refused.toSorted());
    const kept = Object.entries(request).filter(([field]) => !refused.includes(field));
    expect(fitted?.call.request).toEqual(Object.fromEntries(kept));
  });

  it("keeps its sampling where a later model is not asked to reason", () => {
    for (const request of [{ temperature: 0 }, { temperature: 0, reasoning_effort: "none" }])
      expect(fit("gpt-5.2", request, true)).toBeUndefined();
  });

  it("goes out as it is for models of other names, and for other operations", () => {
    const request = { max_tokens: 5, temperature: 0, thinking: {} };
    for (const model of ["llama-3", "my-deployment", "o-1", "gpt-oss-20b", "grok-4"])
      expect(fit(model, request, true)).toBeUndefined();
    const call = { model: "gpt-5", request, dropParams: true } as unknown as ProviderCall;
    expect(fitRequest("text_completion", call)).toBeUndefined();
  });
});
