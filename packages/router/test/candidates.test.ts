import { type CallOptions, type ModelCatalog } from "@modelyard/core";
import type { ModelFacts } from "@modelyard/core/kit";
import { createStrategy, strategyNames } from "@modelyard/strategies";
import { answers, deploymentOptions, fails, failure } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "../src/options.js";
import { type HarnessOptions, setup as setupRouter, trailOf } from "./support/harness.js";

/** The harness, and which deployments serve many calls. */
function setup(options: HarnessOptions) {
  const harness = setupRouter(options);
  /** Ids of the deployments that serve 20 calls, in alphabetical order. */
  const served = async (body: object = {}, callOptions: CallOptions = {}): Promise<readonly string[]> => {
    const before = harness.provider.calls.length;
    for (let count = 0; count < 20; count += 1) await harness.ask(body, callOptions);
    return [...new Set(harness.served().slice(before))].toSorted();
  };
  return { ...harness, served };
}

describe("deployment order", () => {
  const tiers = [
    deploymentOptions("first-a", { order: 1, weight: 1 }),
    deploymentOptions("first-b", { order: 1, weight: 9 }),
    deploymentOptions("second", { order: 2 }),
    deploymentOptions("last", { order: 7 }),
    deploymentOptions("none", { weight: 100 }),
  ];

  it.each(strategyNames)("sends everything to the lowest tier while it can serve, under %s", async (name) => {
    for (let turn = 0; turn < tiers.length; turn += 1) {
      const modelList = [...tiers.slice(turn), ...tiers.slice(0, turn)];
      const { served } = setup({ modelList, strategy: createStrategy(name) });
      const first = await served();
      expect(first.every((id) => id.startsWith("first"))).toBe(true);
    }
  });

  it("causes a warning if deployments without an order seem to come first, but come last", () => {
    const warned = (...orders: readonly (number | undefined)[]): readonly unknown[] => {
      const modelList = orders.map((order, index) =>
        deploymentOptions(`d${String(index)}`, order === undefined ? {} : { order }),
      );
      return setup({ modelList }).router.warnings.map(({ path, kind, message }) => [path, kind, message]);
    };
    const message: unknown = expect.stringMatching(/has no order, so it serves after those with order 2\. Set one\.$/u);
    expect(warned(undefined, 2, 3, undefined)).toEqual([
      [["modelList", 0], "no_order", message],
      [["modelList", 3], "no_order", message],
    ]);
    expect([...warned(1, undefined), ...warned(undefined, undefined), ...warned(2, 3)]).toEqual([]);
  });

  it("uses the next tier after a failure, and while a tier is in cooldown or full; deployments without an order come last", async () => {
    const { clock, provider, ask, served, router } = setup({ modelList: tiers, numRetries: 4, slowStartMs: 0 });
    for (const id of ["first-a", "first-b", "second", "last"])
      provider.script(id, fails("rate_limit", { retryAfterMs: 60_000 }));
    await ask();
    const tried = provider.calls.map((call) => call.deploymentId);
    expect(new Set(tried.slice(0, 2))).toEqual(new Set(["first-a", "first-b"]));
    expect(tried.slice(2)).toEqual(["second", "last", "none"]);
    expect(await served()).toEqual(["none"]);
    for (const id of ["first-a", "first-b", "second", "last"]) provider.script(id, answers());
    await clock.advance(60_000);
    expect((await served()).every((id) => id.startsWith("first"))).toBe(true);
    expect(router.explain("gpt-4").deployments.map(({ id }) => id)).toEqual([
      "first-a",
      "first-b",
      "second",
      "last",
      "none",
    ]);
    const full = setup({
      modelList: [deploymentOptions("small", { order: 1, rpm: 3 }), deploymentOptions("big", { order: 2 })],
    });
    for (let count = 0; count < 8; count += 1) await full.ask();
    expect(full.provider.calls.map((call) => call.deploymentId)).toEqual([
      "small",
      "small",
      "small",
      "big",
      "big",
      "big",
      "big",
      "big",
    ]);
  });

  it("never uses a higher tier while an untried deployment of a lower tier remains, whatever fails", async () => {
    const world = fc.record({
      orders: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
      failing: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      name: fc.constantFrom(...strategyNames),
    });
    await fc.assert(
      fc.asyncProperty(world, async ({ orders, failing, name }) => {
        const { provider, ask } = setup({
          strategy: createStrategy(name),
          numRetries: 10,
          disableCooldowns: true,
          modelList: orders.map((order, index) => deploymentOptions(`d${String(index)}`, { order })),
        });
        for (const index of orders.keys())
          if (failing[index] === true) provider.script(`d${String(index)}`, fails("internal_server"));
        await ask({}, { deadlineMs: 1_000 }).catch(() => undefined);
        const asked = provider.calls
          .slice(0, orders.length)
          .map((call) => orders[Number(call.deploymentId.slice(1))] ?? 0);
        expect(asked).toEqual(asked.toSorted((left, right) => left - right));
      }),
      { numRuns: 100 },
    );
  });
});

