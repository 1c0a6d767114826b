import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";
import { builtInProviders } from "../src/registry.js";

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());

const hello = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };

/** Answers one call of a file with one deployment, and returns what the vendor received. */
async function callOnce(parameters: string, env: Readonly<Record<string, string>> = {}) {
  const text = `model_list: [{ model_name: m, litellm_params: { ${parameters} } }]`;
  const yaml = await routerFromYaml(text, { env });
  upstream.reset();
  const answer = await yaml.router.completion(hello);
  expect(answer.choices[0]?.message.content).not.toBe("");
  await yaml.close();
  const [request] = upstream.calls;
  return { path: request?.path, body: request?.body ?? {}, headers: request?.headers };
}

/** The vendors whose names are an error in many routers although LiteLLM's users write them. */
const named =
  "zai minimax github azure_ai cloudflare huggingface volcengine codestral databricks vercel_ai_gateway custom_openai vllm llamafile xiaomi_mimo baseten lambda_ai meta_llama featherless_ai chutes poe nscale aiml lemonade docker_model_runner zhipu";

describe("a host with a LiteLLM name", () => {
  it.each(named.split(" "))("%s serves a call", async (name) => {
    const { body } = await callOnce(`model: ${name}/some-model, api_base: "${upstream.url("a")}/v1", api_key: k`);
    expect(body["model"]).toBe("some-model");
  });

  it("reads its API key and base URL from the variables that LiteLLM names", async () => {
    const address = `${upstream.url("a")}/v1`;
    const { headers } = await callOnce("model: huggingface/o/m", { HF_TOKEN: "token", HUGGINGFACE_API_BASE: address });
    expect(headers?.["authorization"]).toBe("Bearer token");
    const both = { TOGETHER_AI_API_KEY: "second", TOGETHERAI_API_KEY: "first", TOGETHER_AI_API_BASE: address };
    expect((await callOnce("model: together_ai/m", both)).headers?.["authorization"]).toBe("Bearer first");
  });

  it("has a base URL that is completed by the account's variable", async () => {
    const text = "model_list: [{ model_name: m, litellm_params: { model: cloudflare/m, api_key: k } }]";
    await expect(routerFromYaml(text, { env: {} })).rejects.toThrow("cloudflare needs an address");
    const yaml = await routerFromYaml(text, { env: { CLOUDFLARE_ACCOUNT_ID: "acc" } });
    const [deployment] = yaml.config.router.modelList;
    expect(deployment?.apiBase).toBe("https://api.cloudflare.com/client/v4/accounts/acc/ai/v1");
    await yaml.close();
  });

  it("is registered once", () => {
    const names = builtInProviders().map((provider) => provider.name);
    expect(names.filter((name, position) => names.indexOf(name) !== position)).toEqual([]);
  });
});

describe("an Azure deployment", () => {
  it("is called with the name and the API version of a URL copied from Azure's portal, which no variable overrides", async () => {
    const copied = `${upstream.url("a")}/openai/deployments/prod-4o/chat/completions?api-version=2025-01-01-preview`;
    const { path } = await callOnce(`model: azure/gpt-4o, api_base: "${copied}", api_key: k`, {
      AZURE_API_VERSION: "2023-05-15",
    });
    expect(path).toBe("/a/openai/deployments/prod-4o/chat/completions?api-version=2025-01-01-preview");
  });

  it.each(["gpt5_series/prod", "o_series/o3x"])("is named by the model azure/%s", async (model) => {
    const { path, body } = await callOnce(`model: azure/${model}, api_base: "${upstream.url("a")}", api_key: k`);
    const name = model.split("/")[1];
    expect(path).toContain(`/openai/deployments/${String(name)}/chat/completions`);
    expect(body["model"]).toBe(name);
  });

  it("gets the request fields of the model family in its name", async () => {
    const base = `api_base: "${upstream.url("a")}", api_key: k, max_tokens: 50, temperature: 0.2, drop_params: true`;
    const { body } = await callOnce(`model: azure/gpt5_series/prod, ${base}`);
    expect(body).toMatchObject({ max_completion_tokens: 50 });
    expect(body).not.toHaveProperty("max_tokens");
    expect(body).not.toHaveProperty("temperature");
  });
});
