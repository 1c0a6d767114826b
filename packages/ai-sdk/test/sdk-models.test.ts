import { silentLogger } from "@modelyard/core";
import { generateText, streamText } from "ai";
import { describe, expect, it } from "vitest";
import { createModelyard } from "../src/index.js";
import { callsOf, failing, model, refusal } from "./support/mocks.js";

const quiet = { logger: silentLogger, numRetries: 0 };

describe("models of the AI SDK behind one name", () => {
  it("serve generateText, with the metadata of the call", async () => {
    const ai = createModelyard({ ...quiet, models: { fast: [model("a")] } });
    const answer = await generateText({ model: ai("fast"), prompt: "Hi" });
    expect(answer.text).toBe("from a");
    expect(answer.usage).toMatchObject({ inputTokens: 10, outputTokens: 5, totalTokens: 15 });
    expect(answer.finalStep.providerMetadata?.["modelyard"]).toMatchObject({
      modelGroup: "fast",
      deployment: "fast/acme.chat/a",
      provider: "acme.chat",
      model: "a",
      attempts: [{ deployment: "fast/acme.chat/a", outcome: "success" }],
    });
  });

  it("serve streamText after a fallback", async () => {
    const first = failing("a");
    const ai = createModelyard({
      ...quiet,
      models: { fast: [first], spare: [model("b")] },
      fallbacks: { fast: ["spare"] },
    });
    const answer = streamText({ model: ai("fast"), prompt: "Hi" });
    expect(await answer.text).toBe("from b");
    expect(await answer.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 });
    expect(callsOf(first)).toHaveLength(1);
    expect((await answer.finalStep).providerMetadata?.["modelyard"]).toMatchObject({
      modelGroup: "spare",
      fallbacks: 1,
    });
  });

  it("are asked once if all fail, whatever the SDK's maxRetries", async () => {
    const first = failing("a", refusal({ status: 503 }));
    const ai = createModelyard({ ...quiet, models: { fast: [first] } });
    await expect(generateText({ model: ai("fast"), prompt: "Hi" })).rejects.toMatchObject({
      statusCode: 503,
      isRetryable: false,
    });
    expect(callsOf(first)).toHaveLength(1);
  });
});
