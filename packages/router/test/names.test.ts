import {
  type Candidate,
  type NonEmpty,
  type DeploymentOptions,
  type RouterConfig,
  type RouterError,
} from "@modelyard/core";
import { formatWarning } from "@modelyard/core/kit";
import { answers, fails, failure } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HarnessOptions, setup as setupRouter, trailOf } from "./support/harness.js";

/** The harness, whose calls name a model, and the models that the vendor received. */
function setup(config: HarnessOptions, seed = 1) {
  const harness = setupRouter(config, { seed });
  const ask = (model: string, body: object = {}) => harness.ask({ model, ...body });
  return { ...harness, ask, sent: () => harness.provider.calls.map(({ call }) => call.model) };
}

const group = (modelName: string, model = modelName, more: Partial<DeploymentOptions> = {}): DeploymentOptions => ({
  modelName,
  model: `openai/${model}`,
  ...more,
});

describe("aliases", () => {
  it("resolve to a group, through other aliases, and to a name that a wildcard group covers", async () => {
    const { router, ask, sent } = setup({
      modelList: [group("gpt-4"), group("fast/*", "*")],
      modelGroupAlias: { one: "two", two: { model: "gpt-4", hidden: true }, mini: "fast/gpt-4o-mini" },
    });
    expect(router.warnings).toEqual([]);
    for (const name of ["one", "two", "mini"]) await ask(name);
    expect(sent()).toEqual(["gpt-4", "gpt-4", "gpt-4o-mini"]);
    expect(router.state().aliases).toEqual({ one: "gpt-4", two: "gpt-4", mini: "fast/gpt-4o-mini" });
  });

  it("that are hidden can be called but are not listed", async () => {
    const { router, ask, sent } = setup({
      modelList: [group("gpt-4"), group("openai/*", "*")],
      modelGroupAlias: { shown: "gpt-4", secret: { model: "gpt-4", hidden: true } },
    });
    expect(router.models()).toEqual([
      { id: "gpt-4", group: "gpt-4", alias: false, wildcard: false, deployments: 1 },
      { id: "openai/*", group: "openai/*", alias: false, wildcard: true, deployments: 1 },
      { id: "shown", group: "gpt-4", alias: true, wildcard: false, deployments: 1 },
    ]);
    await ask("secret");
    expect(sent()).toEqual(["gpt-4"]);
    expect((await failure(ask("secre"))).message).not.toContain("secret");
  });

  it.each([
    [{ gone: "nothing" }, "gone", "but there is no such model group"],
    [{ gone: "fast/*" }, "gone", "name one of them"],
    [{ first: "gone", gone: "nothing" }, "first", '"nothing"'],
  ])("that lead nowhere cause a warning and a 404 error: %j", async (modelGroupAlias, name, words) => {
    const { router, ask, sent } = setup({ modelList: [group("gpt-4"), group("fast/*", "*")], modelGroupAlias });
    expect(router.warnings).toContainEqual({
      path: ["modelGroupAlias", name],
      kind: "unknown_group",
      message: expect.stringContaining(words) as unknown,
    });
    expect(router.models().map(({ id }) => id)).toEqual(["gpt-4", "fast/*"]);
    expect(await failure(ask(name))).toMatchObject({ status: 404, kind: "model_not_found" });
    expect(sent()).toEqual([]);
  });

  it.each([[{ a: "a" }], [{ a: "b", b: "a" }], [{ x: "a", a: "b", b: "a" }]])(
    "that form a cycle are refused: %j",
    (modelGroupAlias) => {
      expect(() => setup({ modelList: [group("gpt-4")], modelGroupAlias })).toThrow(
        /modelGroupAlias\.\w: this alias points back/u,
      );
    },
  );

  it("with the name of a real group are ignored with a warning, wherever they lead", async () => {
    for (const target of ["nothing", "other", "gpt-4"]) {
      const { router, ask, sent } = setup({
        modelList: [group("gpt-4"), group("other")],
        modelGroupAlias: { "gpt-4": target },
      });
      expect(router.warnings.map(formatWarning)).toEqual([
        expect.stringContaining("modelGroupAlias.gpt-4: a model group has the same name and wins"),
      ]);
      await ask("gpt-4");
      expect(sent()).toEqual(["gpt-4"]);
    }
  });

  it("do not change a call: the trail and all failures are those of the group", async () => {
    const behaviors = ["rate_limit", "internal_server", "timeout", "context_window_exceeded", "bad_request"] as const;
    const config = fc.record({
      orders: fc.array(fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }), { minLength: 1, maxLength: 4 }),
      retries: fc.nat({ max: 3 }),
      rpm: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      failing: fc.array(fc.constantFrom(...behaviors, undefined), { minLength: 4, maxLength: 4 }),
      fallbacks: fc.constantFrom<RouterConfig["fallbacks"]>([], [{ real: ["spare"] }], [{ "*": ["spare"] }]),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(config, async ({ orders, retries, rpm, failing, fallbacks, seed }) => {
        const run = async (name: string) => {
          const { provider, ask, clock } = setup(
            {
              modelList: [
                ...orders.map((order, index) =>
                  group("real", `d${String(index)}`, {
                    id: `d${String(index)}`,
                    ...(order === undefined ? {} : { order }),
                    ...(rpm === undefined ? {} : { rpm }),
                  }),
                ),
                group("spare", "spare", { id: "spare" }),
              ],
              modelGroupAlias: { alias: "hop", hop: { model: "real", hidden: true } },
              numRetries: retries,
              fallbacks: fallbacks ?? [],
              deadlineMs: 120_000,
            },
            seed,
          );
          for (const [index, kind] of failing.entries())
            if (kind !== undefined) provider.script(`d${String(index)}`, fails(kind));
          const seen: unknown[] = [];
          for (let count = 0; count < 4; count += 1) {
            await ask(name).then(
              (answer) => seen.push(trailOf(answer)),
              (error: RouterError) => seen.push(error.trail, error.message, error.status),
            );
          }
          seen.push(clock.now());
          return JSON.parse(
            JSON.stringify(seen, (key, value: unknown) => (key === "requestedModel" ? undefined : value)),
          ) as unknown;
        };
        expect(await run("alias")).toEqual(await run("real"));
      }),
      { numRuns: 150 },
    );
  });
});

