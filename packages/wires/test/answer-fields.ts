import type { BetaContentBlock, BetaMessage, BetaUsage } from "@anthropic-ai/sdk/resources/beta/messages/messages.js";
import type { Message } from "@anthropic-ai/sdk/resources/messages/messages.js";
import type { ChatCompletion, ChatCompletionMessage } from "openai/resources/chat/completions/completions.js";
import type { CompletionUsage } from "openai/resources/completions.js";
import type { Response, ResponseOutputItem, ResponseUsage } from "openai/resources/responses/responses.js";
import type { WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";

/** A value for every field that the vendor's SDK documents. The compiler asks for those that a new version adds. */
type EveryField<Documented> = Readonly<Record<keyof Documented, unknown>>;

/** A sample for every type that is documented. */
type EveryType<Documented extends { readonly type: string }> = Readonly<Record<Documented["type"], JsonObject>>;

const moderation = {
  input: { type: "error", code: "x", message: "y" },
  output: { type: "error", code: "x", message: "z" },
};
const logprob = { token: "Hi", logprob: -1, bytes: [72, 105], top_logprobs: [] };

/** `choices[0].message` of Chat Completions. Those that hosts added are below. */
const chatMessage = {
  role: "assistant",
  content: "Hi",
  refusal: "No.",
  annotations: [
    { type: "url_citation", url_citation: { start_index: 1, end_index: 2, url: "https://a.test", title: "A" } },
  ],
  audio: { id: "audio_1", data: "UklGRg==", expires_at: 9, transcript: "Hello" },
  function_call: { name: "old", arguments: '{"b":2}' },
  tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
} satisfies EveryField<ChatCompletionMessage>;

const chatUsage = {
  prompt_tokens: 90,
  completion_tokens: 40,
  // Otherwise it would stand in for a part that is missing.
  total_tokens: 0,
  prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 4, audio_tokens: 5, image_tokens: 6, text_tokens: 7 },
  completion_tokens_details: {
    reasoning_tokens: 2,
    audio_tokens: 3,
    accepted_prediction_tokens: 4,
    rejected_prediction_tokens: 5,
    text_tokens: 6,
  },
} satisfies EveryField<CompletionUsage>;

function chatAnswer(message: JsonObject, more: JsonObject = {}, choice: JsonObject = {}): JsonObject {
  const choices = [{ index: 0, message, finish_reason: "stop", ...choice }];
  return { id: "chatcmpl-1", object: "chat.completion", created: 5, model: "m", choices, ...more };
}

const chatEnvelope = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 5,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Hi" },
      finish_reason: "length",
      logprobs: { content: [logprob], refusal: [logprob] },
      unknown_field: 1,
    },
  ],
  metadata: { team: "search" },
  moderation,
  service_tier: "priority",
  system_fingerprint: "fp",
  usage: chatUsage,
} satisfies EveryField<ChatCompletion>;

const responsesUsage = {
  input_tokens: 90,
  input_tokens_details: {
    cached_tokens: 3,
    cache_write_tokens: 4,
    cache_write_tokens_details: { ttl_30m_tokens: 1, ttl_12h_tokens: 3 },
  },
  output_tokens: 40,
  output_tokens_details: { reasoning_tokens: 2 },
  // Otherwise it would stand in for a part that is missing.
  total_tokens: 0,
} satisfies EveryField<ResponseUsage>;

function messageItem(content: JsonObject, more: JsonObject = {}): JsonObject {
  return { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [content], ...more };
}

const outputText = { type: "output_text", text: "Hello", annotations: [] };

/** The fields of a response that say something about the answer. */
const responseEnvelope = {
  id: "resp_1",
  object: "response",
  created_at: 5,
  completed_at: 6,
  model: "m",
  status: "incomplete",
  incomplete_details: { reason: "content_filter" },
  error: null,
  output: [messageItem(outputText)],
  output_text: "Hello",
  usage: responsesUsage,
  access_programs: { cyber: "daybreak_blue" },
  image: { context_compression: "enabled" },
  input_transformations: [{ id: "rs_0", action: "removed", reason: "turn_boundary", type: "reasoning" }],
  moderation,
  prompt_cache_diagnostics: { type: "cache_miss", cache_missed_tokens: 9, reason: "input_changed" },
  service_tier: "priority",
  tool_usage: {
    web_search: { num_requests: 3 },
    image_gen: {
      input_tokens: 1,
      input_tokens_details: { image_tokens: 1, text_tokens: 0 },
      output_tokens: 2,
      total_tokens: 3,
    },
  },
} satisfies EveryField<Omit<Response, ResponseEcho>>;

