// Tests that no option of the router takes away a field that vendors document. The compiler completes the lists, since it
// compares them with the types of the vendors' SDKs.
import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { adapters, post } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";

/** What the router itself needs to know about a request, and headers. Other tests cover them. */
type Known =
  | "betas"
  | "fallbacks"
  | "input"
  | "max_tokens"
  | "messages"
  | "metadata"
  | "model"
  | "stream"
  | "user_profile_id"
  | "workspace_id";

const chat: Readonly<Record<Exclude<keyof OpenAI.ChatCompletionCreateParams, Known>, true>> = {
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};

const responses: Readonly<Record<Exclude<keyof OpenAI.Responses.ResponseCreateParams, Known>, true>> = {
  access_programs: true,
  background: true,
  context_management: true,
  conversation: true,
  image: true,
  include: true,
  instructions: true,
  max_output_tokens: true,
  max_tool_calls: true,
  moderation: true,
  parallel_tool_calls: true,
  previous_response_id: true,
  prompt: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning: true,
  safety_identifier: true,
  service_tier: true,
  store: true,
  stream_options: true,
  temperature: true,
  text: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  truncation: true,
  user: true,
};

const messages: Readonly<Record<Exclude<keyof Anthropic.Beta.MessageCreateParams, Known>, true>> = {
  billing_policy: true,
  cache_control: true,
  compaction: true,
  container: true,
  context_management: true,
  diagnostics: true,
  fallback_credit_token: true,
  inference_geo: true,
  mcp_servers: true,
  output_config: true,
  output_format: true,
  service_tier: true,
  speed: true,
  stop_sequences: true,
  system: true,
  thinking: true,
  thread: true,
  tool_choice: true,
  tools: true,
};

const user = [{ role: "user", content: "hi" }];

describe.each([
  ["/v1/chat/completions", { model: "gpt-4", messages: user }, chat],
  ["/v1/responses", { model: "gpt-4", input: "hi" }, responses],
  ["/v1/messages", { model: "gpt-4", messages: user, max_tokens: 9 }, messages],
])("a field of %s that its vendor documents", (path, body, fields) => {
  it.each(Object.keys(fields))("reaches the vendor as it is: %s", async (field) => {
    const { provider, gateway } = threeGroups();
    const { send } = await adapters.fetch(gateway);
    // No option has a value like this, so that one of the same name would refuse it.
    await send(path, post({ ...body, [field]: { documented: 1 } }));
    expect(provider.calls.at(-1)?.call.request).toMatchObject({ [field]: { documented: 1 } } satisfies JsonObject);
  });
});

describe("fallbacks in a request of Messages", () => {
  const beta = { "anthropic-beta": "files-api-2025-04-14,server-side-fallback-2026-07-01" };
  const models = [{ model: "claude-opus-5", max_tokens: 9 }];
  const ask = async (fallbacks: unknown, headers: Readonly<Record<string, string>>) => {
    const { provider, gateway } = threeGroups();
    provider.script("a", { type: "failure", kind: "internal_server", delayMs: 0 });
    const { send } = await adapters.fetch(gateway);
    const body = { model: "gpt-4", messages: user, max_tokens: 9, num_retries: 0, fallbacks };
    const { status } = await send("/v1/messages", post(body, headers));
    return { status, sent: provider.calls.map(({ call }) => (call.request as unknown as JsonObject)["fallbacks"]) };
  };

  it.each<[string, unknown, Readonly<Record<string, string>>]>([
    ["with the beta that it needs for them", models, beta],
    ["in words, which are no names of groups", "default", beta],
    ["in words without the beta, for the vendor to refuse", "off", {}],
  ])("are the vendor's own %s", async (_, fallbacks, headers) => {
    const { sent } = await ask(fallbacks, headers);
    expect(sent[0]).toEqual(fallbacks);
  });

  it("are names of model groups otherwise, and not sent", async () => {
    const { status, sent } = await ask(["other"], { "anthropic-beta": "files-api-2025-04-14" });
    expect([status, sent]).toEqual([200, [undefined, undefined]]);
    expect((await ask([{ model: "other" }], {})).sent).toEqual([undefined, undefined]);
  });
});
