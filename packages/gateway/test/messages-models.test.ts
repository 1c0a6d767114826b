import Anthropic from "@anthropic-ai/sdk";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { adapterNames, adapters, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";
import { createGateway, type GatewayOptions, toFetchHandler } from "../src/index.js";

const version = { "anthropic-version": "2023-06-01" };

interface Listed {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** A gateway with the models m0, m1, ... */
function manyModels(count: number, options?: GatewayOptions) {
  const modelList = Array.from({ length: count }, (_, index) =>
    deploymentOptions(`d${String(index)}`, { modelName: `m${String(index)}` }),
  );
  return toFetchHandler(
    createGateway(createRouter({ providers: [scriptedProvider({ clock: systemClock })], modelList }), options),
  );
}

describe.each(adapterNames)("the list of models for clients that do not read OpenAI's, over %s", (adapter) => {
  it("has the names that OpenAI's list has, in the shape of Anthropic's", async () => {
    const { send }: ServedGateway = await adapters[adapter](threeGroups().gateway);
    for (const path of ["/v1/models", "/models", "/v1/models?limit=1000&beta=true"]) {
      const list = (await (await send(path, { headers: version })).json()) as Listed;
      expect(list.data.map(({ id }) => id)).toEqual(["gpt-4", "other", "wild/*", "four"]);
      expect(list).toMatchObject({ has_more: false, first_id: "gpt-4", last_id: "four" });
      expect(list.data[3]).toMatchObject({ type: "model", display_name: "four", created_at: "1970-01-01T00:00:00Z" });
      expect(list).not.toHaveProperty("object");
    }
    expect(await (await send("/v1/models")).json()).toHaveProperty("object", "list");
  });

  it("is empty, in the shape of Codex's own, for a client that sends its version in the query", async () => {
    const { send }: ServedGateway = await adapters[adapter](threeGroups().gateway);
    for (const path of ["/v1/models?client_version=0.171.0", "/models?client_version=0.171.0"])
      expect(await (await send(path)).json()).toEqual({ models: [] });
  });

  it("shows one model by its name, a visible alias, or a name that a pattern covers", async () => {
    const { send }: ServedGateway = await adapters[adapter](threeGroups().gateway);
    for (const name of ["gpt-4", "four", "wild/one"]) {
      const response = await send(`/v1/models/${name}`, { headers: version });
      expect([response.status, await response.json()]).toMatchObject([200, { type: "model", id: name }]);
    }
  });

  it.each(["five", "secretly"])(
    "answers a request for %s, which it does not list, as Anthropic would",
    async (name) => {
      const { send }: ServedGateway = await adapters[adapter](threeGroups().gateway);
      const response = await send(`/v1/models/${name}`, { headers: version });
      const error = { type: "not_found_error", message: expect.stringContaining(name) as string };
      expect([response.status, await response.json()]).toMatchObject([404, { type: "error", error }]);
    },
  );

  it("needs the master key, which may be in x-api-key, and refuses others as Anthropic would", async () => {
    const { send }: ServedGateway = await adapters[adapter](threeGroups({ masterKey: "sk-master" }).gateway);
    const refused = await send("/v1/models", { headers: { ...version, "x-api-key": "other" } });
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { type: "error", error: { type: "authentication_error" } },
    ]);
    expect((await send("/v1/models", { headers: { ...version, "x-api-key": "sk-master" } })).status).toBe(200);
  });

  it("answers a probe of the address itself without a key", async () => {
    const { send }: ServedGateway = await adapters[adapter](threeGroups({ masterKey: "sk-master" }).gateway);
    const probe = await send("/", { method: "HEAD", headers: { "x-api-key": "other" } });
    expect([probe.status, await probe.text()]).toEqual([200, ""]);
    expect((await send("/", { method: "POST" })).status).toBe(405);
  });
});