/** The fields of a response that repeat its request. */
export const responseEchoes = {
  background: true,
  conversation: { id: "conv_1" },
  instructions: "Be brief.",
  max_output_tokens: 321,
  max_tool_calls: 3,
  metadata: { team: "search" },
  parallel_tool_calls: false,
  previous_response_id: "resp_0",
  prompt: { id: "pmpt_1" },
  prompt_cache_key: "key-1",
  prompt_cache_options: { mode: "explicit", ttl: "30m" },
  prompt_cache_retention: "24h",
  reasoning: { effort: "low" },
  safety_identifier: "person-1",
  temperature: 0.3,
  text: { verbosity: "low" },
  tool_choice: "required",
  tools: [{ type: "function", name: "f", parameters: {}, strict: false }],
  top_logprobs: 3,
  top_p: 0.9,
  truncation: "auto",
  user: "person-2",
} satisfies Partial<EveryField<Response>>;
type ResponseEcho = keyof typeof responseEchoes;

/** Every item of a response's output. */
export const outputItems = {
  message: messageItem(
    {
      type: "output_text",
      text: "Hello",
      annotations: [{ type: "url_citation", start_index: 1, end_index: 2, url: "https://a.test", title: "A" }],
      logprobs: [logprob],
      unknown_field: 1,
    },
    { phase: "commentary", unknown_field: 1 },
  ),
  reasoning: {
    type: "reasoning",
    id: "rs_1",
    status: "completed",
    summary: [{ type: "summary_text", text: "Hm" }],
    content: [{ type: "reasoning_text", text: "Hmm" }],
    encrypted_content: "gAAA",
    unknown_field: 1,
  },
  function_call: {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "f",
    arguments: '{"a":1}',
    status: "completed",
    namespace: "crm",
    async: true,
    caller: { type: "program", caller_id: "prog_1" },
    created_by: "agent",
    unknown_field: 1,
  },
  custom_tool_call: {
    type: "custom_tool_call",
    id: "ctc_1",
    call_id: "call_1",
    name: "g",
    input: "raw",
    namespace: "crm",
    async: true,
    caller: { type: "program", caller_id: "prog_1" },
    unknown_field: 1,
  },
  tool_search_call: {
    type: "tool_search_call",
    id: "tsc_1",
    call_id: "call_1",
    execution: "client",
    status: "completed",
    arguments: { query: "weather" },
    created_by: "agent",
  },
  compaction: { type: "compaction", id: "cmp_1", encrypted_content: "gAAA", created_by: "agent" },
  file_search_call: { type: "file_search_call", id: "fs_1", status: "completed", queries: ["x"], results: null },
  web_search_call: { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "x" } },
  computer_call: {
    type: "computer_call",
    id: "cc_1",
    call_id: "call_2",
    status: "completed",
    action: { type: "wait" },
  },
  computer_call_output: { type: "computer_call_output", id: "cco_1", call_id: "call_2", output: { type: "x" } },
  function_call_output: { type: "function_call_output", id: "fco_1", call_id: "call_1", output: "21 C" },
  custom_tool_call_output: { type: "custom_tool_call_output", id: "cto_1", call_id: "call_1", output: "21 C" },
  tool_search_output: { type: "tool_search_output", id: "tso_1", execution: "server", tools: [], status: "completed" },
  additional_tools: { type: "additional_tools", id: "at_1", role: "assistant", tools: [] },
  program: { type: "program", id: "prog_1", call_id: "call_3", code: "x", fingerprint: "f" },
  program_output: { type: "program_output", id: "po_1", call_id: "call_3", result: "x", status: "completed" },
  image_generation_call: { type: "image_generation_call", id: "ig_1", status: "completed", result: "iVBORw0KGgo=" },
  code_interpreter_call: {
    type: "code_interpreter_call",
    id: "ci_1",
    status: "completed",
    code: "1",
    container_id: "c",
  },
  local_shell_call: { type: "local_shell_call", id: "ls_1", call_id: "call_4", status: "completed", action: {} },
  local_shell_call_output: { type: "local_shell_call_output", id: "call_4", output: "x" },
  shell_call: { type: "shell_call", id: "sh_1", call_id: "call_5", status: "completed", action: { commands: ["ls"] } },
  shell_call_output: { type: "shell_call_output", id: "sho_1", call_id: "call_5", output: [] },
  apply_patch_call: { type: "apply_patch_call", id: "ap_1", call_id: "call_6", status: "completed", operation: {} },
  apply_patch_call_output: { type: "apply_patch_call_output", id: "apo_1", call_id: "call_6", status: "completed" },
  mcp_call: { type: "mcp_call", id: "mcp_1", name: "ask", server_label: "docs", arguments: "{}", output: "x" },
  mcp_list_tools: { type: "mcp_list_tools", id: "mcpl_1", server_label: "docs", tools: [] },
  mcp_approval_request: {
    type: "mcp_approval_request",
    id: "mcpr_1",
    name: "ask",
    server_label: "docs",
    arguments: "{}",
  },
  mcp_approval_response: { type: "mcp_approval_response", id: "mcpa_1", approval_request_id: "mcpr_1", approve: true },
} satisfies EveryType<ResponseOutputItem>;