describe("wildcard groups", () => {
  it("match after groups, aliases and ids, the longest first, from the first to the last character", async () => {
    const { ask, sent } = setup({
      modelList: [
        group("*", "any-*"),
        group("openai/*", "openai-*"),
        group("openai/gpt-*", "gpt-*"),
        group("openai/gpt-4", "exact"),
        group("*-mini", "mini-*"),
        group("g", "by-id", { id: "openai/id" }),
      ],
      modelGroupAlias: { "openai/alias": "openai/gpt-4" },
    });
    for (const name of [
      "openai/gpt-4",
      "openai/alias",
      "openai/id",
      "openai/gpt-5",
      "openai/o3",
      "x-mini",
      "x-mini-2",
      "é/ü",
    ])
      await ask(name);
    expect(sent()).toEqual(["exact", "exact", "by-id", "gpt-5", "openai-o3", "mini-x", "any-x-mini-2", "any-é/ü"]);
  });

  it("cannot be called by their pattern or by the ids of their deployments, because the model is unknown", async () => {
    const { ask, sent } = setup({ modelList: [group("openai/*", "*", { id: "wild" }), group("gpt-4")] });
    for (const name of ["openai/*", "wild", "openai/gpt-*"])
      expect(await failure(ask(name))).toMatchObject({ status: 404, kind: "model_not_found" });
    expect(sent()).toEqual([]);
  });

  it("with a written-out model can be called by their pattern", async () => {
    const { ask, sent } = setup({ modelList: [group("cheap/*", "gpt-4o-mini", { id: "fixed" })] });
    for (const name of ["cheap/x", "fixed", "cheap/*"]) await ask(name);
    expect(sent()).toEqual(["gpt-4o-mini", "gpt-4o-mini", "gpt-4o-mini"]);
  });

  it("do not match names that no vendor would use", async () => {
    const { ask } = setup({ modelList: [group("openai/*", "*")] });
    expect(await failure(ask(`openai/${"x".repeat(600)}`))).toMatchObject({ status: 404 });
  });

  it("count as separate groups for each name, so that one name may fall back to another", async () => {
    const { provider, ask, sent, router } = setup({
      modelList: [group("openai/*", "*")],
      numRetries: 0,
      fallbacks: [{ "openai/big": ["openai/big", "openai/small"] }, { "openai/*": ["openai/other"] }],
    });
    expect(router.warnings).toEqual([]);
    provider.script("*", fails("internal_server"), answers());
    await ask("openai/big");
    expect(sent()).toEqual(["big", "small"]);
  });

  it("get prices and context windows of the concrete model, if the catalog knows it", async () => {
    const asked: string[] = [];
    const { router, ask, sent, provider } = setup({
      enablePreCallChecks: true,
      catalog: (vendor, model) => {
        asked.push(`${vendor}/${model}`);
        if (model === "big") return { inputCostPerToken: 1, outputCostPerToken: 2, maxInputTokens: 1_000 };
        return model === "tiny" ? { maxInputTokens: 5 } : undefined;
      },
      modelList: [
        group("openai/*", "*", { id: "wild" }),
        group("own/*", "*", { inputCostPerToken: 7, baseModel: "big" }),
      ],
      fallbacks: [{ "openai/tiny": ["openai/tiny", "openai/big"] }],
    });
    asked.length = 0;
    for (let count = 0; count < 3; count += 1) expect(trailOf(await ask("openai/big")).costUsd).toBe(4 * 1 + 6 * 2);
    expect(trailOf(await ask("openai/strange")).costUsd).toBeUndefined();
    expect(asked).toEqual(["openai/big", "openai/strange"]);
    // The prompt is too long for the small one.
    provider.reset();
    await ask("openai/tiny");
    expect(sent()).toEqual(["big"]);
    expect(router.explain("openai/big").deployments[0]).toMatchObject({ maxInputTokens: 1_000, model: "big" });
    expect(
      router.explain("openai/tiny", { request: { messages: [{ role: "user", content: "x".repeat(99) }] } })
        .deployments[0],
    ).toMatchObject({
      rejection: expect.stringContaining("its window of 5") as string,
    });
    expect(router.explain("own/x").deployments[0]?.prices).toEqual({
      inputCostPerToken: 7,
      outputCostPerToken: 2,
      cachedInputCostPerToken: undefined,
    });
  });

  it("must have a * in the group's name if the model has one", () => {
    expect(() => setup({ modelList: [group("gpt", "*")] })).toThrow("modelList[0].model");
  });
});

