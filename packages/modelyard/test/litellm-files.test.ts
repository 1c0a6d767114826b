import { startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";

/**
 * Files as people publish them, shortened, with other names: what is odd about each is what was found in one that
 * works with LiteLLM. Each must load, serve a call, and warn of nothing but what changes what the file means.
 */
interface Published {
  readonly name: string;
  readonly text: string;
  /** The group that the test calls. */
  readonly model: string;
  /** The model that the vendor receives. */
  readonly asked: string;
  /** The places of the warnings, in the order in which they are reported. */
  readonly warned: readonly string[];
}

const files: readonly Published[] = [
  {
    name: "a company's deployment on AWS",
    text: `
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  database_url: os.environ/DATABASE_URL
  set_verbose: false
  json_logs: true
`,
    model: "gpt-4o",
    asked: "gpt-4o",
    warned: ["general_settings.database_url", "general_settings.set_verbose", "general_settings.json_logs"],
  },
  {
    name: "two clouds behind one name, one of which is not served",
    text: `
model_list:
  - model_name: claude
    litellm_params:
      model: bedrock/us.anthropic.claude-sonnet
      aws_region_name: us-east-1
  - model_name: claude
    litellm_params:
      model: vertex_ai/claude-sonnet@20250101
      vertex_ai_project: os.environ/GCP_PROJECT
      vertex_ai_location: us-east5
  - model_name: claude
    litellm_params:
      model: anthropic/claude-haiku-4-5
      api_key: os.environ/ANTHROPIC_API_KEY
  - model_name: claude-auto
    litellm_params:
      model: auto_router/complexity_router
      complexity_router_config: { tiers: { SIMPLE: claude } }
      complexity_router_default_model: claude
router_settings:
  optional_pre_call_checks: ["deployment_affinity", "prompt_caching"]
  deployment_affinity_ttl_seconds: 3600
`,
    model: "claude",
    asked: "claude-haiku-4-5",
    warned: [
      "model_list[3].litellm_params.complexity_router_config",
      "model_list[3].litellm_params.complexity_router_default_model",
      "model_list[0]",
      "model_list[1]",
      "model_list[3]",
    ],
  },
  {
    name: "an IDE's proxy for one local model",
    text: `
model_list:
  - model_name: "*"
    litellm_params:
      model: openai/local
      custom_llm_provider: openai
      api_base: UPSTREAM/v1
      api_key: sk-1234
      timeout: 600
      stream_timeout: 600
litellm_settings:
  request_timeout: 600
  drop_params: true
  num_retries: 0
`,
    model: "anything",
    asked: "local",
    warned: [],
  },
  {
    name: "a home laboratory with Ollama",
    text: `
model_list:
  - model_name: router
    litellm_params:
      model: ollama/qwen2.5:3b
      api_base: UPSTREAM
      temperature: 0.1
      num_ctx: 8192
  - model_name: voice
    litellm_params:
      model: ollama_chat/llama3:70b
      api_base: UPSTREAM/api/chat
      max_tokens: 1024
router_settings:
  routing_strategy: simple-shuffle
  allowed_fails: 2
  cooldown_time: 30
general_settings:
  master_key: sk-lab-12345
  database_url: "sqlite:///usage.db"
  tool_config: { enabled: true }
`,
    model: "voice",
    asked: "llama3:70b",
    warned: ["general_settings.database_url", "general_settings.tool_config", "model_list[0].litellm_params.num_ctx"],
  },
  {
    name: "budgets, limits and an odd callback",
    text: `
model_list:
  - model_name: work
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
      max_budget: 10.00
      budget_duration: 1d
      rpm: 480
      timeout: 300
      num_retries: 3
    model_info:
      max_budget: 10.00
      team: research
router_settings:
  routing_strategy: usage-based-routing-v2
  enable_pre_call_checks: true
  allowed_fails: 3
  cooldown_time: 60
  provider_budget_config:
    openai: { budget_limit: 100.00, time_period: 1d }
litellm_settings:
  callbacks: ["my_hooks.proxy_handler_instance", "prometheus"]
  max_tokens: 4096
`,
    model: "work",
    asked: "gpt-4o",
    warned: [
      "model_list[0].litellm_params.max_budget",
      "model_list[0].litellm_params.budget_duration",
      "router_settings.provider_budget_config",
      "litellm_settings.max_tokens",
      "litellm_settings.callbacks[0]",
    ],
  },
  {
    name: "a Chinese team's models and an image model",
    text: `
model_list:
  - model_name: glm
    litellm_params: { model: zai/glm-4.6, api_key: os.environ/ZAI_API_KEY }
  - model_name: pictures
    litellm_params: { model: openai/gpt-image-1, api_key: os.environ/OPENAI_API_KEY }
    model_info: { mode: image_generation }
  - model_name: ears
    litellm_params: { model: whisper-1, api_key: os.environ/OPENAI_API_KEY }
litellm_settings:
  callbacks: []
  rpm: 100
router_settings:
  routing_strategy: usage-based-routing-v2
`,
    model: "glm",
    asked: "glm-4.6",
    warned: ["litellm_settings.rpm", "model_list[1]", "model_list[2]"],
  },
  {
    name: "a class of failures by name and variables for everything",
    text: `
model_list:
  - model_name: helper
    litellm_params:
      model: os.environ/HELPER_MODEL
      api_base: os.environ/HELPER_API_BASE
      api_key: os.environ/HELPER_API_KEY
router_settings:
  allowed_fails: 2
  cooldown_time: 15
  retry_policy: { Timeout: 1, APIConnectionError: 1, RateLimitError: 0, ServiceUnavailableError: 1 }
litellm_settings:
  json_logs: true
`,
    model: "helper",
    asked: "llama-3-2-3b",
    warned: ["litellm_settings.json_logs"],
  },
  {
    name: "three free hosts under one name, which falls back to itself",
    text: `
model_list:
  - { model_name: tier, litellm_params: { model: groq/llama-3.3-70b, api_key: os.environ/GROQ_API_KEY, order: 1 } }
  - { model_name: tier, litellm_params: { model: gemini/gemini-2.5-flash, api_key: os.environ/GEMINI_API_KEY, order: 2 } }
router_settings:
  fallbacks:
    - tier: [tier]
`,
    model: "tier",
    asked: "llama-3.3-70b",
    warned: [],
  },
  {
    name: "vLLM with notes beside the parameters and a field of its own",
    text: `
model_list:
  - model_name: qwen3-router
    litellm_params:
      model: hosted_vllm/qwen3-r1
      api_base: UPSTREAM/v1
      api_key: EMPTY
      chat_template_kwargs: { enable_thinking: false }
    vllm:
      reasoning_parser: qwen3
`,
    model: "qwen3-router",
    asked: "qwen3-r1",
    warned: ["model_list[0].litellm_params.chat_template_kwargs", "model_list[0].vllm"],
  },
  {
    name: "MCP servers and a model that is kept in a database",
    text: `
model_list:
  - model_name: deepseek-chat
    litellm_params: { model: deepseek/deepseek-chat, api_key: "os.environ/DEEPSEEK_API_KEY" }
  - model_name: together_ai/meta-llama/Small
    litellm_params: { model: together_ai/meta-llama/Small, api_key: "os.environ/TOGETHER_API_KEY" }
general_settings:
  master_key: "os.environ/LITELLM_MASTER_KEY"
  store_model_in_db: true
  store_prompts_in_spend_logs: true
mcp_servers:
  gateway: { transport: http, url: "http://gateway:8120" }
`,
    model: "together_ai/meta-llama/Small",
    asked: "meta-llama/Small",
    warned: ["general_settings.store_model_in_db", "general_settings.store_prompts_in_spend_logs", "mcp_servers"],
  },
  {
    name: "a command line as a provider in Python",
    text: `
model_list:
  - model_name: cli
    litellm_params: { model: my_cli/gpt-5, custom_llm_provider: my_cli }
  - model_name: mini
    litellm_params: { model: openai/gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY }
litellm_settings:
  custom_provider_map:
    - { provider: my_cli, custom_handler: my_cli.handler }
`,
    model: "mini",
    asked: "gpt-4o-mini",
    warned: ["litellm_settings.custom_provider_map[0].custom_handler", "model_list[0]"],
  },
  {
    name: "an address of Azure from the portal, and GitHub's models",
    text: `
model_list:
  - model_name: azure-4o
    litellm_params:
      model: azure/gpt-4o
      api_base: UPSTREAM/openai/deployments/prod-4o/chat/completions?api-version=2025-01-01-preview
      api_key: os.environ/AZURE_API_KEY
      input_cost_per_second: 0.0001
  - model_name: gh
    litellm_params: { model: github/openai/gpt-4o, api_key: os.environ/GITHUB_TOKEN }
  - model_name: copilot
    litellm_params: { model: github_copilot/gpt-4o, extra_headers: { editor-version: vscode/1.85.1 } }
router_settings:
  num_retries: 3
  model_group_alias: { "gpt-4": "azure-4o" }
`,
    model: "gpt-4",
    asked: "prod-4o",
    warned: ["model_list[0].litellm_params.input_cost_per_second", "model_list[2]"],
  },
];

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());

