import { describe, expect, it } from "vitest";
import { answerLimits, traitsOf } from "./model-traits.js";

describe("traitsOf", () => {
  it.each([
    ["claude-2", "none"],
    ["claude-instant-1.2", "none"],
    ["claude-3-opus-20240229", "none"],
    ["claude-3-5-sonnet-20241022", "none"],
    ["claude-3-7-sonnet-latest", "budget"],
    ["claude-sonnet-4-20250514", "budget"],
    ["claude-haiku-4-5@20251001", "budget"],
    ["us.anthropic.claude-opus-4-6-v1:0", "adaptive"],
    ["claude-opus-5-5", "adaptive"],
    ["claude-sonnet-5", "adaptive"],
    ["claude-mythos-preview", "adaptive"],
    ["deepseek-chat", "budget"],
  ] as const)("knows how %s thinks: %s", (model, thinking) => {
    expect(traitsOf(model).thinking).toBe(thinking);
  });

  it("knows which models accept sampling parameters, forced tools and schemas", () => {
    const table = [
      "claude-3-5-haiku-latest",
      "claude-opus-4-1-20250805",
      "claude-sonnet-4-5",
      "claude-opus-4-7",
      "claude-opus-5-5",
    ].map((model) => {
      const { sampling, temperatureWithTopP, forcedTools, jsonSchema, xhigh } = traitsOf(model);
      return [sampling, temperatureWithTopP, forcedTools, jsonSchema, xhigh].map(Number).join("");
    });
    expect(table).toEqual(["11100", "10100", "10110", "00111", "00011"]);
  });

  it.each<[string, number | undefined, number]>([
    ["claude-3-haiku-20240307", 4_096, 4_096],
    ["claude-3-5-sonnet-latest", 8_192, 8_192],
    ["anthropic.claude-3-7-sonnet-20250219-v1:0", 64_000, 16_000],
    ["claude-opus-4-20250514", 32_000, 16_000],
    ["claude-opus-4-1", 32_000, 16_000],
    ["claude-haiku-4-5-20251001", 64_000, 64_000],
    ["claude-sonnet-4-5", 64_000, 64_000],
    ["claude-opus-4-6", 128_000, 128_000],
    ["claude-haiku-5-5", 128_000, 128_000],
    ["Claude-Next", 128_000, 128_000],
    ["glm-5", undefined, 4_096],
    ["", undefined, 4_096],
  ])(
    "knows how long an answer may be, and how long an agent's answer usually may be: %s",
    (model, longest, forAgents) => {
      expect(answerLimits(model)).toEqual({ longest, forAgents });
    },
  );
});
