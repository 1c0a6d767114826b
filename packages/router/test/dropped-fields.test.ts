import { systemClock } from "@modelyard/core/kit";
import { deploymentOptions, scriptedProvider } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createRouter } from "../src/create-router.js";
import { setup, trailOf } from "./support/harness.js";

const tools = [
  { type: "function", strict: true, function: { name: "a", examples: [1] } },
  { type: "function", function: { name: "b", examples: [2] } },
];

describe("additionalDropParams", () => {
  it("can be named by a request in addition to the configured ones, and also remove fields that the provider adds", async () => {
    const harness = setup({
      modelList: [deploymentOptions("a", { additionalDropParams: ["user"], allowedOpenaiParams: ["seed"] })],
      additionalDropParams: ["tools[*].function.strict"],
    });
    const answer = await harness.ask({
      user: "u",
      metadata: { a: 1 },
      tools: [{ type: "function", function: { name: "f", strict: true } }],
      extra: { deep: { one: 1, two: 2 } },
      additional_drop_params: ["extra.deep.one", "stream_options"],
      allowed_openai_params: ["top_k"],
    });
    expect(harness.provider.calls[0]?.call).toMatchObject({
      request: { tools: [{ type: "function", function: { name: "f" } }], extra: { deep: { two: 2 } } },
      omittedFields: ["tools[*].function.strict", "user", "extra.deep.one", "stream_options"],
      allowedParams: ["seed", "top_k"],
    });
    expect(harness.provider.calls[0]?.call.request).not.toHaveProperty("additional_drop_params");
    expect(trailOf(answer).droppedParams.toSorted()).toEqual(["extra.deep.one", "tools[*].function.strict", "user"]);
  });

  it.each([["a."], [1], "user", Array.from({ length: 101 }, () => "user")])(
    "of a request are refused with the option's name when they are invalid (case %#)",
    async (value) => {
      const harness = setup({ modelList: [deploymentOptions("a")] });
      await expect(harness.ask({ additional_drop_params: value })).rejects.toMatchObject({
        kind: "bad_request",
        param: "additional_drop_params",
      });
    },
  );

  it("are removed from the upstream request, global ones and the deployment's, and the trail lists them", async () => {
    const provider = scriptedProvider({ clock: systemClock });
    const router = createRouter({
      providers: [provider],
      modelList: [
        { modelName: "m", model: "openai/m", additionalDropParams: ["tools[*].strict"], defaults: { user: "u" } },
      ],
      additionalDropParams: ["user", "seed"],
    });
    const request = { model: "m", messages: [{ role: "user" as const, content: "hi" }], seed: 1, tools };
    const { routing } = await router.completion(
      request as unknown as Parameters<typeof router.completion>[0] & { stream?: false },
    );
    const sent = provider.calls[0]?.call.request as unknown as Record<string, unknown>;
    expect(sent).not.toHaveProperty("user");
    expect(sent).not.toHaveProperty("seed");
    expect(sent["tools"]).toEqual([{ type: "function", function: tools[0]?.function }, tools[1]]);
    expect(routing.droppedParams).toEqual(expect.arrayContaining(["seed", "tools[*].strict"]));
    expect(request.tools).toBe(tools);
    await router.close();
  });

  it("are refused with their place in the configuration when the router is created", () => {
    const entry = { modelName: "m", model: "openai/m" };
    const providers = [scriptedProvider({ clock: systemClock })];
    expect(() => createRouter({ providers, modelList: [{ ...entry, additionalDropParams: ["a[*]"] }] })).toThrow(
      "modelList[0].additionalDropParams",
    );
    expect(() => createRouter({ providers, modelList: [entry], additionalDropParams: ["a."] })).toThrow(
      /^additionalDropParams: /u,
    );
  });
});