describe("deployment ids", () => {
  it("can be called, with the limits, health and fallbacks of their deployment", async () => {
    const { provider, ask, sent, clock } = setup({
      modelList: [group("gpt-4", "a", { id: "id-a", rpm: 2 }), group("gpt-4", "b", { id: "id-b" }), group("spare")],
      fallbacks: [{ "gpt-4": ["spare"] }],
      numRetries: 0,
    });
    for (let count = 0; count < 3; count += 1) await ask("id-a");
    expect(sent()).toEqual(["a", "a", "spare"]);
    provider.script("b", fails("authentication"));
    await ask("id-b");
    await ask("id-b");
    expect(sent().slice(3)).toEqual(["b", "spare", "spare"]);
    await clock.advance(60_000);
    await ask("id-a");
    expect(sent().at(-1)).toBe("a");
  });

  it("are hidden by a group of the same name", async () => {
    const { ask, sent } = setup({ modelList: [group("gpt-4", "a", { id: "gpt-5" }), group("gpt-5", "b")] });
    await ask("gpt-5");
    expect(sent()).toEqual(["b"]);
  });
});

describe("unknown names", () => {
  it("are 404 errors that suggest similar names and never quote an API key", async () => {
    const { ask } = setup({ modelList: [group("gpt-4"), group("claude-3-opus"), group("fast/*", "*")] });
    const error = await failure(ask("gtp-4"));
    expect(error).toMatchObject({ status: 404, kind: "model_not_found", param: "model", attempts: [] });
    expect(error.message).toBe('The model "gtp-4" does not exist. Did you mean "gpt-4"?');
    expect((await failure(ask("entirely different"))).message).toContain("Known: gpt-4, claude-3-opus, fast/*.");
  });
});

describe("the lookup of a name", () => {
  it.each([
    ["gpt-4", { id: "gpt-4", group: "gpt-4", alias: false, wildcard: false, deployments: 1 }],
    ["shown", { id: "shown", group: "gpt-4", alias: true, wildcard: false, deployments: 1 }],
    ["openai/*", { id: "openai/*", group: "openai/*", alias: false, wildcard: true, deployments: 1 }],
    ["openai/o1", { id: "openai/o1", group: "openai/*", alias: false, wildcard: true, deployments: 1 }],
    ["openai/secret", undefined],
    ["openai/o*", undefined],
    ["own-id", undefined],
    ["nobody", undefined],
  ])("finds for %s what a search through the whole list would find", (name, listing) => {
    const { router } = setup({
      modelList: [group("gpt-4", "g", { id: "own-id" }), group("openai/*", "*")],
      modelGroupAlias: { shown: "gpt-4", "openai/secret": { model: "openai/o1", hidden: true } },
    });
    expect(router.resolve(name)).toEqual(listing);
  });
});

