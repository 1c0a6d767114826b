import { finalMessage, prefixMark } from "./continuations.js";
import type { Host } from "./host.js";
import { readHuggingFaceModel } from "./model-names.js";
import { unservedByFoundry } from "./unserved.js";

/**
 * Hosts under the names that LiteLLM uses for them, with the address that each vendor documents and the environment
 * variables from LiteLLM's provider pages. Sources: the vendors' API references and docs.litellm.ai, "Providers", 2026-11.
 */
export const moreHosts: readonly Host[] = [
  { name: "aihubmix", baseUrl: "https://aihubmix.com/v1", keyVariable: "AIHUBMIX_API_KEY" },
  { name: "aiml", baseUrl: "https://api.aimlapi.com/v1", keyVariable: "AIML_API_KEY" },
  {
    name: "azure_ai",
    baseUrl: undefined,
    keyVariable: "AZURE_AI_API_KEY",
    foundry: true,
    // Source: Microsoft Foundry, "Use the Azure OpenAI Responses API".
    responses: true,
    unserved: unservedByFoundry,
  },
  { name: "baseten", baseUrl: "https://inference.baseten.co/v1", keyVariable: "BASETEN_API_KEY" },
  { name: "chutes", baseUrl: "https://llm.chutes.ai/v1", keyVariable: "CHUTES_API_KEY" },
  {
    name: "cloudflare",
    baseUrl: undefined,
    baseTemplate: "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
    keyVariable: "CLOUDFLARE_API_KEY",
    otherKeyVariables: ["CLOUDFLARE_API_TOKEN"],
    // Source: Cloudflare, "Workers AI: OpenAI compatible API endpoints"; `/ai/run` is its own API.
    addressForms: [
      { written: /^(https:\/\/api\.cloudflare\.com\/client\/v4\/accounts\/[^/]+\/ai)(?:\/run)?$/u, means: "$1/v1" },
    ],
  },
  {
    name: "codestral",
    baseUrl: "https://codestral.mistral.ai/v1",
    keyVariable: "CODESTRAL_API_KEY",
    streamUsage: false,
    continuation: prefixMark,
  },
  {
    name: "custom_openai",
    baseUrl: undefined,
    keyVariable: "OPENAI_API_KEY",
    baseVariable: "OPENAI_API_BASE",
    keyless: true,
  },
  {
    name: "databricks",
    baseUrl: undefined,
    keyVariable: "DATABRICKS_API_KEY",
    otherKeyVariables: ["DATABRICKS_TOKEN"],
  },
  {
    name: "docker_model_runner",
    baseUrl: "http://localhost:12434/engines/v1",
    apiPath: "/engines/v1",
    // Source: Docker, "Model Runner: REST API".
    addressForms: [{ written: /^(https?:\/\/[^/]+\/engines(?:\/[\w.-]+)?)(?<!\/v1)$/u, means: "$1/v1" }],
    keyVariable: "DOCKER_MODEL_RUNNER_API_KEY",
    keyless: true,
  },
  { name: "featherless_ai", baseUrl: "https://api.featherless.ai/v1", keyVariable: "FEATHERLESS_AI_API_KEY" },
  {
    name: "friendliai",
    baseUrl: "https://api.friendli.ai/serverless/v1",
    keyVariable: "FRIENDLIAI_API_KEY",
    otherKeyVariables: ["FRIENDLI_TOKEN"],
    baseVariable: "FRIENDLI_API_BASE",
  },
  // The address that LiteLLM still uses was switched off on 2025-10-17. Source: GitHub's changelog of 2025-07-17.
  {
    name: "github",
    baseUrl: "https://models.github.ai/inference",
    keyVariable: "GITHUB_API_KEY",
    otherKeyVariables: ["GITHUB_TOKEN"],
  },
  {
    name: "huggingface",
    baseUrl: "https://router.huggingface.co/v1",
    keyVariable: "HUGGINGFACE_API_KEY",
    otherKeyVariables: ["HF_TOKEN"],
    readModel: readHuggingFaceModel,
    addressForms: [{ written: /^(https:\/\/router\.huggingface\.co)$/u, means: "$1/v1" }],
  },
  {
    name: "lambda_ai",
    baseUrl: "https://api.lambda.ai/v1",
    keyVariable: "LAMBDA_API_KEY",
    baseVariable: "LAMBDA_API_BASE",
  },
  {
    name: "lemonade",
    baseUrl: "http://localhost:8000/api/v1",
    apiPath: "/api/v1",
    keyVariable: "LEMONADE_API_KEY",
    keyless: true,
  },
  { name: "llamafile", baseUrl: "http://127.0.0.1:8080/v1", keyVariable: "LLAMAFILE_API_KEY", keyless: true },
  {
    name: "meta_llama",
    baseUrl: "https://api.llama.com/compat/v1",
    keyVariable: "LLAMA_API_KEY",
    baseVariable: "LLAMA_API_BASE",
  },
  { name: "minimax", baseUrl: "https://api.minimax.io/v1", keyVariable: "MINIMAX_API_KEY" },
  { name: "morph", baseUrl: "https://api.morphllm.com/v1", keyVariable: "MORPH_API_KEY" },
  { name: "nscale", baseUrl: "https://inference.api.nscale.com/v1", keyVariable: "NSCALE_API_KEY" },
  {
    name: "ovhcloud",
    baseUrl: "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    keyVariable: "OVHCLOUD_API_KEY",
  },
  { name: "poe", baseUrl: "https://api.poe.com/v1", keyVariable: "POE_API_KEY" },
  { name: "scaleway", baseUrl: "https://api.scaleway.ai/v1", keyVariable: "SCW_SECRET_KEY" },
  { name: "synthetic", baseUrl: "https://api.synthetic.new/openai/v1", keyVariable: "SYNTHETIC_API_KEY" },
  { name: "v0", baseUrl: "https://api.v0.dev/v1", keyVariable: "V0_API_KEY" },
  { name: "veniceai", baseUrl: "https://api.venice.ai/api/v1", keyVariable: "VENICE_AI_API_KEY" },
  {
    name: "vercel_ai_gateway",
    baseUrl: "https://ai-gateway.vercel.sh/v1",
    keyVariable: "VERCEL_AI_GATEWAY_API_KEY",
    otherKeyVariables: ["VERCEL_OIDC_TOKEN"],
  },
  // LiteLLM runs the model in its own process under this name; here it is the server that vLLM starts, as for hosted_vllm.
  { name: "vllm", baseUrl: undefined, keyVariable: "VLLM_API_KEY", keyless: true, continuation: finalMessage },
  {
    name: "volcengine",
    baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
    keyVariable: "VOLCENGINE_API_KEY",
    otherKeyVariables: ["ARK_API_KEY"],
  },
  { name: "wandb", baseUrl: "https://api.inference.wandb.ai/v1", keyVariable: "WANDB_API_KEY" },
  { name: "xiaomi_mimo", baseUrl: "https://api.xiaomimimo.com/v1", keyVariable: "XIAOMI_MIMO_API_KEY" },
  { name: "xinference", baseUrl: undefined, keyVariable: "XINFERENCE_API_KEY", keyless: true },
  { name: "zai", baseUrl: "https://api.z.ai/api/paas/v4", keyVariable: "ZAI_API_KEY" },
  {
    name: "zhipu",
    baseUrl: "https://open.bigmodel.cn/api/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    otherKeyVariables: ["ZHIPUAI_API_KEY"],
  },
];
