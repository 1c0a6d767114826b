// Each top-level field on each crossing: what becomes of it. Neutral values say nothing and are never reported.
import { describe, expect, it } from "vitest";
import { chat, messages, responses, type WireName, type WrittenRequest } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { bare } from "./fields.js";
import { claude, hostChat, openaiChat, openaiResponses } from "./targets.js";

const read = { chat: chat.readRequest, responses: responses.readRequest, messages: messages.readRequest };
const budget = { ...claude.traits, thinking: "budget" as const, temperatureWithTopP: true };
const write: Readonly<
  Record<WireName, (request: ReturnType<typeof chat.readRequest>, dropParams: boolean) => WrittenRequest>
> = {
  chat: (request, dropParams) => chat.writeRequest(request, { ...openaiChat, dropParams }),
  responses: (request, dropParams) => responses.writeRequest(request, { ...openaiResponses, dropParams }),
  messages: (request, dropParams) => messages.writeRequest(request, { ...claude, traits: budget, dropParams }),
};

/** What becomes of a field: fields of the result, and a loss with its path. */
type Verdict = { readonly out?: JsonObject } & Readonly<
  Partial<Record<"converted" | "dropped" | "never" | "refused" | "synthesised", string>>
>;
type Row = readonly [field: JsonObject, verdicts: Readonly<Partial<Record<WireName, Verdict>>>];

const same: Verdict = {};
const fn = { type: "function", function: { name: "f", parameters: {} } };
const flat = { type: "function", name: "f", parameters: {}, strict: false };
const tool = { name: "f", input_schema: { type: "object" } };