describe("routing groups", () => {
  const config = (more: Partial<RouterConfig> = {}): HarnessOptions => ({
    modelList: [group("small", "s", { id: "s" }), group("large", "l", { id: "l" }), group("wild/*", "*", { id: "w" })],
    routingGroups: { any: ["small", "large", "wild/*"] },
    numRetries: 0,
    ...more,
  });

  it("serve several groups under one name, with the health and fallbacks of that name", async () => {
    const { router, provider, ask, sent } = setup(config({ fallbacks: [{ any: ["wild/spare"] }] }));
    expect(router.models().map(({ id, deployments }) => [id, deployments])).toEqual([
      ["small", 1],
      ["large", 1],
      ["wild/*", 1],
      ["any", 2],
    ]);
    for (let count = 0; count < 20; count += 1) await ask("any");
    expect(new Set(sent())).toEqual(new Set(["s", "l"]));
    provider.script("s", fails("authentication"));
    provider.script("l", fails("authentication"));
    for (let count = 0; count < 5; count += 1) await ask("any");
    provider.reset();
    await ask("any");
    expect(sent()).toEqual(["spare"]);
    // The dashboard shows every deployment once.
    expect(router.state().groups.map(({ name }) => name)).toEqual(["small", "large", "wild/*"]);
  });

  it("are hidden by a group of the same name, and report names that do not exist", () => {
    const { router } = setup(config({ routingGroups: { small: ["large"], odd: ["gone"] } }));
    expect(router.warnings.map(formatWarning)).toEqual([
      expect.stringContaining("routingGroups.small: a model group has the same name and wins"),
      expect.stringContaining('routingGroups.odd: there is no model group "gone"'),
    ]);
    expect(router.models().map(({ id }) => id)).toEqual(["small", "large", "wild/*"]);
  });
});

describe("a change of configuration", () => {
  it("that is invalid leaves the running configuration untouched, wherever it is wrong", async () => {
    const before = {
      modelList: [group("gpt-4", "a", { id: "a", rpm: 5, order: 1 }), group("gpt-4", "b", { id: "b" })],
    };
    const { router, ask, sent } = setup(before);
    const changed = group("gpt-4", "other", { id: "a", rpm: 1, order: 9 });
    const wrong: readonly HarnessOptions[] = [
      { modelList: [changed, group("gpt-4", "b", { id: "b", weight: -1 })] },
      { modelList: [changed, { modelName: "x", model: "nobody/x" }] },
      { modelList: [changed, group("gpt", "*")] },
      { modelList: [changed], modelGroupAlias: { a1: "a2", a2: "a1" } },
      { modelList: [changed, changed] },
      { modelList: [] },
    ];
    for (const config of wrong)
      expect(() => {
        router.update({ config });
      }).toThrow();
    for (let count = 0; count < 5; count += 1) await ask("gpt-4");
    expect(new Set(sent())).toEqual(new Set(["a"]));
    expect(router.state().groups[0]?.deployments[0]).toMatchObject({ limits: { rpm: 5 }, order: 1 });
  });

  it("hands what a strategy learned to its successor in the group", () => {
    const make = (name: string, learned: string[]) => ({
      name,
      pick: (candidates: NonEmpty<Candidate>) => candidates[0],
      snapshot: () => learned,
      restore: (snapshot: unknown) => {
        learned.push(...(snapshot as readonly string[]));
      },
    });
    const modelList = [group("x"), group("y"), group("z")];
    const { router } = setup({
      modelList,
      strategy: make("own", ["default"]),
      groupStrategies: { x: make("own", ["x"]), y: make("own", ["y"]) },
    });
    const [d, x, y, other]: string[][] = [[], [], [], []];
    router.update({
      config: { modelList },
      strategy: make("own", d ?? []),
      groupStrategies: { x: make("other", other ?? []), y: make("own", y ?? []) },
    });
    expect([d, x, y, other]).toEqual([["default"], [], ["y"], []]);
  });
});
