import { type Deployment, type OperationName, Secret } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { AzureOpenAI, OpenAI } from "openai";
import { describe, expect, it } from "vitest";
import { hosts } from "./dialects.js";
import { azureReportsUsage, compileEndpoint, type EndpointRules } from "./endpoint.js";

const rules: EndpointRules = {
  azure: undefined,
  apiPath: undefined,
  addressForms: undefined,
  baseUrl: undefined,
  apiKey: new Secret("k"),
  apiVersion: undefined,
};

function deploymentWith(headers: Readonly<Record<string, string>> = {}, organization?: string): Deployment {
  const secrets = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]));
  return { id: "d", connection: { organization, headers: secrets } } as unknown as Deployment;
}

function addressOf(
  baseUrl: string | undefined,
  more: Partial<EndpointRules> = {},
  operation: OperationName = "chat",
): string {
  const { origin, path } = compileEndpoint(deploymentWith(), operation, "m", { ...rules, baseUrl, ...more });
  return origin + path;
}

describe("an address", () => {
  it("without a path gets the path of the host's API", () => {
    expect(addressOf("http://ollama:11434", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
    expect(addressOf("http://ollama:11434/", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
  });

  it("is not changed if it has a path, or the host's API has none", () => {
    expect(addressOf("http://ollama:11434/v1", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
    expect(addressOf("http://front/ollama/v1/", { apiPath: "/v1" })).toBe("http://front/ollama/v1/chat/completions");
    expect(addressOf("http://vllm:8000")).toBe("http://vllm:8000/chat/completions");
    expect(addressOf(undefined)).toBe("https://api.openai.com/v1/chat/completions");
  });

  it.each([
    ["with an operation", "https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/chat/completions"],
    ["of another operation", "http://vllm:8000/v1/embeddings/", "http://vllm:8000/v1/chat/completions"],
    ["of the Responses API", "https://api.openai.com/v1/responses", "https://api.openai.com/v1/chat/completions"],
    ["with a query", "https://g.example/v1/chat/completions?t=a", "https://g.example/v1/chat/completions?t=a"],
    [
      "of a model that is called completions",
      "https://g.example/my-completions",
      "https://g.example/my-completions/chat/completions",
    ],
  ])("that was copied with the path of an operation, %s, becomes the base URL", (_, copied, meant) => {
    expect(addressOf(copied)).toBe(meant);
  });

  const azureOpenAI = "https://x.openai.azure.com";
  const deployed = `${azureOpenAI}/openai/deployments`;

  it.each([
    ["resource", azureOpenAI, `${deployed}/m/chat/completions?api-version=2024-10-21`],
    ["resource and API", `${azureOpenAI}/openai/`, `${deployed}/m/chat/completions?api-version=2024-10-21`],
    [
      "deployment, operation and version",
      `${deployed}/prod-4o/chat/completions?api-version=2025-01-01-preview`,
      `${deployed}/prod-4o/chat/completions?api-version=2025-01-01-preview`,
    ],
    ["deployment", `${deployed}/prod-4o`, `${deployed}/prod-4o/chat/completions?api-version=2024-10-21`],
    [
      "deployment with a slash behind it",
      `${deployed}/a%20b/`,
      `${deployed}/a%20b/chat/completions?api-version=2024-10-21`,
    ],
    [
      "Responses API and a version",
      `${azureOpenAI}/openai/responses?api-version=2025-04-01-preview`,
      `${deployed}/m/chat/completions?api-version=2025-04-01-preview`,
    ],
    ["newer API", `${azureOpenAI}/openai/v1/chat/completions`, `${azureOpenAI}/openai/v1/chat/completions`],
    [
      "gateway in front",
      "https://gate.example/team/openai/deployments/d/embeddings?api-version=2024-06-01&t=1",
      "https://gate.example/team/openai/deployments/d/chat/completions?t=1&api-version=2024-06-01",
    ],
    [
      "project of Foundry",
      "https://x.services.ai.azure.com/api/projects/p",
      "https://x.services.ai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21",
    ],
  ])("of Azure that contains a %s is understood", (_, copied, meant) => {
    expect(addressOf(copied, { azure: "openai" })).toBe(meant);
  });

  it.each([
    ["2024-06-01", "2024-06-01"],
    ["api-version=2024-06-01", "2024-06-01"],
    [" ?api-version=2024-06-01\n", "2024-06-01"],
  ])("of Azure gets the configured version, %j, instead of the one in its query", (apiVersion, sent) => {
    expect(addressOf(`${deployed}/d?api-version=2023-05-15`, { azure: "openai", apiVersion })).toBe(
      `${deployed}/d/chat/completions?api-version=${sent}`,
    );
  });

  it("of Azure leads to the newer API if the version says so", () => {
    const v1 = `${azureOpenAI}/openai/v1/chat/completions`;
    expect(addressOf(azureOpenAI, { azure: "openai", apiVersion: "v1" })).toBe(v1);
    expect(addressOf(azureOpenAI, { azure: "openai", apiVersion: "preview" })).toBe(`${v1}?api-version=preview`);
  });

  const v1Responses = `${azureOpenAI}/openai/v1/responses`;

  it.each([
    ["without a version", azureOpenAI, undefined, v1Responses],
    ["with the newer API", `${azureOpenAI}/openai/v1/`, undefined, v1Responses],
    ["with the version v1", azureOpenAI, "v1", v1Responses],
    ["with the preview of the newer API", azureOpenAI, "preview", `${v1Responses}?api-version=preview`],
    ["with a version that does not have Responses", azureOpenAI, "2024-10-21", v1Responses],
    ["with a deployment in its path", `${deployed}/d`, undefined, v1Responses],
    [
      "with a version that has them",
      azureOpenAI,
      "2025-04-01-preview",
      `${azureOpenAI}/openai/responses?api-version=2025-04-01-preview`,
    ],
    [
      "as Azure's portal shows it",
      `${azureOpenAI}/openai/responses?api-version=2025-04-01-preview`,
      undefined,
      `${azureOpenAI}/openai/responses?api-version=2025-04-01-preview`,
    ],
    ["that was copied whole", `${v1Responses}?api-version=preview`, undefined, `${v1Responses}?api-version=preview`],
  ])("of Azure, %s, serves Responses", (_, baseUrl, apiVersion, meant) => {
    expect(addressOf(baseUrl, { azure: "openai", apiVersion }, "responses")).toBe(meant);
  });

  it.each([
    ["https://x.services.ai.azure.com/api/projects/p", "https://x.services.ai.azure.com/openai/v1/responses"],
    [azureOpenAI, v1Responses],
    ["https://m.eastus2.models.ai.azure.com/v1/", "https://m.eastus2.models.ai.azure.com/v1/responses"],
  ])("of Microsoft Foundry, %s, serves Responses", (baseUrl, meant) => {
    expect(addressOf(baseUrl, { azure: "foundry" }, "responses")).toBe(meant);
  });

  it.each([
    [undefined, "https://api.openai.com/v1/responses"],
    ["https://api.openai.com/v1/responses", "https://api.openai.com/v1/responses"],
    ["https://g.example/v1/chat/completions?t=a", "https://g.example/v1/responses?t=a"],
  ])("of OpenAI's API, %s, serves Responses", (baseUrl, meant) => {
    expect(addressOf(baseUrl, {}, "responses")).toBe(meant);
  });

  it.each([
    [
      "https://x.services.ai.azure.com",
      "https://x.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
      "api-key",
    ],
    [
      "https://x.services.ai.azure.com/models/chat/completions?api-version=2025-04-01",
      "https://x.services.ai.azure.com/models/chat/completions?api-version=2025-04-01",
      "api-key",
    ],
    [
      "https://x.services.ai.azure.com/openai/v1/",
      "https://x.services.ai.azure.com/openai/v1/chat/completions",
      "api-key",
    ],
    [
      "https://m.eastus2.models.ai.azure.com/v1/",
      "https://m.eastus2.models.ai.azure.com/v1/chat/completions",
      "authorization",
    ],
    [azureOpenAI, `${deployed}/m/chat/completions?api-version=2024-10-21`, "api-key"],
  ])("of Microsoft Foundry, %s, becomes %s, with the key in %s", (baseUrl, meant, header) => {
    const { origin, path, headers } = compileEndpoint(deploymentWith(), "chat", "m", {
      ...rules,
      azure: "foundry",
      baseUrl,
    });
    expect(origin + path).toBe(meant);
    expect(Object.keys(headers).filter((name) => name === "api-key" || name === "authorization")).toEqual([header]);
  });

  it.each([
    ["ollama", "http://ollama:11434/api/chat", "http://ollama:11434/v1"],
    ["ollama", "http://ollama:11434/api", "http://ollama:11434/v1"],
    [
      "gemini",
      "https://generativelanguage.googleapis.com/v1beta/",
      "https://generativelanguage.googleapis.com/v1beta/openai",
    ],
    [
      "gemini",
      "https://generativelanguage.googleapis.com/v1beta/openai",
      "https://generativelanguage.googleapis.com/v1beta/openai",
    ],
    [
      "cloudflare",
      "https://api.cloudflare.com/client/v4/accounts/1/ai/run",
      "https://api.cloudflare.com/client/v4/accounts/1/ai/v1",
    ],
    ["docker_model_runner", "http://localhost:12434/engines/llama.cpp", "http://localhost:12434/engines/llama.cpp/v1"],
    ["docker_model_runner", "http://localhost:12434/engines/v1", "http://localhost:12434/engines/v1"],
    ["lemonade", "http://localhost:8000", "http://localhost:8000/api/v1"],
    ["huggingface", "https://router.huggingface.co", "https://router.huggingface.co/v1"],
  ])("of %s, %s, becomes the address of its OpenAI-compatible API", (name, baseUrl, meant) => {
    const host = hosts.find((candidate) => candidate.name === name);
    const { apiPath, addressForms } = host ?? {};
    expect(addressOf(baseUrl, { apiPath, addressForms })).toBe(`${meant}/chat/completions`);
  });
});

/** What OpenAI's own client would send, without the headers that describe the client and its retries. */
async function ofSdk(client: OpenAI, operation: OperationName, model: string) {
  const { url, req } = await client.buildRequest({ method: "post", path: operations[operation].path, body: { model } });
  const headers = Object.fromEntries(
    [...(req.headers as Headers)].filter(([name]) => !/^(?:x-stainless-|user-agent$)/u.test(name)),
  );
  return { url, headers };
}

const shared = { apiKey: "k", maxRetries: 0, dangerouslyAllowBrowser: true, project: null };

const plain = (baseURL: string, organization: string | null = null) => ({
  client: new OpenAI({ ...shared, baseURL, organization }),
  given: { ...rules, baseUrl: baseURL },
  organization: organization ?? undefined,
});

const azure = (endpoint: string, apiVersion: string) => ({
  client: new AzureOpenAI({ ...shared, endpoint, apiVersion, organization: null }),
  given: { ...rules, azure: "openai" as const, baseUrl: endpoint, apiVersion },
  organization: undefined,
});

describe("the rules of OpenAI's own SDK", () => {
  it.each([
    ["OpenAI", plain("https://api.openai.com/v1")],
    ["a host that speaks its API, with a slash", plain("http://127.0.0.1:8000/v1/")],
    ["an address with a query", plain("https://gateway.example/openai?tenant=a%20b")],
    ["an organization", plain("https://api.openai.com/v1", "org-1")],
    ["Azure", azure("https://x.openai.azure.com", "2024-10-21")],
    ["Azure, with a slash and a preview", azure("https://x.openai.azure.com/", "2025-04-01-preview")],
  ])("are followed for %s", async (name, { client, given, organization }) => {
    for (const operation of ["chat", "text_completion", "embeddings", "responses"] as const) {
      // Only newer versions of Azure's API have Responses, whereas the SDK sends any version.
      if (operation === "responses" && name === "Azure") continue;
      const wanted = await ofSdk(client, operation, "my-gpt.4_o");
      const { origin, path, headers } = compileEndpoint(
        deploymentWith({}, organization),
        operation,
        "my-gpt.4_o",
        given,
      );
      expect(origin + path).toBe(wanted.url);
      const { "accept-encoding": encoding, "user-agent": agent, ...rest } = headers;
      expect(rest).toEqual(wanted.headers);
      expect([encoding, agent]).toEqual(["identity", "modelyard"]);
    }
  });
});

describe("headers", () => {
  it("of the configuration replace ours in any case", () => {
    const { headers } = compileEndpoint(deploymentWith({ Authorization: "Token t", "X-Own": "1" }), "chat", "m", rules);
    expect(headers).toMatchObject({ authorization: "Token t", "x-own": "1" });
    expect(Object.keys(headers)).not.toContain("Authorization");
  });

  it("do not contain line breaks from the files that their values came from", () => {
    const given = { ...rules, apiKey: new Secret("key-of-a-file\n") };
    const { headers } = compileEndpoint(deploymentWith({ "x-own": "1\r\n" }), "chat", "m", given);
    expect(headers).toMatchObject({ authorization: "Bearer key-of-a-file", "x-own": "1" });
  });

  it("do not contain a key if there is none", () => {
    const { headers } = compileEndpoint(deploymentWith(), "chat", "m", { ...rules, apiKey: undefined });
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("api-key");
  });
});

it.each([
  ["https://x.openai.azure.com", undefined, true],
  ["https://x.openai.azure.com", "2024-06-01", false],
  ["https://x.openai.azure.com/openai/deployments/d?api-version=2024-02-01", undefined, false],
  ["https://x.openai.azure.com/openai/v1", undefined, true],
  ["https://x.openai.azure.com", "api-version=2024-06-01", false],
])("a stream of %s with version %s reports usage: %s", (address, version, reports) => {
  expect(azureReportsUsage(address, version)).toBe(reports);
});