function environment(): Readonly<Record<string, string>> {
  const keys = "OPENAI ANTHROPIC ZAI GROQ GEMINI DEEPSEEK TOGETHER AZURE HELPER".split(" ");
  const hosts = "OPENAI ANTHROPIC ZAI GROQ GEMINI DEEPSEEK TOGETHER_AI GITHUB HELPER".split(" ");
  const base = (host: string): string => (host === "ANTHROPIC" ? upstream.url("a") : `${upstream.url("a")}/v1`);
  return {
    ...Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, "k"])),
    ...Object.fromEntries(hosts.map((name) => [`${name}_API_BASE`, base(name)])),
    LITELLM_MASTER_KEY: "sk-master",
    GITHUB_TOKEN: "t",
    HELPER_MODEL: "openai/llama-3-2-3b",
  };
}

describe.each(files)("a published file: $name", ({ text, model, asked, warned }) => {
  it("loads, serves a call, and warns only of settings whose meaning changes", async () => {
    upstream.reset();
    const yaml = await routerFromYaml(text.replaceAll("UPSTREAM", upstream.url("a")), { env: environment() });
    const answer = await yaml.router.completion({ model, messages: [{ role: "user", content: "hi" }] });
    expect(answer.choices).toHaveLength(1);
    expect(upstream.calls.map((call) => call.model)).toEqual([asked]);
    expect(yaml.config.warnings.map(({ path }) => path)).toEqual(warned);
    // Equal warnings are combined into one line, and there are no others.
    const kinds = new Set(yaml.config.warnings.map(({ message }) => message));
    expect(yaml.warnings).toHaveLength(kinds.size);
    await yaml.close();
  });
});
