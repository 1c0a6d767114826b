import type { ConfigError } from "@modelyard/config-yaml";
import { systemClock } from "@modelyard/core/kit";
import { openai } from "@modelyard/providers-openai";
import { scriptedProvider } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { standIn } from "../test/support/stand-in.js";
import type { YamlRouter } from "./from-yaml-options.js";
import { routerFromYaml } from "./router-from-yaml.js";

const messages = [{ role: "user" as const, content: "hi" }];
const good = "  - { model_name: chat, litellm_params: { model: openai/gpt-4o, api_key: k } }\n";

function load(entries: string, more = "", strict = false): Promise<YamlRouter> {
  const provider = standIn(openai(), systemClock);
  return routerFromYaml(`model_list:\n${entries}${more}`, { env: {}, providers: [provider], strict });
}

function entry(model: string, more = "", info = ""): string {
  return `  - { model_name: other, litellm_params: { model: ${model}, api_key: k${more} }${info === "" ? "" : `, model_info: { ${info} }`} }\n`;
}

const cases: readonly (readonly [name: string, entry: string, reason: string])[] = [
  ["a provider with an API of its own", entry("bedrock/anthropic.claude-3"), "bedrock has its own API"],
  ["another provider with its own API", entry("vertex_ai/gemini-2.5-pro"), "vertex_ai has its own API"],
  ["a provider in custom_llm_provider", entry("command-r", ", custom_llm_provider: cohere"), "cohere has its own API"],
  ["a provider that only LiteLLM knows", entry("heroku/claude-4-sonnet"), 'Modelyard has no provider "heroku"'],
  ["a provider with a name similar to a built-in one", entry("meta/llama-4"), 'Modelyard has no provider "meta"'],
  ["an unknown provider", entry("acme-cloud/llama"), "write openai/llama and set api_base"],
  ["an unknown provider in custom_llm_provider", entry("x", ", custom_llm_provider: acme-cloud"), "acme-cloud"],
  ["a provider that requires signing in", entry("github_copilot/gpt-4o"), "needs a browser login"],
  ["images, by mode", entry("openai/my-images", "", "mode: image_generation"), "its mode is image_generation"],
  [
    "transcriptions, by mode",
    entry("azure/x", ', api_base: "https://x.example"', "mode: audio_transcription"),
    "audio_transcription",
  ],
  ["reranking, by mode", entry("openai/x", "", "mode: rerank"), "its mode is rerank"],
  [
    "transcriptions, by the model's own name",
    entry("openai/acme/faster-whisper-large-v3", ', api_base: "http://x.example/v1"'),
    "audio_transcription",
  ],
  ["images at Google, by the model", entry("gemini/imagen-4.0-generate-001"), "it is a model for image_generation"],
  ["videos at Google, by the model", entry("gemini/veo-3.0-fast"), "it is a model for video_generation"],
  ["speech, by the model", entry("openai/tts-1-hd"), "it is a model for audio_speech"],
  ["transcriptions, by the model", entry("groq/whisper-large-v3"), "it is a model for audio_transcription"],
  ["images, by the model", entry("dall-e-3", ", custom_llm_provider: openai"), "it is a model for image_generation"],
  ["moderation, by the model", entry("omni-moderation-latest"), "it is a model for moderation"],
  ["transcriptions, by a model without a provider", entry("whisper-1"), "it is a model for audio_transcription"],
  [
    "Azure by Entra ID",
    `  - { model_name: other, litellm_params: { model: azure/x, api_base: "https://x.example", tenant_id: t, client_id: c, client_secret: s } }\n`,
    "it uses Microsoft Entra ID",
  ],
  [
    "Gemini at Vertex AI",
    entry(
      "gemini/gemini-2.5-flash",
      ', api_base: "https://us-central1-aiplatform.googleapis.com/v1/publishers/google"',
    ),
    "write gemini/NAME without api_base",
  ],
  [
    "Gemini at Vertex AI's OpenAI-compatible API, whose models have other names",
    entry(
      "gemini/x",
      ', api_base: "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi"',
    ),
    "openai/google/NAME",
  ],
  [
    "Claude at Vertex AI",
    entry("anthropic/claude-opus-4-5", ', api_base: "https://europe-west1-aiplatform.googleapis.com/v1/projects/p"'),
    "its api_base is Vertex AI's",
  ],
  [
    "Bedrock by its address",
    entry("openai/x", ', api_base: "https://bedrock-runtime.us-east-1.amazonaws.com"'),
    "an api_base that ends in /openai/v1",
  ],
  ["Claude in Foundry", entry("azure_ai/claude-sonnet-4-5", ', api_base: "https://x.example"'), "write anthropic/NAME"],
];