const messagesUsage = {
  input_tokens: 60,
  output_tokens: 40,
  cache_read_input_tokens: 3,
  cache_creation_input_tokens: 7,
  cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 5 },
  output_tokens_details: { thinking_tokens: 2 },
  server_tool_use: { web_search_requests: 1, web_fetch_requests: 2 },
  service_tier: "batch",
  inference_geo: "us",
  speed: "fast",
  iterations: [{ type: "message", input_tokens: 1, output_tokens: 1 }],
  fallback_credit: { tokens: 3 },
} satisfies EveryField<BetaUsage>;

const container = { id: "container_1", expires_at: "2026-12-01T00:00:00Z", skills: null };

const messageEnvelope = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Hi", citations: null }],
  stop_reason: "refusal",
  stop_sequence: null,
  stop_details: {
    type: "refusal",
    category: "cyber",
    explanation: "Not this.",
    recommended_model: "claude-sonnet-4-5",
    fallback_credit_token: "credit",
    fallback_has_prefill_claim: true,
  },
  container,
  context_management: { applied_edits: [{ type: "clear_tool_uses_20250919", cleared_tool_uses: 2 }] },
  diagnostics: { cache_miss_reason: { type: "model_changed" } },
  input_transformations: [{ type: "removed" }],
  usage: messagesUsage,
} satisfies EveryField<BetaMessage & Message>;

/** Every block of a message. */
export const contentBlocks = {
  text: {
    type: "text",
    text: "Hello",
    citations: [
      {
        type: "web_search_result_location",
        url: "https://a.test",
        title: "A",
        cited_text: "Quoted",
        encrypted_index: "Eo8",
      },
    ],
    unknown_field: 1,
  },
  thinking: { type: "thinking", thinking: "Hm", signature: "EqRk", unknown_field: 1 },
  redacted_thinking: { type: "redacted_thinking", data: "gAAA" },
  tool_use: {
    type: "tool_use",
    id: "toolu_1",
    name: "f",
    input: { a: 1 },
    caller: { type: "code_execution_20250825", tool_id: "srvtoolu_1" },
    toolset_name: "crm",
    unknown_field: 1,
  },
  compaction: {
    type: "compaction",
    content: "So far",
    encrypted_content: "gAAA",
    signature: "EqRk",
    tool_changes: [{ type: "tool_removal" }],
  },
  server_tool_use: { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "x" } },
  web_search_tool_result: { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
  web_fetch_tool_result: { type: "web_fetch_tool_result", tool_use_id: "srvtoolu_1", content: {} },
  advisor_tool_result: { type: "advisor_tool_result", tool_use_id: "srvtoolu_1", content: {} },
  code_execution_tool_result: { type: "code_execution_tool_result", tool_use_id: "srvtoolu_1", content: {} },
  bash_code_execution_tool_result: { type: "bash_code_execution_tool_result", tool_use_id: "srvtoolu_1", content: {} },
  text_editor_code_execution_tool_result: {
    type: "text_editor_code_execution_tool_result",
    tool_use_id: "srvtoolu_1",
    content: {},
  },
  tool_search_tool_result: { type: "tool_search_tool_result", tool_use_id: "srvtoolu_1", content: {} },
  mcp_tool_use: { type: "mcp_tool_use", id: "mcptoolu_1", name: "ask", server_name: "docs", input: {} },
  mcp_tool_result: { type: "mcp_tool_result", tool_use_id: "mcptoolu_1", content: "x", is_error: false },
  mcp_tool_listing: { type: "mcp_tool_listing", server_name: "docs", tools: [] },
  container_upload: { type: "container_upload", file_id: "file_1" },
  fallback: { type: "fallback", from: { model: "claude-opus-5" }, to: { model: "claude-sonnet-4-5" } },
} satisfies EveryType<BetaContentBlock>;