const tables: Readonly<Record<WireName, readonly Row[]>> = {
  chat: [
    [{ max_tokens: 300 }, { responses: { out: { max_output_tokens: 300 } }, messages: { out: { max_tokens: 300 } } }],
    [
      { max_tokens: 1, max_completion_tokens: 300 },
      { responses: { out: { max_output_tokens: 300 } }, messages: { out: { max_tokens: 300 } } },
    ],
    [{}, { responses: same, messages: { out: { max_tokens: 4096 } } }],
    [{ temperature: 0 }, { responses: { out: { temperature: 0 } }, messages: { out: { temperature: 0 } } }],
    [{ temperature: 1 }, { messages: same }],
    [{ temperature: 1.5 }, { responses: { out: { temperature: 1.5 } }, messages: { refused: "temperature" } }],
    [{ top_p: 0.5 }, { responses: { out: { top_p: 0.5 } }, messages: { out: { top_p: 0.5 } } }],
    [{ top_k: 5 }, { responses: { refused: "top_k" }, messages: { out: { top_k: 5 } } }],
    [{ n: 1 }, { responses: same, messages: same }],
    [{ n: 2 }, { responses: { refused: "n" }, messages: { refused: "n" } }],
    [{ stop: "END" }, { responses: { refused: "stop" }, messages: { out: { stop_sequences: ["END"] } } }],
    [{ seed: 0 }, { responses: { dropped: "seed" }, messages: { refused: "seed" } }],
    [
      { frequency_penalty: 0, presence_penalty: 0 },
      { responses: same, messages: same },
    ],
    [
      { frequency_penalty: 0.5 },
      { responses: { refused: "frequency_penalty" }, messages: { refused: "frequency_penalty" } },
    ],
    [
      { presence_penalty: 0.5 },
      { responses: { refused: "presence_penalty" }, messages: { refused: "presence_penalty" } },
    ],
    [{ logit_bias: {} }, { responses: same, messages: same }],
    [{ logit_bias: { "1": 5 } }, { responses: { refused: "logit_bias" }, messages: { refused: "logit_bias" } }],
    [
      { logprobs: false, top_logprobs: 0 },
      { responses: same, messages: same },
    ],
    [
      { logprobs: true },
      {
        responses: { out: { include: ["message.output_text.logprobs", "reasoning.encrypted_content"] } },
        messages: { refused: "logprobs" },
      },
    ],
    [{ top_logprobs: 3 }, { responses: { out: { top_logprobs: 3 } }, messages: { refused: "top_logprobs" } }],
    [
      { parallel_tool_calls: false, tools: [fn] },
      {
        responses: { out: { parallel_tool_calls: false } },
        messages: { out: { tool_choice: { type: "auto", disable_parallel_tool_use: true } } },
      },
    ],
    [{ parallel_tool_calls: false }, { messages: same }],
    [
      { reasoning_effort: { effort: "low", summary: "auto" } },
      {
        responses: { out: { reasoning: { effort: "low", summary: "auto" } } },
        messages: { out: { thinking: { type: "enabled", budget_tokens: 2048, display: "summarized" } } },
      },
    ],
    [
      { reasoning_effort: "low" },
      {
        responses: { out: { reasoning: { effort: "low" } } },
        messages: { out: { thinking: { type: "enabled", budget_tokens: 2048 } } },
      },
    ],
    [{ verbosity: "low" }, { responses: { out: { text: { verbosity: "low" } } }, messages: { refused: "verbosity" } }],
    [{ modalities: ["text"] }, { responses: same, messages: same }],
    [{ modalities: ["text", "audio"] }, { responses: { refused: "modalities" }, messages: { refused: "modalities" } }],
    [{ audio: { voice: "x" } }, { responses: { refused: "audio" }, messages: { refused: "audio" } }],
    [
      { prediction: { type: "content", content: "x" } },
      { responses: { dropped: "prediction" }, messages: { dropped: "prediction" } },
    ],
    [
      {
        web_search_options: {
          search_context_size: "low",
          user_location: { type: "approximate", approximate: { city: "Rome" } },
        },
      },
      {
        responses: {
          out: {
            tools: [
              {
                type: "web_search",
                search_context_size: "low",
                user_location: { type: "approximate", city: "Rome" },
              },
            ],
          },
          converted: "web_search_options",
        },
        messages: {
          out: {
            tools: [
              {
                type: "web_search_20250305",
                name: "web_search",
                user_location: { type: "approximate", city: "Rome" },
              },
            ],
          },
          dropped: "web_search_options.search_context_size",
        },
      },
    ],
    [
      { service_tier: "auto" },
      { responses: { out: { service_tier: "auto" } }, messages: { out: { service_tier: "auto" } } },
    ],
    [
      { service_tier: "default" },
      { responses: { out: { service_tier: "default" } }, messages: { out: { service_tier: "standard_only" } } },
    ],
    [{ service_tier: "flex" }, { responses: { out: { service_tier: "flex" } }, messages: { refused: "service_tier" } }],
    [{ store: false }, { responses: { out: { store: false } }, messages: same }],
    [{}, { responses: { out: { store: false } } }],
    [{ store: true }, { responses: { out: { store: true } }, messages: { dropped: "store" } }],
    [{ metadata: { a: "b" } }, { responses: { out: { metadata: { a: "b" } } }, messages: { dropped: "metadata" } }],
    [{ user: "u" }, { responses: { out: { user: "u" } }, messages: { out: { metadata: { user_id: "u" } } } }],
    [
      { safety_identifier: "s" },
      { responses: { out: { safety_identifier: "s" } }, messages: { out: { metadata: { user_id: "s" } } } },
    ],
    [
      { user: "u", safety_identifier: "s" },
      {
        responses: { out: { user: "u", safety_identifier: "s" } },
        messages: { out: { metadata: { user_id: "u" } }, dropped: "safety_identifier" },
      },
    ],
    ...["prompt_cache_key", "prompt_cache_retention"].map((field): Row => [
      { [field]: "x" },
      { responses: { out: { [field]: "x" } }, messages: { dropped: field } },
    ]),
    [
      { prompt_cache_options: { mode: "explicit" } },
      {
        responses: { out: { prompt_cache_options: { mode: "explicit" } } },
        messages: same,
      },
    ],
    [
      { prompt_cache_options: { ttl: "1h" } },
      { responses: { out: { prompt_cache_options: { ttl: "1h" } } }, messages: { dropped: "prompt_cache_options" } },
    ],
    [
      { moderation: { policy: { output: { mode: "block" } } } },
      {
        responses: { out: { moderation: { policy: { output: { mode: "block" } } } } },
        messages: { refused: "moderation" },
      },
    ],
    [
      { moderation: { policy: { output: { mode: "flag" } } } },
      {
        responses: { out: { moderation: { policy: { output: { mode: "flag" } } } } },
        messages: { dropped: "moderation" },
      },
    ],
    [{ stream: true }, { responses: { out: { stream: true } }, messages: { out: { stream: true } } }],
    [
      { stream: true, stream_options: { include_usage: true } },
      {
        responses: { out: { stream: true, stream_options: undefined } },
        messages: { out: { stream_options: undefined } },
      },
    ],
    [
      { stream: true, stream_options: { include_obfuscation: false } },
      { responses: { out: { stream_options: { include_obfuscation: false } } }, messages: same },
    ],
    [
      { thinking: { type: "enabled", budget_tokens: 3000 } },
      {
        responses: { out: { reasoning: { effort: "low" } }, converted: "thinking.budget_tokens" },
        messages: { out: { thinking: { type: "enabled", budget_tokens: 3000 }, max_tokens: 7096 } },
      },
    ],
    [
      { context_management: { edits: [] } },
      { responses: { dropped: "context_management" }, messages: { out: { context_management: { edits: [] } } } },
    ],
    [{ x_new: 1 }, { responses: { dropped: "x_new" }, messages: { refused: "x_new" } }],
    [{ x_new: null }, { responses: same, messages: same }],
  ],
  responses: [
    [
      { max_output_tokens: 300 },
      { chat: { out: { max_completion_tokens: 300 } }, messages: { out: { max_tokens: 300 } } },
    ],
    [{ max_tool_calls: 3 }, { chat: { dropped: "max_tool_calls" }, messages: { dropped: "max_tool_calls" } }],
    [
      { max_tool_calls: 3, tools: [{ type: "web_search" }] },
      {
        messages: {
          out: { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] },
          converted: "max_tool_calls",
        },
      },
    ],
    [
      { previous_response_id: "resp_1" },
      { chat: { never: "previous_response_id" }, messages: { never: "previous_response_id" } },
    ],
    [{ conversation: { id: "conv_1" } }, { chat: { never: "conversation" }, messages: { never: "conversation" } }],
    [{ store: true }, { chat: { dropped: "store" }, messages: { dropped: "store" } }],
    [{ background: true }, { chat: { never: "background" }, messages: { never: "background" } }],
    [{ background: false }, { chat: same, messages: same }],
    [{ prompt: { id: "p" } }, { chat: { never: "prompt" }, messages: { never: "prompt" } }],
    [{ include: ["reasoning.encrypted_content"] }, { chat: same, messages: same }],
    [
      { include: ["message.output_text.logprobs"] },
      { chat: { out: { logprobs: true } }, messages: { refused: "include" } },
    ],
    [{ include: ["file_search_call.results"] }, { chat: { dropped: "include" }, messages: { dropped: "include" } }],
    [
      { reasoning: { effort: "low" } },
      {
        chat: { out: { reasoning_effort: "low" } },
        messages: { out: { thinking: { type: "enabled", budget_tokens: 2048 } } },
      },
    ],
    [
      { reasoning: { effort: "low", summary: "auto" } },
      {
        chat: { dropped: "reasoning.summary" },
        messages: { out: { thinking: { type: "enabled", budget_tokens: 2048, display: "summarized" } } },
      },
    ],
    [
      { reasoning: { context: "all" } },
      { chat: { dropped: "reasoning.context" }, messages: { dropped: "reasoning.context" } },
    ],
    [{ reasoning: { mode: "pro" } }, { chat: { refused: "reasoning.mode" }, messages: { refused: "reasoning.mode" } }],
    [{ text: { verbosity: "low" } }, { chat: { out: { verbosity: "low" } }, messages: { dropped: "text.verbosity" } }],
    [{ temperature: 0.5 }, { chat: { out: { temperature: 0.5 } }, messages: { out: { temperature: 0.5 } } }],
    [
      { top_logprobs: 3 },
      { chat: { out: { logprobs: true, top_logprobs: 3 } }, messages: { refused: "top_logprobs" } },
    ],
    [{ top_logprobs: 0 }, { chat: same, messages: same }],
    [{ truncation: "disabled" }, { chat: same, messages: same }],
    [{ truncation: "auto" }, { chat: { dropped: "truncation" }, messages: { dropped: "truncation" } }],
    [
      { context_management: [{ type: "compaction", compact_threshold: 9 }] },
      {
        chat: { dropped: "context_management" },
        messages: {
          out: {
            context_management: {
              edits: [{ type: "compact_20260112", trigger: { type: "input_tokens", value: 9 } }],
            },
          },
        },
      },
    ],
    [{ service_tier: "flex" }, { chat: { out: { service_tier: "flex" } }, messages: { dropped: "service_tier" } }],
    [{ service_tier: "ultrafast" }, { chat: { dropped: "service_tier" }, messages: { dropped: "service_tier" } }],
    [{ metadata: { a: "b" } }, { chat: { out: { metadata: { a: "b" } } }, messages: { dropped: "metadata" } }],
    [{ user: "u" }, { chat: { out: { user: "u" } }, messages: { out: { metadata: { user_id: "u" } } } }],
    [
      { stream: true },
      { chat: { out: { stream: true, stream_options: { include_usage: true } } }, messages: { out: { stream: true } } },
    ],
    [
      { stream: true, stream_options: { include_obfuscation: false } },
      { chat: { out: { stream_options: { include_usage: true, include_obfuscation: false } } }, messages: same },
    ],
    [{ access_programs: ["x"] }, { chat: { refused: "access_programs" }, messages: { refused: "access_programs" } }],
    [
      { client_metadata: { a: "b" } },
      { chat: { dropped: "client_metadata" }, messages: { dropped: "client_metadata" } },
    ],
    [
      { parallel_tool_calls: false, tools: [flat] },
      {
        chat: { out: { parallel_tool_calls: false } },
        messages: { out: { tool_choice: { type: "auto", disable_parallel_tool_use: true } } },
      },
    ],
  ],
  messages: [
    [
      { max_tokens: 300 },
      { chat: { out: { max_completion_tokens: 300 } }, responses: { out: { max_output_tokens: 300 } } },
    ],
    [{ max_tokens: 0 }, { chat: { refused: "max_tokens" }, responses: { refused: "max_tokens" } }],
    [{ max_tokens: 5 }, { responses: { out: { max_output_tokens: 16 }, converted: "max_tokens" } }],
    [{ temperature: 0.5 }, { chat: { out: { temperature: 0.5 } }, responses: { out: { temperature: 0.5 } } }],
    [{ top_k: 5 }, { chat: { refused: "top_k" }, responses: { refused: "top_k" } }],
    [{ stop_sequences: ["A"] }, { chat: { out: { stop: ["A"] } }, responses: { refused: "stop_sequences" } }],
    [{ stop_sequences: ["A", "B", "C", "D", "E"] }, { chat: { refused: "stop_sequences" } }],
    [{ stop_sequences: [] }, { chat: same, responses: same }],
    [
      { output_config: { effort: "low" } },
      { chat: { out: { reasoning_effort: "low" } }, responses: { out: { reasoning: { effort: "low" } } } },
    ],
    [
      { output_config: { task_budget: { type: "tokens", total: 9 } } },
      { chat: { dropped: "output_config.task_budget" }, responses: { dropped: "output_config.task_budget" } },
    ],
    [
      {
        mcp_servers: [
          {
            type: "url",
            name: "docs",
            url: "https://m.test",
            authorization_token: "t",
            tool_configuration: { enabled: true, allowed_tools: ["a"] },
          },
        ],
      },
      {
        chat: { refused: "mcp_servers[0]" },
        responses: {
          out: {
            tools: [
              {
                type: "mcp",
                server_label: "docs",
                server_url: "https://m.test",
                authorization: "t",
                allowed_tools: ["a"],
                require_approval: "never",
              },
            ],
          },
        },
      },
    ],
    [
      { metadata: { user_id: "u" } },
      { chat: { out: { user: "u" } }, responses: { out: { safety_identifier: "u", metadata: undefined } } },
    ],
    [
      { metadata: { user_id: "u".repeat(65) } },
      { chat: { converted: "metadata.user_id" }, responses: { out: { safety_identifier: "u".repeat(65) } } },
    ],
    [
      { metadata: { user_id: "u".repeat(129) } },
      { chat: { converted: "metadata.user_id" }, responses: { converted: "metadata.user_id" } },
    ],
    [{ metadata: { trace: "t" } }, { chat: { dropped: "metadata.trace" }, responses: { dropped: "metadata.trace" } }],
    [
      { service_tier: "standard_only" },
      { chat: { out: { service_tier: "default" } }, responses: { out: { service_tier: "default" } } },
    ],
    [
      { service_tier: "auto" },
      { chat: { out: { service_tier: "auto" } }, responses: { out: { service_tier: "auto" } } },
    ],
    [{ speed: "fast" }, { chat: { dropped: "speed" }, responses: { dropped: "speed" } }],
    [{ speed: "standard" }, { chat: same, responses: same }],
    [
      { cache_control: { type: "ephemeral" } },
      { chat: { dropped: "cache_control" }, responses: { dropped: "cache_control" } },
    ],
    [
      { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } },
      { chat: { dropped: "context_management" }, responses: { dropped: "context_management" } },
    ],
    [
      { context_management: { edits: [{ type: "compact_20260112", trigger: { type: "input_tokens", value: 9 } }] } },
      {
        chat: { dropped: "context_management" },
        responses: { out: { context_management: [{ type: "compaction", compact_threshold: 9 }] } },
      },
    ],
    [{ container: "c" }, { chat: { never: "container" }, responses: { never: "container" } }],
    [{ thread: { id: "t" } }, { chat: { never: "thread" }, responses: { never: "thread" } }],
    [{ compaction: { id: "c" } }, { chat: { never: "compaction" }, responses: { never: "compaction" } }],
    [{ inference_geo: "eu" }, { chat: { never: "inference_geo" }, responses: { never: "inference_geo" } }],
    ...["fallbacks", "billing_policy", "diagnostics", "x_new"].map((field): Row => [
      { [field]: "x" },
      { chat: { dropped: field }, responses: { dropped: field } },
    ]),
    [{ output_format: "markdown" }, { chat: { dropped: "output_format" }, responses: { dropped: "output_format" } }],
    [
      { tools: [tool], tool_choice: { type: "any", disable_parallel_tool_use: true } },
      {
        chat: { out: { tool_choice: "required", parallel_tool_calls: false } },
        responses: { out: { tool_choice: "required", parallel_tool_calls: false } },
      },
    ],
  ],
};