describe.each(cases)("a deployment for %s", (_, written, reason) => {
  it("is skipped with one warning that names its place, and the others serve", async () => {
    const yaml = await load(good + written);
    expect(yaml.unserved).toHaveLength(1);
    expect(yaml.unserved[0]).toMatch(/^config\.yaml:3:\d+ model_list\[1\]: ".+" cannot be called and is skipped: /u);
    expect(yaml.unserved[0]).toContain(reason);
    expect(yaml.unserved[0]).toContain('No other deployment serves "other".');
    expect(yaml.warnings).toEqual(yaml.unserved);
    expect(yaml.router.models().map(({ id }) => id)).toEqual(["chat"]);
    expect((await yaml.router.completion({ model: "chat", messages })).choices).toHaveLength(1);
    await yaml.close();
  });

  it("is an error if no other deployment is served, or in strict mode", async () => {
    await expect(load(written)).rejects.toThrow(reason);
    await expect(load(good + written, "", true)).rejects.toThrow(reason);
  });
});

it("a skipped deployment needs no environment variables, while other deployments need theirs", async () => {
  const skipped = `  - { model_name: b, litellm_params: { model: bedrock/x, aws_access_key_id: os.environ/NOBODY_SET } }\n`;
  const yaml = await load(good + skipped);
  expect(yaml.warnings).toHaveLength(1);
  await yaml.close();
  await expect(load(good.replace("api_key: k", "api_key: os.environ/NOBODY_SET"))).rejects.toThrow(
    "NOBODY_SET is not set",
  );
});

it("a group with a skipped deployment is served by its other deployments", async () => {
  const yaml = await load(good + good.replace("openai/gpt-4o", "bedrock/x"));
  expect(yaml.unserved[0]).not.toContain("No other deployment serves");
  expect(yaml.router.state().groups.map(({ name, deployments }) => [name, deployments.length])).toEqual([["chat", 1]]);
  await yaml.close();
});

it.each([
  ["a user's own word for a mode", entry("openai/x", "", "mode: fast")],
  ["a mode that says the opposite of the name", entry("openai/whisper-chat", "", "mode: chat")],
  [
    "a model of another host that is called like OpenAI's",
    entry("openai/gpt-5-codex", ', api_base: "https://gate.example/v1"'),
  ],
  [
    "Vertex AI's OpenAI-compatible API",
    entry(
      "openai/google/gemini-2.5-flash",
      ', api_base: "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi"',
    ),
  ],
  [
    "Bedrock's OpenAI-compatible API",
    entry("openai/openai.gpt-oss-20b-1:0", ', api_base: "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1"'),
  ],
  ["Gemini at its own address", entry("gemini/x", ', api_base: "https://generativelanguage.googleapis.com"')],
  ["a deployment with a mock response", entry("bedrock/x", ", mock_response: hi, custom_llm_provider: openai")],
])("%s is not skipped", async (_, written) => {
  const yaml = await load(good + written);
  expect(yaml.unserved).toEqual([]);
  await yaml.close();
});

it.each(["bedrok", "opena", "antropic"])("a misspelled provider name is an error: %s", async (name) => {
  await expect(load(good + entry(`${name}/x`))).rejects.toThrow(`"${name}" is not registered`);
});

