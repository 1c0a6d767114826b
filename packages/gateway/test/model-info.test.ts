import { createRouter } from "@modelyard/router";
import { scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";

function send(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const clock = new VirtualClock();
  const router = createRouter({
    clock,
    providers: [scriptedProvider({ clock })],
    modelList: [
      {
        id: "a",
        modelName: "m",
        model: "openai/x",
        apiKey: "sk-canary",
        apiBase: "https://user:canary@host/v1",
        organization: "canary",
        headers: { "x-secret": "canary" },
        settings: { canary: true },
        defaults: { canary: true },
        clientSideAuthParams: [{ apiBase: "https://canary" }],
        rpm: 5,
        tags: ["eu"],
        inputCostPerToken: 0,
        maxInputTokens: 100,
        capabilities: { vision: true },
        info: { id: "other", mode: "chat", max_output_tokens: 10, owner: "us" },
      },
      { id: "w", modelName: "wild/*", model: "openai/*" },
    ],
    modelGroupAlias: { alias: "m", secretly: { model: "m", hidden: true } },
  });
  const handler = toFetchHandler(createGateway(router, { masterKey: "sk-master" }));
  return handler(`http://gateway${path}`, { headers });
}

const key = { authorization: "Bearer sk-master" };

describe("GET /model/info", () => {
  it.each(["/model/info", "/v1/model/info"])("shows deployments as LiteLLM does: %s", async (path) => {
    const { data } = (await (await send(path, key)).json()) as { readonly data: readonly unknown[] };
    const of = (name: string) => ({
      model_name: name,
      litellm_params: { model: "openai/x", rpm: 5, tags: ["eu"] },
      model_info: {
        id: "a",
        db_model: false,
        litellm_provider: "openai",
        mode: "chat",
        owner: "us",
        input_cost_per_token: 0,
        max_input_tokens: 100,
        max_output_tokens: 10,
        supports_vision: true,
      },
    });
    const wild = {
      model_name: "wild/*",
      litellm_params: { model: "openai/*" },
      model_info: { id: "w", db_model: false, litellm_provider: "openai" },
    };
    expect(data).toEqual([of("m"), wild, of("alias")]);
  });

  it.each(["/model/info", "/v1/model/info"])("shows one deployment by its id: %s", async (path) => {
    const { data } = (await (await send(`${path}?x=1&litellm_model_id=a`, key)).json()) as { readonly data: unknown[] };
    expect(data).toEqual([expect.objectContaining({ model_name: "m" })]);
    const unknown = await send(`${path}?litellm_model_id=${encodeURIComponent("ä b")}`, key);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({
      error: {
        code: "model_not_found",
        param: "litellm_model_id",
        message: expect.stringContaining('"ä b"') as string,
      },
    });
    expect((await send(`${path}?litellm_model_id=`, key)).status).toBe(404);
  });

  it("shows nothing about how deployments are reached, and nothing at all without the key", async () => {
    expect(await (await send("/model/info", key)).text()).not.toMatch(/canary/u);
    expect((await send("/model/info")).status).toBe(401);
  });
});