describe("a page of the list of models", () => {
  const ask = async (query: string): Promise<Listed> => {
    const response = await manyModels(7)(`http://localhost/v1/models?${query}`, { headers: version });
    expect(response.status).toBe(200);
    return (await response.json()) as Listed;
  };

  it.each([
    ["limit=3", [0, 1, 2], true],
    ["limit=7", [0, 1, 2, 3, 4, 5, 6], false],
    ["limit=3&after_id=m2", [3, 4, 5], true],
    ["limit=3&after_id=m3", [4, 5, 6], false],
    ["after_id=m6", [], false],
    ["limit=2&before_id=m5", [3, 4], true],
    ["limit=5&before_id=m5", [0, 1, 2, 3, 4], false],
    ["before_id=m0", [], false],
  ])("with %s has the models %j, and more: %s", async (query, models, more) => {
    const names = models.map((index) => `m${String(index)}`);
    const { data, ...rest } = await ask(query);
    expect(data.map(({ id }) => id)).toEqual(names);
    expect(rest).toEqual({ has_more: more, first_id: names[0] ?? null, last_id: names.at(-1) ?? null });
  });

  it("has 20 models unless the client asks for another number", async () => {
    const response = await manyModels(21)("http://localhost/v1/models", { headers: version });
    expect(await response.json()).toMatchObject({ data: { length: 20 }, has_more: true, last_id: "m19" });
  });

  it.each([
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["limit=-1", "limit"],
    ["limit=1e2", "limit"],
    ["limit=", "limit"],
    ["after_id=nobody", "after_id"],
    ["before_id=", "before_id"],
    ["after_id=m1&before_id=m3", "before_id"],
  ])("is refused with %s, naming the field", async (query, field) => {
    const response = await manyModels(7)(`http://localhost/v1/models?${query}`, { headers: version });
    const error = {
      type: "invalid_request_error",
      message: expect.stringMatching(new RegExp(`^${field}: `, "u")) as string,
    };
    expect([response.status, await response.json()]).toMatchObject([400, { type: "error", error }]);
  });
});

describe("Anthropic's SDK", () => {
  const client = (count: number): Anthropic =>
    new Anthropic({
      baseURL: "http://localhost",
      apiKey: "sk-master",
      maxRetries: 0,
      fetch: manyModels(count, { masterKey: "sk-master" }),
    });

  it("walks through all pages, in both directions", async () => {
    const forward: string[] = [];
    for await (const { id } of client(7).models.list({ limit: 3 })) forward.push(id);
    expect(forward).toEqual(["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
    const backward: string[] = [];
    for await (const { id } of client(7).models.list({ limit: 2, before_id: "m5" })) backward.push(id);
    expect(backward).toEqual(["m3", "m4", "m1", "m2", "m0"]);
  });

  it("gets one model, and reports one that does not exist", async () => {
    const { models } = client(1);
    expect(await models.retrieve("m0")).toMatchObject({ id: "m0", display_name: "m0", type: "model" });
    await expect(models.retrieve("m9")).rejects.toThrow(Anthropic.NotFoundError);
  });
});

describe("the window of a listed model", () => {
  it("is the smallest known one of its deployments", async () => {
    const windowed = (id: string, modelName: string, maxInputTokens?: number) =>
      deploymentOptions(id, { modelName, ...(maxInputTokens === undefined ? {} : { maxInputTokens }) });
    const modelList = [windowed("a", "m", 9_000), windowed("b", "m", 8_000), windowed("c", "m"), windowed("d", "n")];
    const router = createRouter({
      providers: [scriptedProvider({ clock: systemClock })],
      modelList,
      modelGroupAlias: { alias: "m" },
    });
    const handler = toFetchHandler(createGateway(router));
    const response = await handler("http://localhost/v1/models", { headers: version });
    const { data } = (await response.json()) as { readonly data: readonly { readonly max_input_tokens: unknown }[] };
    expect(data.map((model) => model.max_input_tokens)).toEqual([8_000, null, 8_000]);
  });
});
