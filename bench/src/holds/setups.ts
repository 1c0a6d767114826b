import { memoryCache } from "@modelyard/cache-memory";
import type { DeploymentOptions } from "@modelyard/core";
import { anthropic } from "@modelyard/providers-anthropic";
import { azure, openai, openaiCompatible } from "@modelyard/providers-openai";
import type { CreateRouterOptions } from "@modelyard/router";

export type Setup = CreateRouterOptions;

/** Routers that do different things with a request on its way to the vendor at `origin`. */
export function setups(origin: string): Readonly<Record<string, Setup>> {
  const providers = [openai(), azure(), openaiCompatible({ name: "mistral" }), anthropic()];
  const to = (model: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions => ({
    modelName: "m",
    model,
    apiKey: "k",
    apiBase: origin,
    ...more,
  });
  const gpt = to("openai/gpt-4o");
  const claude = to("anthropic/claude-sonnet-4-5");
  const cached = { cacheResponses: true, responseCache: memoryCache() };
  const all: Readonly<Record<string, Omit<Setup, "providers">>> = {
    openai: { modelList: [gpt] },
    "openai, limits": { modelList: [to("openai/gpt-4o", { tpm: 1e9 })], enablePreCallChecks: true },
    "openai, cache": { modelList: [gpt], ...cached },
    "openai, defaults": { modelList: [to("openai/gpt-4o", { defaults: { temperature: 0.5 } })] },
    "openai, left out": { modelList: [to("openai/gpt-4o", { additionalDropParams: ["messages[*].name"] })] },
    "openai, a retry": { modelList: [to("openai/gpt-4o", { apiBase: `${origin}/flaky` })], numRetries: 2 },
    "openai, then claude": {
      modelList: [
        to("openai/gpt-4o", { apiBase: `${origin}/flaky` }),
        to("anthropic/claude-sonnet-4-5", { modelName: "other" }),
      ],
      numRetries: 0,
      dropParams: true,
      fallbacks: { m: ["other"] },
    },
    azure: { modelList: [to("azure/gpt-4o", { apiVersion: "2024-10-21" })] },
    mistral: { modelList: [to("mistral/large")], dropParams: true },
    claude: { modelList: [claude], dropParams: true },
    "claude, cache": { modelList: [claude], dropParams: true, ...cached },
    "a choice of kinds": { modelList: [gpt, to("mistral/large"), claude] },
  };
  return Object.fromEntries(Object.entries(all).map(([name, options]) => [name, { ...options, providers }]));
}
