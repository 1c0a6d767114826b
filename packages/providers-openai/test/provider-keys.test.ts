import { type Provider, type ProviderCall, Secret } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";
import { makeCandidate, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { azure, openai, openaiCompatible, type OpenAIProviderOptions } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  vi.unstubAllEnvs();
  upstream.reset();
});
afterAll(async () => {
  await upstream.close();
});

type Factory = (options: OpenAIProviderOptions) => Provider;
const factories: readonly (readonly [name: string, variable: string, factory: Factory])[] = [
  ["openai", "OPENAI_API_KEY", openai],
  ["azure", "AZURE_API_KEY", azure],
  ["azure", "AZURE_OPENAI_API_KEY", azure],
  ["groq", "GROQ_API_KEY", (options) => openaiCompatible({ ...options, name: "groq" })],
  ["together_ai", "TOGETHER_API_KEY", (options) => openaiCompatible({ ...options, name: "together_ai" })],
];

const deployment = (apiKey?: string) => {
  const plain = makeCandidate({ id: "d" }).deployment;
  const connection = { ...plain.connection, apiKey: Secret.of(apiKey), baseUrl: `${upstream.origin}/host` };
  return { ...plain, connection };
};

/** The key that a call is sent with. */
async function sentKey(provider: Provider, apiKey?: string): Promise<string | undefined> {
  upstream.script({}, replies("hi"));
  const call: ProviderCall = {
    deployment: deployment(apiKey),
    model: "m",
    request: { model: "m", messages: [{ role: "user", content: "hi" }] },
    stream: false,
    cancellation: new Cancellation(),
    connectMs: 2_000,
    headersMs: 4_000,
    dropParams: false,
    now: () => 0,
  };
  await provider.call("chat", call);
  const { headers } = upstream.calls.at(-1)!;
  return (headers["authorization"] ?? headers["api-key"])?.toString().replace("Bearer ", "");
}

describe.each(factories)("%s reads %s", (_, variable, factory) => {
  it("if no key is given, or an empty one", async () => {
    vi.stubEnv(variable, "sk-from-the-environment");
    for (const apiKey of [undefined, "", "  "])
      expect(await sentKey(factory({ apiKey }))).toBe("sk-from-the-environment");
  });

  it("but not if the provider or the deployment has a key", async () => {
    vi.stubEnv(variable, "sk-from-the-environment");
    expect(await sentKey(factory({ apiKey: "sk-given" }))).toBe("sk-given");
    expect(await sentKey(factory({}), "sk-own")).toBe("sk-own");
  });

  it("from the given environment only", () => {
    vi.stubEnv(variable, "sk-from-the-environment");
    expect(factory({ env: {} }).validate?.(deployment())[0]).toMatch(/needs a key\. Set apiKey .*_API_KEY\.$/u);
    expect(factory({ env: { [variable]: "sk-1" } }).validate?.(deployment())).toEqual([]);
  });

  it("and never sends it if a call has its own key, even an empty one", async () => {
    vi.stubEnv(variable, "sk-from-the-environment");
    expect(await sentKey(factory({}), "")).toBeUndefined();
  });
});
