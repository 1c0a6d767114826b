import { MockLanguageModelV4 } from "ai/test";
import type { Router } from "@modelyard/router";
import type { LanguageModel } from "ai";
import { describe, expectTypeOf, it } from "vitest";
import { createModelyard, modelyard } from "../src/index.js";

const model = new MockLanguageModelV4();
declare const router: Router<"gpt">;

describe("the names of models", () => {
  it("are known to the compiler", () => {
    const ai = createModelyard({ models: { fast: [model], slow: model }, modelGroupAlias: { quick: "fast" } });
    expectTypeOf(ai("fast")).toExtend<LanguageModel>();
    expectTypeOf(ai).parameter(0).toEqualTypeOf<"fast" | "quick" | "slow">();
    // @ts-expect-error -- a misspelled name
    ai("fats");
    // @ts-expect-error -- a misspelled name
    ai.languageModel("fats");
    // @ts-expect-error -- a fallback to a name that does not exist
    createModelyard({ models: { fast: model }, fallbacks: { fast: ["slow"] } });
    // @ts-expect-error -- an alias of a name that does not exist
    createModelyard({ models: { fast: model }, modelGroupAlias: { quick: "fats" } });
    // @ts-expect-error -- a strategy that does not exist
    createModelyard({ models: { fast: model }, strategy: "least-bussy" });
  });

  it("are those of the router", () => {
    expectTypeOf(modelyard(router)).parameter(0).toEqualTypeOf<"gpt">();
    // @ts-expect-error -- a misspelled name
    modelyard(router)("gtp");
  });

  it("fit the SDK's global default", () => {
    const ai = createModelyard({ models: { fast: model } });
    expectTypeOf(ai).toExtend<NonNullable<typeof globalThis.AI_SDK_DEFAULT_PROVIDER>>();
  });
});