function lossesOf(verdict: Verdict, dropParams: boolean): unknown {
  const expected = (["converted", "dropped", "refused", "never", "synthesised"] as const).flatMap((verb) => {
    const path = verdict[verb];
    if (path === undefined) return [];
    const kind = verb === "never" || (verb === "refused" && !dropParams) ? "refused" : verb;
    return [{ path, kind: kind === "refused" && verb === "refused" && dropParams ? "dropped" : kind }];
  });
  return expected;
}

const rows = Object.entries(tables).flatMap(([from, table]) =>
  table.flatMap(([field, verdicts]) =>
    Object.entries(verdicts).map(([to, verdict]) => ({
      from: from as WireName,
      to: to as WireName,
      name: JSON.stringify(field).slice(0, 120),
      field,
      verdict,
    })),
  ),
);

describe("a field of a request", () => {
  it.each(rows)("$name of $from is what $to makes of it", ({ from, to, field, verdict }) => {
    const request = read[from]({ ...bare[from], ...field });
    for (const dropParams of [false, true]) {
      const { value, losses } = write[to](request, dropParams);
      const found = losses.map(({ path, kind }) => ({ path, kind }));
      expect(found).toEqual(lossesOf(verdict, dropParams));
      expect(JSON.parse(JSON.stringify(value))).toMatchObject(JSON.parse(JSON.stringify(verdict.out ?? {})) as object);
      const absent = Object.entries(verdict.out ?? {}).filter(([, wanted]) => wanted === undefined);
      for (const [key] of absent) expect(value).not.toHaveProperty(key);
    }
  });

  it.each([
    [{ mode: "budget", budgetTokens: 2_048 } as const, { type: "enabled", budget_tokens: 2_048 }],
    [{ mode: "off" } as const, { type: "disabled" }],
  ])("asks for thinking if nothing but the hub's types say so: %j", (reasoning, thinking) => {
    const request = { ...read.chat(bare.chat), reasoning };
    expect(write.messages(request, false).value["thinking"]).toEqual(thinking);
  });

  it("has the name that an older host knows for the longest answer", () => {
    const { value } = chat.writeRequest(read.responses({ ...bare.responses, max_output_tokens: 5 }), hostChat);
    expect(value).toMatchObject({ max_tokens: 5 });
  });

  it.each(["temperature", "top_p", "top_k"])(
    "is refused if it is %s and the API version takes no sampling",
    (field) => {
      const target = { ...claude, apiVersion: "2026-10-21" };
      const { losses } = messages.writeRequest(read.chat({ ...bare.chat, [field]: 0.5 }), target);
      expect(losses).toMatchObject([{ path: field, kind: "refused" }]);
    },
  );

  it("keeps penalties at hosts of Responses that take them", () => {
    const request = read.chat({ ...bare.chat, frequency_penalty: 0.5, presence_penalty: 0.25 });
    const { value, losses } = responses.writeRequest(request, { ...openaiResponses, penalties: true });
    expect(value).toMatchObject({ frequency_penalty: 0.5, presence_penalty: 0.25 });
    expect(losses).toEqual([]);
  });
});
