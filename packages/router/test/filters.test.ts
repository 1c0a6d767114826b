import { deploymentOptions, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup } from "./support/harness.js";

describe("filters", () => {
  it("apply tags, with any or all of them matching, and the tag `default`", async () => {
    const modelList = [
      deploymentOptions("free", { tags: ["free"] }),
      deploymentOptions("paid", { tags: ["paid", "eu"] }),
      deploymentOptions("plain", { tags: ["default"] }),
    ];
    const harness = setup({ modelList, enableTagFiltering: true });
    for (const tags of [["paid"], ["free", "nothing"], ["nothing"], []]) await harness.ask({ tags });
    expect(harness.served()).toEqual(["paid", "free", "plain", "plain"]);
    const strict = setup({ modelList, enableTagFiltering: true, tagFilteringMatchAny: false });
    await strict.ask({ tags: ["paid", "eu"] });
    await strict.ask({ tags: ["paid", "free"] });
    expect(strict.served()).toEqual(["paid", "plain"]);
  });

  it("apply regions", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("eu", { regionName: "eu" }),
        deploymentOptions("us", { regionName: "us" }),
        deploymentOptions("somewhere"),
      ],
    });
    for (let count = 0; count < 5; count += 1) await harness.ask({ allowed_model_region: "eu" });
    expect(new Set(harness.served())).toEqual(new Set(["eu"]));
    expect((await failure(harness.ask({ allowed_model_region: "mars" }))).code).toBe("no_deployment_fits");
  });

  it("skip context windows that are too small, and report it without a call when all are", async () => {
    const modelList = [
      deploymentOptions("small", { maxInputTokens: 10 }),
      deploymentOptions("large", { maxInputTokens: 1_000 }),
    ];
    const harness = setup({ modelList, enablePreCallChecks: true });
    const long = { messages: [{ role: "user", content: "x".repeat(400) }] };
    for (let count = 0; count < 5; count += 1) await harness.ask(long);
    expect(new Set(harness.served())).toEqual(new Set(["large"]));
    const error = await failure(harness.ask({ messages: [{ role: "user", content: "x".repeat(40_000) }] }));
    expect(error.kind).toBe("context_window_exceeded");
    expect(harness.provider.calls).toHaveLength(5);
  });

  it("send a prompt that is too long for the group to its context window fallback", async () => {
    const modelList = [
      deploymentOptions("small", { maxInputTokens: 10 }),
      deploymentOptions("tiny", { modelName: "tiny", maxInputTokens: 5 }),
      deploymentOptions("large", { modelName: "long" }),
    ];
    const harness = setup({
      modelList,
      enablePreCallChecks: true,
      contextWindowFallbacks: { "gpt-4": ["tiny", "long"] },
    });
    await harness.ask({ messages: [{ role: "user", content: "x".repeat(400) }] });
    expect(harness.served()).toEqual(["large"]);
  });

  it("skip models that lack a capability that the request needs, and apply custom filters", async () => {
    const harness = setup({
      modelList: [deploymentOptions("plain", { capabilities: { tools: false } }), deploymentOptions("able")],
      enablePreCallChecks: true,
    });
    for (let count = 0; count < 5; count += 1)
      await harness.ask({ tools: [{ type: "function", function: { name: "f" } }] });
    expect(new Set(harness.served())).toEqual(new Set(["able"]));
    const own = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      filters: [{ name: "no-a", reject: (candidate) => (candidate.deployment.id === "a" ? "not today" : undefined) }],
    });
    for (let count = 0; count < 5; count += 1) await own.ask();
    expect(new Set(own.served())).toEqual(new Set(["b"]));
  });
});