describe("tag routing", () => {
  const tagged = (any?: boolean) =>
    setup({
      enableTagFiltering: true,
      ...(any === undefined ? {} : { tagFilteringMatchAny: any }),
      modelList: [
        deploymentOptions("free", { tags: ["free"] }),
        deploymentOptions("paid", { tags: ["paid", "eu"] }),
        deploymentOptions("both", { tags: ["paid", "free"] }),
        deploymentOptions("harness", { tags: ["default"] }),
        deploymentOptions("plain"),
      ],
    });

  it.each([
    [undefined, ["free"], ["both", "free"]],
    [undefined, ["paid", "eu"], ["both", "paid"]],
    [false, ["paid", "eu"], ["paid"]],
    [false, ["paid", "free"], ["both"]],
    [undefined, ["unheard"], ["harness"]],
    [false, ["paid", "unheard"], ["harness"]],
    [undefined, [], ["harness"]],
    [undefined, ["default"], ["harness"]],
  ])("with matching of any tag = %s and request tags %j picks only %j", async (any, tags, expected) => {
    expect(await tagged(any).served({}, { tags })).toEqual(expected);
    expect(await tagged(any).served({ tags })).toEqual(expected);
    expect(await tagged(any).served({ metadata: { tags } })).toEqual(expected);
  });

  it("reports the deployments that were removed for their tags, and tags that no deployment has", async () => {
    const { ask, router } = setup({
      enableTagFiltering: true,
      modelList: [deploymentOptions("a", { tags: ["paid"] }), deploymentOptions("b", { tags: ["free"] })],
    });
    const answer = await ask({}, { tags: ["free"] });
    expect(trailOf(answer).rejections).toEqual([
      { deploymentId: "a", provider: "openai", model: "a", reason: "its tags do not match" },
    ]);
    const error = await failure(ask({}, { tags: ["gold"] }));
    expect(error).toMatchObject({ status: 400, code: "no_deployment_fits" });
    expect(error.message).toContain('openai/a "a": its tags do not match; openai/b "b": its tags do not match');
    expect(error.message).not.toContain("gold");
    expect(
      router.explain("gpt-4", { options: { tags: ["free"] } }).deployments.map(({ id, rejection }) => [id, rejection]),
    ).toEqual([
      ["a", "its tags do not match"],
      ["b", undefined],
    ]);
  });

  it("serves requests without tags from all deployments if none has the tag `default`", async () => {
    const { served } = setup({
      enableTagFiltering: true,
      modelList: [deploymentOptions("a", { tags: ["paid"] }), deploymentOptions("b")],
    });
    expect(await served()).toEqual(["a", "b"]);
  });

  it("changes nothing when tag filtering is not enabled", async () => {
    const { served } = setup({ modelList: [deploymentOptions("a", { tags: ["paid"] }), deploymentOptions("b")] });
    expect(await served({}, { tags: ["paid"] })).toEqual(["a", "b"]);
  });
});

describe("region routing", () => {
  const spread = () =>
    setup({
      modelList: [
        deploymentOptions("eu", { regionName: "eu-west-1" }),
        deploymentOptions("us", { regionName: "us-east-1" }),
        deploymentOptions("somewhere"),
      ],
    });

  it.each([
    [{ allowed_model_region: "eu-west-1" }, {}, ["eu"]],
    [{ allowed_model_region: ["eu-west-1", "us-east-1"] }, {}, ["eu", "us"]],
    [{}, { allowedRegions: ["us-east-1"] }, ["us"]],
    [{}, {}, ["eu", "somewhere", "us"]],
  ])(
    "with allowed regions %j and %j uses only deployments in those regions, and none of unknown region",
    async (body, options, expected) => {
      expect(await spread().served(body, options)).toEqual(expected);
    },
  );

  it("reports an error when no deployment is in an allowed region", async () => {
    const error = await failure(spread().ask({ allowed_model_region: "mars" }));
    expect(error).toMatchObject({ status: 400, code: "no_deployment_fits" });
    expect(error.message).toContain('openai/eu "eu": its region is eu-west-1');
    expect(error.message).toContain('"somewhere": its region is unknown');
  });
});