it("a custom provider serves what Modelyard itself does not", async () => {
  const bedrock = scriptedProvider({ name: "bedrock", clock: systemClock });
  const yaml = await routerFromYaml(`model_list:\n${entry("bedrock/x", ", aws_region_name: eu")}`, {
    env: {},
    providers: [bedrock],
  });
  expect(yaml.warnings).toEqual([]);
  expect(yaml.config.router.modelList[0]?.settings).toEqual({ aws_region_name: "eu" });
  await yaml.close();
});

it("a custom provider may be called at any base URL, and reports itself what it does not serve", async () => {
  const bedrock = scriptedProvider({
    name: "bedrock",
    clock: systemClock,
    unserved: ({ model }) => (model === "titan-image" ? "it is a model for images." : undefined),
  });
  const address = ', api_base: "https://bedrock-runtime.us-east-1.amazonaws.com"';
  const yaml = await routerFromYaml(`model_list:\n${entry("bedrock/x", address)}${entry("bedrock/titan-image")}`, {
    env: {},
    providers: [bedrock],
  });
  expect(yaml.unserved).toEqual([
    expect.stringContaining('model_list[1]: "bedrock/titan-image" cannot be called and is skipped: it is a model for'),
  ]);
  await yaml.close();
});

it("a custom provider that cannot say what it serves is an error, which does not quote the address", async () => {
  const acme = scriptedProvider({
    name: "acme",
    clock: systemClock,
    unserved: ({ apiBase }) => {
      throw new RangeError(apiBase);
    },
  });
  const file = `model_list:\n${entry("acme/x", ', api_base: "https://user:canary-password@acme.example"')}`;
  const loading = routerFromYaml(file, { env: {}, providers: [acme] });
  const error = (await loading.catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toContain('providers.acme.unserved: it threw RangeError for the model "x".');
  expect(error.message).not.toContain("canary");
});

it("a custom provider gets the settings that it names, and they are not sent as fields of requests", async () => {
  const acme = scriptedProvider({ name: "acme", clock: systemClock, settings: ["acme_region", "api_key_file"] });
  const more = ", acme_region: eu, api_key_file: /run/key, top_k: 3";
  const yaml = await routerFromYaml(`model_list:\n${entry("acme/x", more)}${entry("openai/y", ", acme_region: eu")}`, {
    env: {},
    providers: [acme],
  });
  expect(yaml.config.router.modelList.map(({ settings, defaults }) => [settings, defaults])).toEqual([
    [{ acme_region: "eu", api_key_file: "/run/key" }, { top_k: 3 }],
    [undefined, undefined],
  ]);
  expect(yaml.warnings).toEqual([
    expect.stringContaining("model_list[1].litellm_params.acme_region: it has no effect: openai does not use it."),
  ]);
  await yaml.close();
});

it("a reload that leaves no deployment is refused, and one that leaves some is applied", async () => {
  const yaml = await load(good);
  await expect(yaml.reload(`model_list:\n${entry("bedrock/x")}`)).rejects.toThrow("cannot be called");
  await yaml.reload(`model_list:\n${entry("openai/m")}${entry("bedrock/x")}`);
  expect(yaml.router.models().map(({ id }) => id)).toEqual(["other"]);
  expect(yaml.unserved).toHaveLength(1);
  await yaml.close();
});

describe("an option of Ollama's own API", () => {
  it.each([
    ["num_ctx: 4096", "num_ctx", /it is not sent: .* OLLAMA_CONTEXT_LENGTH/u],
    ["extra_body: { num_ctx: 4096, top_k: 3 }", "num_ctx", /OLLAMA_CONTEXT_LENGTH/u],
    ["num_ctx: 4096, keep_alive: 8m", "keep_alive", /num_ctx, keep_alive are not sent: /u],
    ["mirostat: 1, repeat_penalty: 1.1", "repeat_penalty", /mirostat, repeat_penalty are not sent: /u],
    ["mirostat: 1, repeat_penalty: 1.1", "mirostat", /mirostat, repeat_penalty are not sent: .* Modelfile/u],
  ])("causes one warning and is not sent to a host that ignores it: %s", async (written, name, message) => {
    for (const model of ["ollama_chat/llama3", "ollama/llama3"]) {
      const yaml = await routerFromYaml(`model_list:\n${entry(model, `, ${written}`)}`, { env: {} });
      const about = yaml.warnings.filter((warning) => warning.includes(name));
      expect(about).toEqual([expect.stringMatching(message)]);
      expect(yaml.config.router.modelList[0]?.defaults ?? {}).not.toHaveProperty(name);
      await yaml.close();
    }
  });

  it("is sent to other providers", async () => {
    const yaml = await routerFromYaml(
      `model_list:\n${entry("hosted_vllm/m", ', api_base: "http://v/v1", extra_body: { num_ctx: 1 }')}`,
      { env: {} },
    );
    expect(yaml.warnings).toEqual([]);
    expect(yaml.config.router.modelList[0]?.defaults).toEqual({ num_ctx: 1 });
    await yaml.close();
  });
});

describe("strict mode", () => {
  const dangling = "router_settings: { fallbacks: [{ chat: [gone] }] }\n";

  it.each([
    ["a fallback to a group that is missing", good, dangling, "gone"],
    ["a key of LiteLLM's that has no effect", good, "general_settings: { database_url: x }\n", "database_url"],
    ["a callback that is not there", good, "litellm_settings: { callbacks: [datadog] }\n", "datadog"],
    ["an alias that leads nowhere", good, "router_settings: { model_group_alias: { four: gone } }\n", "gone"],
  ])("makes %s an error, at startup and in a changed file", async (_, entries, more, word) => {
    await expect(load(entries, more, true)).rejects.toThrow(word);
    const yaml = await load(good, "", true);
    await expect(yaml.reload(`model_list:\n${entries}${more}`)).rejects.toThrow(word);
    expect(yaml.warnings).toEqual([]);
    await yaml.close();
    const tolerant = await load(entries, more);
    expect(tolerant.warnings.some((warning) => warning.includes(word))).toBe(true);
    await tolerant.close();
  });

  const many = "general_settings: { database_url: x }\nlitellm_settings: { callbacks: [datadog] }\n";
  const entries = entry("ollama/x", ", num_ctx: 4096") + entry("bedrock/x");

  it("reports everything at once, at startup and in a changed file, and of each setting only what is true", async () => {
    const strict = load(good + entries, many + dangling, true);
    const { issues } = (await strict.catch((thrown: unknown) => thrown)) as ConfigError;
    expect(issues.map(({ path }) => path).toSorted()).toEqual([
      "general_settings.database_url",
      "litellm_settings.callbacks[0]",
      "model_list[1].litellm_params.num_ctx",
      "model_list[2]",
      "router_settings.fallbacks[0].chat",
    ]);
    expect(issues.find(({ path }) => path.endsWith("num_ctx"))?.message).toContain("it is not sent");
    const yaml = await load(good, "", true);
    const change = yaml.reload(`model_list:\n${good}${entries}${many}${dangling}`);
    const changed = (await change.catch((thrown: unknown) => thrown)) as ConfigError;
    expect(changed.issues).toEqual(issues);
    await yaml.close();
  });

  it.each([
    ["a deployment", entry("azure/y"), "", "model_list[1].litellm_params"],
    ["a strategy", "", "router_settings: { routing_strategy: nearest }\n", "router_settings.routing_strategy"],
    ["a callback", "", "litellm_settings: { failure_callback: [sentry] }\n", "litellm_settings.failure_callback"],
  ])("reports warnings together with an error of %s", async (_, broken, more, path) => {
    const strict = load(good + broken + entry("bedrock/x"), `${more}general_settings: { database_url: x }\n`, true);
    const { issues } = (await strict.catch((thrown: unknown) => thrown)) as ConfigError;
    const paths = issues.map((issue) => issue.path);
    expect(paths).toEqual(expect.arrayContaining([path, "general_settings.database_url"]));
  });

  it("cannot be combined with lenient mode", async () => {
    const both = routerFromYaml(`model_list:\n${good}`, { env: {}, strict: true, lenient: true });
    await expect(both).rejects.toThrow("strict: strict and lenient cannot be combined.");
  });
});
