import { type ModelCatalog, type RouterError, seededRandom } from "@modelyard/core";
import { anthropic as realAnthropic } from "@modelyard/providers-anthropic";
import { openai as realOpenAI } from "@modelyard/providers-openai";
import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { standIn } from "./support/stand-in.js";
import { routerFromYaml } from "../src/router-from-yaml.js";

const messages = [{ role: "user", content: "hi" }] as const;
const catalog: ModelCatalog = (provider, model) =>
  provider === "openai" && model === "gpt-4"
    ? { inputCostPerToken: 3, outputCostPerToken: 3, maxInputTokens: 8_000 }
    : undefined;

async function open(text: string) {
  const clock = new VirtualClock();
  const openai = standIn(realOpenAI(), clock);
  const anthropic = standIn(realAnthropic(), clock);
  const yaml = await routerFromYaml(text, {
    env: {},
    providers: [openai, anthropic],
    router: { clock, catalog, random: seededRandom(1) },
  });
  const ask = (model: string) => clock.until(yaml.router.completion({ model, messages }));
  return { ...yaml, openai, anthropic, clock, ask };
}

interface Priced {
  readonly params?: number;
  readonly info?: number;
  /** Whether the catalog knows the model. */
  readonly listed: boolean;
}

/** One deployment whose price is set in several places. */
function entry(id: string, prefix: string, { params, info, listed }: Priced): string {
  const cost = (price: number | undefined): string =>
    price === undefined ? "" : `, input_cost_per_token: ${String(price)}, output_cost_per_token: ${String(price)}`;
  const model = `${prefix}${listed ? "gpt-4" : "gpt-unheard-of"}`;
  return `  - { model_name: g, litellm_params: { model: ${model}, api_key: k${cost(params)} }, model_info: { id: ${id}${cost(info)} } }\n`;
}

describe("prices", () => {
  const sources: readonly (readonly [string, Priced, number | undefined])[] = [
    ["litellm_params before all", { params: 1, info: 2, listed: true }, 1],
    ["0 in litellm_params, which is a price", { params: 0, info: 2, listed: true }, 0],
    ["model_info before the catalog", { info: 2, listed: true }, 2],
    ["0 in model_info", { info: 0, listed: true }, 0],
    ["the catalog", { listed: true }, 3],
    ["no setting", { listed: false }, undefined],
  ];

  it.each(
    sources.flatMap(([name, priced, price]) => ["", "openai/"].map((prefix) => [name, prefix, priced, price] as const)),
  )("come from %s, for a model written as %sgpt-4", async (_, prefix, priced, price) => {
    const { router, warnings, close } = await open(
      `model_list:\n${entry("it", prefix, priced)}router_settings: { routing_strategy: cost-based-routing }\n`,
    );
    expect(router.explain("g").deployments[0]?.prices).toMatchObject({
      inputCostPerToken: price,
      outputCostPerToken: price,
    });
    const naming = warnings.filter((warning) =>
      warning.includes("model_list[0].litellm_params: g (cost-based-routing): the price of openai/"),
    );
    expect(naming).toHaveLength(price === undefined ? 1 : 0);
    await close();
  });

  it("rank the deployments of a group, with unknown prices last", async () => {
    const rest = sources.map(([, priced], index) => [`d${String(index)}`, priced] as const);
    // Each deployment is removed once it has served, beginning with the cheapest.
    const order = ["d1", "d3", "d0", "d2", "d4", "d5"];
    for (let taken = 0; taken < order.length; taken += 1) {
      const left = rest.filter(([id]) => !order.slice(0, taken).includes(id));
      const text = `model_list:\n${left.map(([id, priced]) => entry(id, "openai/", priced)).join("")}router_settings: { routing_strategy: cost-based-routing }\n`;
      const { ask, openai, close } = await open(text);
      for (let count = 0; count < 10; count += 1) await ask("g");
      const served = new Set(openai.calls.map((call) => call.deploymentId));
      // Two deployments cost nothing and share the calls.
      expect(served).toEqual(taken === 0 ? new Set(["d1", "d3"]) : new Set([order[taken]]));
      await close();
    }
  });
});