const facts: Readonly<Record<string, ModelFacts>> = {
  "openai/small": { maxInputTokens: 50, capabilities: { vision: false } },
  "openai/large": { maxInputTokens: 1_000, capabilities: { vision: true, tools: true, jsonSchema: true } },
};
const catalog: ModelCatalog = (provider, model) => facts[`${provider}/${model}`];

describe("context windows", () => {
  /** About 100 tokens. */
  const prompt = { messages: [{ role: "user", content: "word ".repeat(80) }] };
  const windows = (more: Partial<CreateRouterOptions> = {}) =>
    setup({
      catalog,
      enablePreCallChecks: true,
      modelList: [
        deploymentOptions("said", { maxInputTokens: 60 }),
        deploymentOptions("listed", { model: "openai/small" }),
        deploymentOptions("renamed", { model: "openai/my-deployment", baseModel: "small" }),
        deploymentOptions("overruled", { model: "openai/small", maxInputTokens: 500 }),
        deploymentOptions("roomy", { model: "openai/large" }),
        deploymentOptions("unknown"),
      ],
      ...more,
    });

  it("come from the deployment, else from the catalog, also by its base model; an unknown window accepts any prompt", async () => {
    expect(await windows().served(prompt)).toEqual(["overruled", "roomy", "unknown"]);
    expect(await windows().served()).toHaveLength(6);
  });

  it("are ignored unless pre-call checks are enabled", async () => {
    expect(await windows({ enablePreCallChecks: false }).served(prompt)).toHaveLength(6);
  });

  it("of 0 tokens accept no prompt, and the error states the sizes without a call", async () => {
    const { ask, provider, router } = setup({
      enablePreCallChecks: true,
      modelList: [deploymentOptions("a", { maxInputTokens: 0 }), deploymentOptions("b", { maxInputTokens: 50 })],
    });
    const error = await failure(ask(prompt));
    expect(error).toMatchObject({ kind: "context_window_exceeded", status: 400, attempts: [] });
    expect(error.message).toMatch(
      /"a": about \d+ tokens do not fit its window of 0; openai\/b "b": about \d+ tokens do not fit its window of 50/u,
    );
    expect(error.message).not.toContain("word");
    expect(error.trail?.rejections.map(({ deploymentId }) => deploymentId)).toEqual(["a", "b"]);
    expect(provider.calls).toEqual([]);
    expect(router.explain("gpt-4", { request: prompt }).deployments.map(({ rejection }) => rejection)).toEqual([
      expect.stringContaining("its window of 0"),
      expect.stringContaining("its window of 50"),
    ]);
  });

  it("that are too small are not the reported reason if another deployment is only rate limited", async () => {
    const { ask } = setup({
      enablePreCallChecks: true,
      modelList: [deploymentOptions("a", { maxInputTokens: 5 }), deploymentOptions("b", { rpm: 1 })],
    });
    await ask(prompt);
    expect(await failure(ask(prompt))).toMatchObject({ status: 429, kind: "no_deployment_available" });
  });
});

