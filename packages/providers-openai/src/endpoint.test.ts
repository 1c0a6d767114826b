import { type Deployment, Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { compileEndpoint, type EndpointRules } from "./endpoint.js";

const deployment = { id: "d", connection: { organization: undefined, headers: {} } } as unknown as Deployment;

async function addressOf(baseUrl: string | undefined, apiPath?: string): Promise<string> {
  const rules: EndpointRules = { azure: false, apiPath, baseUrl, apiKey: new Secret("k"), apiVersion: undefined };
  const { origin, path } = await compileEndpoint(deployment, "chat", "m", rules);
  return origin + path;
}

describe("an address", () => {
  it("has the path of its API added when it has none", async () => {
    expect(await addressOf("http://ollama:11434", "/v1")).toBe("http://ollama:11434/v1/chat/completions");
    expect(await addressOf("http://ollama:11434/", "/v1")).toBe("http://ollama:11434/v1/chat/completions");
  });

  it("stays as it is when it has one, or the host says nothing of one", async () => {
    expect(await addressOf("http://ollama:11434/v1", "/v1")).toBe("http://ollama:11434/v1/chat/completions");
    expect(await addressOf("http://front/ollama/v1/", "/v1")).toBe("http://front/ollama/v1/chat/completions");
    expect(await addressOf("http://vllm:8000")).toBe("http://vllm:8000/chat/completions");
    expect(await addressOf(undefined)).toBe("https://api.openai.com/v1/chat/completions");
  });
});