describe("usage limits", () => {
  it.each([
    [
      "litellm_params before the top level and model_info",
      "rpm: 1, tpm: 11",
      "rpm: 2, tpm: 22",
      "rpm: 3, tpm: 33",
      { rpm: 1, tpm: 11 },
    ],
    ["the top level before model_info", "", "rpm: 2, tpm: 22", "rpm: 3, tpm: 33", { rpm: 2, tpm: 22 }],
    ["model_info last", "", "", "rpm: 3, tpm: 33", { rpm: 3, tpm: 33 }],
    ["each where it stands", "rpm: 1", "tpm: 22", "rpm: 3, tpm: 33", { rpm: 1, tpm: 22 }],
    ["0, which is a limit", "rpm: 0", "rpm: 2, tpm: 0", "rpm: 3", { rpm: 0, tpm: 0 }],
    ["strings that contain numbers", 'rpm: "7"', 'tpm: "70"', "", { rpm: 7, tpm: 70 }],
    ["no setting", "", "", "", {}],
  ])("come from %s", async (_, params, top, info, expected) => {
    const join = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(", ");
    const { router, close } = await open(
      `model_list:\n  - { ${join("model_name: g", `litellm_params: { ${join("model: openai/x", "api_key: k", params)} }`, `model_info: { ${join("id: it", info)} }`, top)} }\n`,
    );
    expect(router.explain("g").deployments[0]?.limits).toEqual(expected);
    await close();
  });

  it("for parallel calls come from litellm_params, else from default_max_parallel_requests", async () => {
    const { router, close } = await open(`model_list:
  - { model_name: g, litellm_params: { model: openai/x, api_key: k, max_parallel_requests: 5 } }
  - { model_name: g, litellm_params: { model: openai/y, api_key: k } }
router_settings: { default_max_parallel_requests: 2 }
`);
    expect(router.explain("g").deployments.map(({ limits }) => limits.maxParallelRequests)).toEqual([5, 2]);
    await close();
  });

  it("are exact, and a limit of 0 admits no call", async () => {
    const { ask, openai, clock, router, close } = await open(`model_list:
  - { model_name: g, rpm: 4, litellm_params: { model: openai/x, api_key: k }, model_info: { id: some } }
  - { model_name: g, rpm: 0, litellm_params: { model: openai/y, api_key: k }, model_info: { id: none } }
router_settings: { routing_strategy: usage-based-routing-v2 }
`);
    const results = await clock.until(
      Promise.allSettled(Array.from({ length: 40 }, () => router.completion({ model: "g", messages }))),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(4);
    expect(openai.calls.map((call) => call.deploymentId)).toEqual(["some", "some", "some", "some"]);
    await expect(ask("g")).rejects.toMatchObject({ status: 429 });
    await close();
  });
});

describe("model names", () => {
  it("without a provider get the inferred one", async () => {
    const bare = [
      "gpt-4o",
      "o1",
      "o3-mini",
      "chatgpt-4o-latest",
      "ft:gpt-4o:org::id",
      "text-embedding-3-small",
      "claude-2",
      "claude-sonnet-4",
    ];
    const { router, close } = await open(
      `model_list:\n${bare.map((model) => `  - { model_name: "${model}", litellm_params: { model: "${model}", api_key: k } }\n`).join("")}`,
    );
    expect(bare.map((model) => router.explain(model).deployments[0]?.provider)).toEqual([
      "openai",
      "openai",
      "openai",
      "openai",
      "openai",
      "openai",
      "anthropic",
      "anthropic",
    ]);
    await close();
  });

  it("with an unknown provider are reported with their place", async () => {
    for (const [model, words] of [
      ["mystery-7b", "cannot tell which provider"],
      ["opnai/gpt-4", 'Did you mean "openai"'],
    ] as const) {
      await expect(
        open(`model_list:\n  - model_name: g\n    litellm_params: { model: ${model}, api_key: k }\n`),
      ).rejects.toThrow(new RegExp(`:3:\\d+.*${words}`, "u"));
    }
  });

  it("of a deployment with several organizations make one deployment for each, with its own id", async () => {
    const { router, openai, ask, close } = await open(`model_list:
  - { model_name: g, litellm_params: { model: openai/x, api_key: k, organization: [one, two, three] } }
`);
    const ids = router.explain("g").deployments.map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    for (let count = 0; count < 30; count += 1) await ask("g");
    expect(new Set(openai.calls.map(({ call }) => call.deployment.connection.organization))).toEqual(
      new Set(["one", "two", "three"]),
    );
    await close();
  });

  it("of the guide's production example: an alias with the name of a group is ignored, and one that leads nowhere is a 404", async () => {
    const { warnings, ask, close } = await open(`model_list:
  - { model_name: gpt-4, litellm_params: { model: openai/gpt-4, api_key: k } }
router_settings: { model_group_alias: { gpt-4: prod-gpt-4, gpt4: prod-gpt-4 } }
`);
    expect(warnings.join("\n")).toMatch(
      /gpt-4: a model group has the same name and wins[^]*gpt4: it points to "prod-gpt-4"/u,
    );
    await ask("gpt-4");
    const error = (await ask("gpt4").catch((thrown: unknown) => thrown)) as RouterError;
    expect(error).toMatchObject({ status: 404, kind: "model_not_found" });
    expect(error.message).toContain('Did you mean "gpt-4"');
    await close();
  });
});

describe("a deployment without an rpm, beside one that has one", () => {
  it("is named in the warning by its place in the file and its model, and not by its id", async () => {
    const { warnings, close } = await open(`model_list:
  - { model_name: g, litellm_params: { model: openai/gpt-4, api_key: k, rpm: 10 } }
  - { model_name: g, litellm_params: { model: anthropic/claude, api_key: k } }
`);
    expect(warnings).toContainEqual(
      expect.stringMatching(
        /^config\.yaml:3:\d+ model_list\[1\]\S*: g \(simple-shuffle\): anthropic\/claude has no rpm/u,
      ),
    );
    await close();
  });
});