describe("capabilities", () => {
  const image = {
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }] }],
  };
  const tools = { tools: [{ type: "function", function: { name: "f" } }] };
  const schema = { response_format: { type: "json_schema", json_schema: { name: "x", schema: {} } } };
  const able = (enablePreCallChecks = true) =>
    setup({
      catalog,
      enablePreCallChecks,
      modelList: [
        deploymentOptions("blind", { capabilities: { vision: false } }),
        deploymentOptions("bare", { capabilities: { tools: false, jsonSchema: false } }),
        deploymentOptions("listed", { model: "openai/small" }),
        deploymentOptions("unknown"),
        deploymentOptions("overruled", {
          model: "openai/small",
          maxInputTokens: 5_000,
          capabilities: { vision: true },
        }),
      ],
    });

  it.each([
    ["vision", image, ["bare", "overruled", "unknown"]],
    ["tools", tools, ["blind", "listed", "overruled", "unknown"]],
    ["functions", { functions: tools.tools }, ["blind", "listed", "overruled", "unknown"]],
    ["JSON schemas", schema, ["blind", "listed", "overruled", "unknown"]],
    [
      "nothing",
      { tools: [], response_format: { type: "json_object" } },
      ["bare", "blind", "listed", "overruled", "unknown"],
    ],
  ])("are required by a request with %s", async (_, body, expected) => {
    expect(await able().served(body)).toEqual(expected);
    expect(await able(false).served(body)).toHaveLength(5);
  });

  it("that no deployment has are named in the error, the trail and the explanation", async () => {
    const { ask, router } = setup({
      enablePreCallChecks: true,
      modelList: [deploymentOptions("a", { capabilities: { tools: false, vision: false } })],
    });
    for (const [body, words, param] of [
      [tools, "its model does not support tools, which tools[0] needs", "tools[0]"],
      [image, "its model does not support vision, which messages[0].content[0] needs", "messages[0].content[0]"],
    ] as const) {
      const error = await failure(ask(body));
      expect(error).toMatchObject({ status: 400, code: "no_deployment_fits", param });
      expect(error.message).toContain(`openai/a "a": ${words}`);
      expect(error.message).toContain(`Omit ${param}, or configure`);
      expect(error.trail?.rejections).toEqual([{ deploymentId: "a", provider: "openai", model: "a", reason: words }]);
      expect(router.explain("gpt-4", { request: body }).deployments[0]).toMatchObject({ rejection: words });
    }
    expect(router.explain("gpt-4").deployments[0]).toMatchObject({
      rejection: undefined,
      capabilities: { tools: false },
    });
  });

  it.each([[[null]], [["x"]], [[{ content: [null, 5] }]], ["x"], [5]])(
    "are determined without an exception for messages like %j",
    async (odd) => {
      const { ask } = able();
      await expect(ask({ messages: odd })).resolves.toBeDefined();
    },
  );
});

describe("custom filters", () => {
  it("receive the candidate and the call, and their reasons appear in the error", async () => {
    const seen: unknown[] = [];
    const { served, ask, router } = setup({
      modelList: [
        deploymentOptions("cheap", { inputCostPerToken: 1 }),
        deploymentOptions("dear", { inputCostPerToken: 9 }),
      ],
      filters: [
        {
          name: "budget",
          reject: (candidate, context) => {
            seen.push([context.group, context.stream, context.metadata["team"]]);
            const price = candidate.deployment.prices.inputCostPerToken ?? 0;
            return price > Number(context.metadata["most"] ?? 10) ? `it costs ${String(price)}` : undefined;
          },
        },
      ],
    });
    expect(await served({}, { metadata: { most: 5, team: "x" } })).toEqual(["cheap"]);
    expect(seen[0]).toEqual(["gpt-4", false, "x"]);
    const error = await failure(ask({}, { metadata: { most: 0 } }));
    expect(error).toMatchObject({ status: 400, code: "no_deployment_fits" });
    expect(error.message).toContain('openai/cheap "cheap": budget: it costs 1; openai/dear "dear": budget: it costs 9');
    const explained = router.explain("gpt-4", { options: { metadata: { most: 5 } } });
    expect(explained.deployments.map(({ rejection }) => rejection)).toEqual([undefined, "budget: it costs 9"]);
  });

  it("that throw remove the deployment, since what they protect may matter", async () => {
    const { ask, served } = setup({
      modelList: [deploymentOptions("a"), deploymentOptions("b")],
      filters: [
        {
          name: "residency",
          reject: (candidate) => {
            if (candidate.deployment.id === "a") throw new Error("no map");
            return undefined;
          },
        },
      ],
    });
    expect(await served()).toEqual(["b"]);
    expect(trailOf(await ask()).rejections).toEqual([
      { deploymentId: "a", provider: "openai", model: "a", reason: "residency: it threw" },
    ]);
  });

  it("are reported with five deployments at most in one message", async () => {
    const { ask } = setup({
      modelList: Array.from({ length: 40 }, (_, index) => deploymentOptions(`d${String(index)}`)),
      filters: [{ name: "never", reject: () => "no" }],
    });
    const error = await failure(ask());
    expect(error.message).toContain("and 35 more");
    expect(error.message).not.toContain("d5:");
    expect(error.trail?.rejections).toHaveLength(40);
  });
});
