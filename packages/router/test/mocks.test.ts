import { deploymentOptions, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("mock answers", () => {
  it("reach the caller without a provider call, plain and streamed", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        deploymentOptions("canned", { modelName: "canned", mockResponse: "from the file" }),
      ],
    });
    expect(await harness.ask({ mock_response: "mocked" })).toMatchObject({
      choices: [{ message: { content: "mocked" } }],
    });
    expect(await harness.ask({ model: "canned" })).toMatchObject({
      choices: [{ message: { content: "from the file" } }],
    });
    let text = "";
    for await (const chunk of await harness.router.completion({
      model: "gpt-4",
      messages: [],
      stream: true,
      mock_response: "mocked",
    }))
      text += chunk.choices[0]?.delta.content ?? "";
    expect([text, harness.provider.calls.length]).toEqual(["mocked", 0]);
  });

  it("have one embedding for every text of the request", async () => {
    const harness = setup({ modelList: [deploymentOptions("a", { mockResponse: "x" })] });
    expect((await harness.router.embedding({ model: "gpt-4", input: ["a", "b"] })).data).toHaveLength(2);
    expect((await harness.router.embedding({ model: "gpt-4", input: [1, 2] })).data).toHaveLength(1);
    const encoded = await harness.router.embedding({ model: "gpt-4", input: "a", encoding_format: "base64" });
    expect(encoded.data[0]?.embedding).toBe("AAAAAAAAAAAAAAAA");
  });

  it.each([
    ["mock_testing_fallbacks", "general"],
    ["mock_testing_context_fallbacks", "context"],
    ["mock_testing_content_policy_fallbacks", "policy"],
  ])("with %s trigger the fallback", async (field, group) => {
    const harness = setup({
      modelList: [
        deploymentOptions("a"),
        ...["general", "context", "policy"].map((name) => deploymentOptions(name, { modelName: name })),
      ],
      fallbacks: { "gpt-4": ["general"] },
      contextWindowFallbacks: { "gpt-4": ["context"] },
      contentPolicyFallbacks: { "gpt-4": ["policy"] },
    });
    await harness.ask({ [field]: true });
    expect(harness.served()).toEqual([group]);
  });

  it("never reach a vendor, and neither do the fields that ask for them", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
    });
    await harness.ask({ mock_testing_fallbacks: true });
    expect(harness.provider.calls[0]?.call.request).toEqual({
      model: "gpt-4",
      messages: [{ role: "user", content: "hi" }],
    });
    expect((await failure(harness.ask({ mock_timeout: true, disable_fallbacks: true }))).status).toBe(408);
    expect((await failure(harness.ask({ mock_testing_rate_limit_error: true, disable_fallbacks: true }))).status).toBe(
      429,
    );
    expect((await failure(harness.ask({ mock_response: 4 }))).status).toBe(400);
    expect(harness.provider.calls).toHaveLength(1);
  });

  it.each([
    ["litellm.RateLimitError", "rate_limit", 429],
    ["litellm.InternalServerError", "internal_server", 500],
    ["litellm.ContextWindowExceededError", "context_window_exceeded", 400],
    ["litellm.ContentPolicyViolationError", "content_policy_violation", 400],
    ["litellm.Timeout", "timeout", 408],
    ["litellm.AuthenticationError", "authentication", 401],
  ])("fail with %s if the mock answer says so", async (text, kind, status) => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("bad", { modelName: "bad", mockResponse: text })],
      numRetries: 1,
    });
    expect(await failure(harness.ask({ mock_response: text }))).toMatchObject({ kind, status, source: "provider" });
    expect(await failure(harness.ask({ model: "bad", stream: true }))).toMatchObject({ kind, status });
    expect(harness.provider.calls).toEqual([]);
  });

  it("can fail the first group and leave the fallback real", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b", { modelName: "other" })],
      fallbacks: { "gpt-4": ["other"] },
    });
    await harness.ask({ mock_response: "litellm.InternalServerError", num_retries: 0 });
    expect(harness.served()).toEqual(["b"]);
    await harness.ask({ mock_response: "said", num_retries: 0 });
    expect(harness.served()).toEqual(["b"]);
  });

  it("start a cooldown as real failures do", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a", { mockResponse: "litellm.RateLimitError" }), deploymentOptions("b")],
    });
    for (let count = 0; count < 20; count += 1) await harness.ask();
    expect(harness.types().filter((type) => type === "deployment_cooldown")).toHaveLength(1);
  });
});
