import type { WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";

/** A request that has only what it needs. */
export const bare: Readonly<Record<WireName, JsonObject>> = {
  chat: { model: "m", messages: [{ role: "user", content: "Hi" }] },
  responses: { model: "m", input: "Hi", store: false },
  messages: { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
};

const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };
const png = "iVBORw0KGgo=";

/** A function of each wire, which some fields need. */
const tool = {
  chat: { type: "function", function: { name: "f", parameters: schema } },
  responses: { type: "function", name: "f", parameters: schema, strict: false },
  messages: { name: "f", input_schema: schema },
};

/**
 * Every documented field of a request, with a value that says something. A field that needs others has them in `with`.
 * Sources: the types of openai 7.57.0 and @anthropic-ai/sdk 1.12.0.
 */
export const requestFields: Readonly<
  Record<WireName, Readonly<Record<string, { readonly value: unknown; readonly with?: JsonObject }>>>
> = {
  chat: {
    audio: { value: { voice: "alloy", format: "wav" }, with: { modalities: ["text", "audio"] } },
    frequency_penalty: { value: 0.5 },
    logit_bias: { value: { "50256": -100 } },
    logprobs: { value: true },
    max_completion_tokens: { value: 321 },
    max_tokens: { value: 321 },
    metadata: { value: { team: "search" } },
    modalities: { value: ["text", "audio"] },
    moderation: { value: { policy: { output: { mode: "block" } } } },
    n: { value: 2 },
    parallel_tool_calls: { value: false, with: { tools: [tool.chat] } },
    prediction: { value: { type: "content", content: "x" } },
    presence_penalty: { value: 0.5 },
    prompt_cache_key: { value: "key-1" },
    prompt_cache_options: { value: { mode: "explicit" } },
    prompt_cache_retention: { value: "24h" },
    reasoning_effort: { value: "low" },
    response_format: { value: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } } },
    safety_identifier: { value: "person-1" },
    seed: { value: 7 },
    service_tier: { value: "priority" },
    stop: { value: ["END"] },
    store: { value: true },
    stream_options: { value: { include_obfuscation: false }, with: { stream: true } },
    temperature: { value: 0.3 },
    tool_choice: { value: "required", with: { tools: [tool.chat] } },
    tools: { value: [tool.chat] },
    top_k: { value: 5 },
    top_logprobs: { value: 3, with: { logprobs: true } },
    top_p: { value: 0.97 },
    user: { value: "person-2" },
    verbosity: { value: "low" },
    web_search_options: { value: { search_context_size: "low" } },
    unknown_field: { value: 1 },
  },
  responses: {
    background: { value: true },
    context_management: { value: [{ type: "compaction", compact_threshold: 100_000 }] },
    conversation: { value: "conv_1" },
    include: { value: ["file_search_call.results"] },
    instructions: { value: "Be brief." },
    max_output_tokens: { value: 321 },
    max_tool_calls: { value: 3 },
    metadata: { value: { team: "search" } },
    moderation: { value: { policy: { output: { mode: "block" } } } },
    parallel_tool_calls: { value: false, with: { tools: [tool.responses] } },
    previous_response_id: { value: "resp_1" },
    prompt: { value: { id: "pmpt_1" } },
    prompt_cache_key: { value: "key-1" },
    prompt_cache_options: { value: { mode: "explicit" } },
    prompt_cache_retention: { value: "24h" },
    reasoning: { value: { effort: "low", summary: "auto", context: "all", mode: "pro" } },
    safety_identifier: { value: "person-1" },
    service_tier: { value: "priority" },
    store: { value: true },
    stream_options: { value: { include_obfuscation: false }, with: { stream: true } },
    temperature: { value: 0.3 },
    text: { value: { format: { type: "json_schema", name: "answer", schema, strict: true }, verbosity: "low" } },
    tool_choice: { value: "required", with: { tools: [tool.responses] } },
    tools: { value: [tool.responses] },
    top_logprobs: { value: 3 },
    top_p: { value: 0.97 },
    truncation: { value: "auto" },
    user: { value: "person-2" },
    unknown_field: { value: 1 },
  },
  messages: {
    cache_control: { value: { type: "ephemeral" } },
    container: { value: "container_1" },
    context_management: { value: { edits: [{ type: "clear_tool_uses_20250919" }] } },
    inference_geo: { value: "eu" },
    mcp_servers: { value: [{ type: "url", name: "docs", url: "https://mcp.example.com" }] },
    metadata: { value: { user_id: "person-1" } },
    output_config: { value: { effort: "low", format: { type: "json_schema", schema } } },
    service_tier: { value: "standard_only" },
    speed: { value: "fast" },
    stop_sequences: { value: ["END"] },
    system: { value: "Be brief." },
    temperature: { value: 0.3 },
    thinking: { value: { type: "enabled", budget_tokens: 2_000, display: "summarized" } },
    thread: { value: { id: "thread_1" } },
    tool_choice: { value: { type: "any", disable_parallel_tool_use: true }, with: { tools: [tool.messages] } },
    tools: { value: [tool.messages] },
    top_k: { value: 5 },
    top_p: { value: 0.97 },
    unknown_field: { value: 1 },
  },
};

