import { type Deployment, type OperationName, operationNames, operations, Secret } from "@modelyard/core";
import { AzureOpenAI, OpenAI } from "openai";
import { describe, expect, it } from "vitest";
import { compileEndpoint, type EndpointRules } from "./endpoint.js";

const rules: EndpointRules = {
  azure: false,
  apiPath: undefined,
  baseUrl: undefined,
  apiKey: new Secret("k"),
  apiVersion: undefined,
};

function deploymentWith(headers: Readonly<Record<string, string>> = {}, organization?: string): Deployment {
  const secrets = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, new Secret(value)]));
  return { id: "d", connection: { organization, headers: secrets } } as unknown as Deployment;
}

function addressOf(baseUrl: string | undefined, more: Partial<EndpointRules> = {}): string {
  const { origin, path } = compileEndpoint(deploymentWith(), "chat", "m", { ...rules, baseUrl, ...more });
  return origin + path;
}

describe("an address", () => {
  it("has the path of its API added when it has none", () => {
    expect(addressOf("http://ollama:11434", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
    expect(addressOf("http://ollama:11434/", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
  });

  it("stays as it is when it has one, or the host says nothing of one", () => {
    expect(addressOf("http://ollama:11434/v1", { apiPath: "/v1" })).toBe("http://ollama:11434/v1/chat/completions");
    expect(addressOf("http://front/ollama/v1/", { apiPath: "/v1" })).toBe("http://front/ollama/v1/chat/completions");
    expect(addressOf("http://vllm:8000")).toBe("http://vllm:8000/chat/completions");
    expect(addressOf(undefined)).toBe("https://api.openai.com/v1/chat/completions");
  });

  it("of Azure may have been copied with all its path", () => {
    const copied = "https://x.openai.azure.com/openai/deployments/other/chat/completions?api-version=2023-05-15";
    expect(addressOf(copied, { azure: true, apiVersion: "2024-06-01" })).toBe(
      "https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-06-01",
    );
  });
});

/** What OpenAI's own client would send, the headers left out that tell of itself and of its retries. */
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
  given: { ...rules, azure: true, baseUrl: endpoint, apiVersion },
  organization: undefined,
});

describe("the rules of OpenAI's own SDK", () => {
  it.each([
    ["OpenAI", plain("https://api.openai.com/v1")],
    ["a host that speaks its API, with a slash", plain("http://127.0.0.1:8000/v1/")],
    ["an address with a query", plain("https://gateway.example/openai?tenant=a%20b")],
    ["an organization", plain("https://api.openai.com/v1", "org-1")],
    ["Azure", azure("https://x.openai.azure.com", "2024-10-21")],
    ["Azure, with a slash and a preview", azure("https://x.openai.azure.com/", "2025-01-01-preview")],
  ])("are kept for %s", async (_, { client, given, organization }) => {
    for (const operation of operationNames) {
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
  it("of the configuration stand for ours, however they are written", () => {
    const { headers } = compileEndpoint(deploymentWith({ Authorization: "Token t", "X-Own": "1" }), "chat", "m", rules);
    expect(headers).toMatchObject({ authorization: "Token t", "x-own": "1" });
    expect(Object.keys(headers)).not.toContain("Authorization");
  });

  it("have no line breaks of the files that their values came from", () => {
    const given = { ...rules, apiKey: new Secret("key-of-a-file\n") };
    const { headers } = compileEndpoint(deploymentWith({ "x-own": "1\r\n" }), "chat", "m", given);
    expect(headers).toMatchObject({ authorization: "Bearer key-of-a-file", "x-own": "1" });
  });

  it("hold no key where there is none", () => {
    const { headers } = compileEndpoint(deploymentWith(), "chat", "m", { ...rules, apiKey: undefined });
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("api-key");
  });
});