function messagesAnswer(block: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [block],
    stop_reason: block["type"] === "tool_use" ? "tool_use" : "end_turn",
    ...more,
  };
}

function responsesAnswer(item: JsonObject): JsonObject {
  return { id: "resp_1", object: "response", created_at: 5, model: "m", status: "completed", output: [item] };
}

function named(samples: Readonly<Record<string, JsonObject>>, answer: (sample: JsonObject) => JsonObject) {
  return Object.fromEntries(Object.entries(samples).map(([name, sample]) => [name, answer(sample)]));
}

const citations: readonly JsonObject[] = [
  {
    type: "char_location",
    cited_text: "x",
    document_index: 1,
    document_title: "D",
    start_char_index: 0,
    end_char_index: 1,
  },
  { type: "page_location", cited_text: "x", document_index: 1, start_page_number: 1, end_page_number: 2 },
  { type: "content_block_location", cited_text: "x", document_index: 1, start_block_index: 0, end_block_index: 1 },
  { type: "search_result_location", cited_text: "x", source: "s", title: "T", search_result_index: 0 },
];
const annotations: readonly JsonObject[] = [
  { type: "file_citation", file_id: "file_1", filename: "a.pdf", index: 3 },
  { type: "container_file_citation", container_id: "c", file_id: "f", filename: "a", start_index: 0, end_index: 1 },
  { type: "file_path", file_id: "file_1", index: 3 },
];

/** Answers of each wire, which together have every documented field, and fields that are not. */
export const answerSamples: Readonly<Record<WireName, Readonly<Record<string, JsonObject>>>> = {
  chat: {
    envelope: chatEnvelope,
    ...Object.fromEntries(
      Object.entries(chatMessage)
        .filter(([field]) => field !== "role")
        .map(([field, value]) => [field, chatAnswer({ role: "assistant", content: "Hello", [field]: value })]),
    ),
    "a custom call": chatAnswer({
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "custom", custom: { name: "g", input: "raw", unknown_field: 1 } }],
    }),
    "what hosts add": chatAnswer(
      {
        role: "assistant",
        content: "Hi",
        reasoning_content: "Hm",
        reasoning_details: [{ type: "reasoning.encrypted", data: "x" }],
        images: [{ type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } }],
        unknown_field: 1,
        tool_calls: [
          {
            id: "call_1",
            type: "function",
            function: { name: "f", arguments: "{}", unknown_field: 1 },
            extra_content: { google: { thought_signature: "EqRk" } },
          },
        ],
      },
      { provider: "Host", citations: ["https://a.test"] },
      { native_finish_reason: "STOP" },
    ),
    "parts of a text": chatAnswer({
      role: "assistant",
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "Hm" }] },
        { type: "text", text: "Hi" },
        { type: "reference", reference_ids: [1] },
      ],
    }),
    "several choices": {
      ...chatAnswer({ role: "assistant", content: "Hi" }),
      choices: [0, 1].map((index) => ({
        index,
        message: { role: "assistant", content: `Hi ${String(index)}` },
        finish_reason: "stop",
      })),
    },
  },
  responses: {
    envelope: { ...responseEnvelope, unknown_field: 1 },
    ...named(outputItems, responsesAnswer),
    refusal: responsesAnswer(messageItem({ type: "refusal", refusal: "No.", unknown_field: 1 })),
    ...Object.fromEntries(
      annotations.map((annotation) => [
        String(annotation["type"]),
        responsesAnswer(messageItem({ ...outputText, annotations: [annotation] })),
      ]),
    ),
    "an item of the future": responsesAnswer({ type: "future_item", id: "fu_1", value: 1 }),
    "a part of the future": responsesAnswer(messageItem({ type: "future_part", value: 1 })),
  },
  messages: {
    envelope: { ...messageEnvelope, unknown_field: 1 },
    "a stop sequence": messagesAnswer(
      { type: "text", text: "Hi" },
      { stop_reason: "stop_sequence", stop_sequence: "END", stop_details: null },
    ),
    ...named(contentBlocks, (block) => messagesAnswer(block)),
    ...Object.fromEntries(
      citations.map((citation) => [
        String(citation["type"]),
        messagesAnswer({ type: "text", text: "Hello", citations: [citation] }),
      ]),
    ),
    "a block of the future": messagesAnswer({ type: "future_block", value: 1 }),
  },
};