/** Blocks of the user's side, as content of a message. */
export const contentParts: Readonly<Record<WireName, readonly JsonObject[]>> = {
  chat: [
    { type: "text", text: "A text" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${png}`, detail: "high" } },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
    { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
    { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
    { type: "file", file: { file_id: "file-1" } },
    { type: "text", text: "Marked", prompt_cache_breakpoint: { mode: "explicit" } },
    { type: "future_part", value: 1 },
  ],
  responses: [
    { type: "input_text", text: "A text" },
    { type: "input_image", detail: "high", image_url: `data:image/png;base64,${png}` },
    { type: "input_image", detail: "auto", file_id: "file-1" },
    { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
    { type: "input_file", file_url: "https://example.com/a.pdf" },
    { type: "input_file", file_id: "file-1" },
    { type: "input_text", text: "Marked", prompt_cache_breakpoint: { mode: "explicit" } },
    { type: "future_part", value: 1 },
  ],
  messages: [
    { type: "text", text: "A text" },
    { type: "text", text: "Marked", cache_control: { type: "ephemeral", ttl: "1h" } },
    { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
    { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
    { type: "image", source: { type: "file", file_id: "file_1" } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" }, title: "A" },
    { type: "document", source: { type: "url", url: "https://example.com/a.pdf" } },
    { type: "document", source: { type: "text", media_type: "text/plain", data: "Words" }, context: "About it" },
    { type: "document", source: { type: "content", content: [{ type: "text", text: "Inner" }] } },
    { type: "document", source: { type: "file", file_id: "file_1" }, citations: { enabled: true } },
    { type: "search_result", source: "https://example.com", title: "T", content: [{ type: "text", text: "Found" }] },
    { type: "container_upload", file_id: "file_1" },
  ],
};

/** Items of a conversation on the model's side, with what they need before and after them. */
export const modelItems: Readonly<Record<WireName, readonly JsonObject[]>> = {
  chat: [
    { role: "assistant", content: "A text" },
    { role: "assistant", content: null, refusal: "No." },
    { role: "assistant", content: "x", reasoning_content: "A thought" },
    { role: "assistant", content: "x", thinking_blocks: [{ type: "thinking", thinking: "Hm", signature: "sig" }] },
    {
      role: "assistant",
      content: "x",
      reasoning_details: [{ type: "reasoning.text", text: "Hm", signature: "sig", format: "anthropic-claude-v1" }],
    },
    { role: "assistant", content: null, audio: { id: "audio_1" } },
  ],
  responses: [
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "A text", annotations: [] }] },
    { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }], encrypted_content: "gAAA" },
    { type: "web_search_call", id: "ws_1", status: "completed" },
    { type: "item_reference", id: "msg_1" },
    { type: "compaction", id: "cmp_1", encrypted_content: "gAAA" },
    { type: "future_item", value: 1 },
  ],
  messages: [
    { type: "text", text: "A text" },
    { type: "thinking", thinking: "Hm", signature: "sig" },
    { type: "redacted_thinking", data: "gAAA" },
    { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} },
    { type: "compaction", content: "So far" },
    { type: "future_block", value: 1 },
  ],
};
