import type { Host } from "./host.js";
import { finalMessage, partialMark, prefixMark } from "./continuations.js";
import { moreHosts } from "./more-hosts.js";
import { ollama } from "./ollama.js";

/**
 * Hosts with an OpenAI-compatible API.
 * Source: each vendor's API reference, as of 2026-11.
 */
export const hosts: readonly Host[] = [
  { name: "groq", baseUrl: "https://api.groq.com/openai/v1", keyVariable: "GROQ_API_KEY" },
  {
    name: "mistral",
    baseUrl: "https://api.mistral.ai/v1",
    keyVariable: "MISTRAL_API_KEY",
    claims: /^(?:mistral|ministral|magistral|devstral|codestral|open-mistral|open-mixtral|pixtral)-/u,
    streamUsage: false,
    continuation: prefixMark,
  },
  {
    name: "deepseek",
    baseUrl: "https://api.deepseek.com/v1",
    keyVariable: "DEEPSEEK_API_KEY",
    claims: /^deepseek-/u,
    continuation: { ...prefixMark, baseUrl: "https://api.deepseek.com/beta" },
  },
  {
    name: "together_ai",
    baseUrl: "https://api.together.xyz/v1",
    keyVariable: "TOGETHERAI_API_KEY",
    catalogId: "together",
    otherKeyVariables: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN"],
    baseVariable: "TOGETHER_AI_API_BASE",
  },
  {
    name: "fireworks_ai",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariable: "FIREWORKS_AI_API_KEY",
    catalogId: "fireworks",
  },
  {
    name: "openrouter",
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    continuation: {},
    // Source: openrouter.ai/docs, "Responses API Beta".
    responses: true,
  },
  {
    name: "perplexity",
    baseUrl: "https://api.perplexity.ai",
    keyVariable: "PERPLEXITYAI_API_KEY",
    claims: /^sonar(?:-|$)/u,
    otherKeyVariables: ["PERPLEXITY_API_KEY"],
    streamUsage: false,
  },
  {
    name: "xai",
    baseUrl: "https://api.x.ai/v1",
    keyVariable: "XAI_API_KEY",
    claims: /^grok-/u,
    catalogId: "x-ai",
    // Source: docs.x.ai, "Comparison with Chat Completions API".
    responses: true,
  },
  { name: "cerebras", baseUrl: "https://api.cerebras.ai/v1", keyVariable: "CEREBRAS_API_KEY" },
  { name: "nvidia_nim", baseUrl: "https://integrate.api.nvidia.com/v1", keyVariable: "NVIDIA_NIM_API_KEY" },
  { name: "deepinfra", baseUrl: "https://api.deepinfra.com/v1/openai", keyVariable: "DEEPINFRA_API_KEY" },
  { name: "sambanova", baseUrl: "https://api.sambanova.ai/v1", keyVariable: "SAMBANOVA_API_KEY" },
  {
    name: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    keyVariable: "GEMINI_API_KEY",
    claims: /^(?:gemini|imagen|veo)-/u,
    // Google names models differently at its other addresses.
    api: "own",
    catalogId: "google",
    otherKeyVariables: ["GOOGLE_API_KEY"],
    // Source: Gemini API, "OpenAI compatibility".
    addressForms: [
      {
        written: /^(https:\/\/generativelanguage\.googleapis\.com)(?:\/v1(?:beta)?(?:\/models.*)?)?$/u,
        means: "$1/v1beta/openai",
      },
    ],
  },
  {
    name: "moonshot",
    baseUrl: "https://api.moonshot.ai/v1",
    keyVariable: "MOONSHOT_API_KEY",
    continuation: partialMark,
  },
  {
    name: "dashscope",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    continuation: { ...partialMark, models: /qwen/iu },
  },
  { name: "novita", baseUrl: "https://api.novita.ai/v3/openai", keyVariable: "NOVITA_API_KEY" },
  { name: "nebius", baseUrl: "https://api.studio.nebius.ai/v1", keyVariable: "NEBIUS_API_KEY" },
  { name: "hyperbolic", baseUrl: "https://api.hyperbolic.xyz/v1", keyVariable: "HYPERBOLIC_API_KEY" },
  ollama("ollama"),
  ollama("ollama_chat"),
  {
    name: "litellm_proxy",
    baseUrl: undefined,
    keyVariable: "LITELLM_PROXY_API_KEY",
    keyless: true,
    // Source: docs.litellm.ai, "/responses".
    responses: true,
  },
  { name: "openai_like", baseUrl: undefined, keyVariable: "OPENAI_LIKE_API_KEY", keyless: true },
  {
    name: "text-completion-openai",
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    baseVariable: "OPENAI_API_BASE",
  },
  {
    name: "hosted_vllm",
    baseUrl: undefined,
    keyVariable: "HOSTED_VLLM_API_KEY",
    keyless: true,
    continuation: finalMessage,
  },
  {
    name: "lm_studio",
    baseUrl: "http://localhost:1234/v1",
    keyVariable: "LM_STUDIO_API_KEY",
    keyless: true,
    // Source: lmstudio.ai, release notes of 0.3.29.
    responses: true,
  },
  ...moreHosts,
];
