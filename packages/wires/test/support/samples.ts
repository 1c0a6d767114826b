import type { WireEvent, WireName } from "../../src/index.js";
import type { JsonObject } from "../../src/json.js";
import { vector } from "./vectors.js";

const schema = { type: "object", properties: { a: { type: "string" } } };

/** A request of each wire that says much, in the form in which we write it. */
export const fullRequests: Readonly<Record<WireName, JsonObject>> = {
  chat: {
    model: "model",
    messages: [
      { role: "developer", content: "Be brief.", name: "boss" },
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "high" } },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
          { type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } },
        ],
        name: "bo",
      },
      {
        role: "assistant",
        content: "Calling.",
        tool_calls: [
          { id: "call_1", type: "function", function: { name: "f", arguments: '{"a": "x"}' } },
          { id: "call_2", type: "custom", custom: { name: "g", input: "raw" } },
        ],
      },
      { role: "tool", tool_call_id: "call_1", content: "21 C" },
      { role: "tool", tool_call_id: "call_2", content: "done" },
      { role: "user", content: "And?" },
    ],
    tools: [
      { type: "function", function: { name: "f", description: "Does f", parameters: schema, strict: true } },
      {
        type: "custom",
        custom: {
          name: "g",
          description: "Does g",
          format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
        },
      },
    ],
    tool_choice: { type: "function", function: { name: "f" } },
    parallel_tool_calls: false,
    max_completion_tokens: 300,
    stop: ["END"],
    temperature: 0.2,
    response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
    metadata: { team: "search" },
    user: "u-1",
  },
  responses: {
    model: "model",
    instructions: "Be brief.",
    input: [
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "Look" },
          { type: "input_image", detail: "high", image_url: "data:image/png;base64,iVBORw0KGgo=" },
          { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
        ],
      },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "Hm" }],
        encrypted_content: "gAAA",
      },
      {
        type: "message",
        role: "assistant",
        content: [{ type: "output_text", text: "Calling.", annotations: [] }],
        phase: "commentary",
      },
      { type: "function_call", call_id: "call_1", name: "f", namespace: "ns", arguments: '{"a": "x"}' },
      { type: "custom_tool_call", call_id: "call_2", name: "g", input: "raw" },
      { type: "function_call_output", call_id: "call_1", output: "21 C" },
      { type: "custom_tool_call_output", call_id: "call_2", output: "done" },
      { type: "message", role: "user", content: [{ type: "input_text", text: "And?" }] },
    ],
    tools: [
      {
        type: "namespace",
        name: "ns",
        description: "A group",
        tools: [{ type: "function", name: "f", description: "Does f", parameters: schema, strict: true }],
      },
      { type: "custom", name: "g", format: { type: "grammar", syntax: "lark", definition: "start: /.+/" } },
      { type: "web_search", filters: { allowed_domains: ["example.com"] } },
    ],
    tool_choice: "auto",
    parallel_tool_calls: false,
    text: { format: { type: "json_schema", name: "answer", schema, strict: true }, verbosity: "low" },
    reasoning: { effort: "low", summary: "auto" },
    include: ["reasoning.encrypted_content"],
    max_output_tokens: 300,
    store: false,
    stream: true,
    stream_options: { include_obfuscation: false },
    metadata: { team: "search" },
  },
  messages: {
    model: "claude",
    max_tokens: 20_000,
    system: [
      { type: "text", text: "Be brief." },
      { type: "text", text: "Really.", cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
          {
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
            title: "A",
            context: "About it",
            citations: { enabled: true },
          },
          {
            type: "search_result",
            source: "https://example.com",
            title: "T",
            content: [{ type: "text", text: "Hit" }],
          },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Hm", signature: "EqRk" },
          { type: "text", text: "Calling." },
          { type: "tool_use", id: "toolu_1", name: "f", input: { a: "x" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: "21 C", is_error: true },
          { type: "text", text: "And?" },
        ],
      },
    ],
    tools: [
      { name: "f", description: "Does f", input_schema: schema, strict: true },
      { type: "web_search_20250305", name: "web_search", max_uses: 2 },
      { type: "bash_20250124", name: "bash" },
    ],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
    stop_sequences: ["END"],
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "low", format: { type: "json_schema", schema } },
    metadata: { user_id: "u-1" },
    stream: true,
  },
};

/** An answer of each wire, in the form in which we write it. */
export const fullAnswers: Readonly<Record<WireName, JsonObject>> = {
  chat: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: "Hi",
          refusal: null,
          reasoning_content: "Hm",
          annotations: [
            { type: "url_citation", url_citation: { start_index: 0, end_index: 2, url: "https://a.test", title: "A" } },
          ],
          tool_calls: [{ id: "call_1", type: "function", function: { name: "f", arguments: '{"a": "x"}' } }],
        },
        logprobs: { content: [{ token: "Hi", logprob: -1, bytes: [1], top_logprobs: [] }], refusal: null },
        finish_reason: "tool_calls",
      },
    ],
    usage: {
      prompt_tokens: 9,
      completion_tokens: 4,
      total_tokens: 13,
      prompt_tokens_details: { cached_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
    service_tier: "default",
    system_fingerprint: "fp",
  },
  responses: vector("answer-responses-to-messages").in,
  messages: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [
      { type: "thinking", thinking: "Hm", signature: "EqRk" },
      { type: "redacted_thinking", data: "gAAA" },
      {
        type: "text",
        text: "Hi",
        citations: [
          { type: "char_location", cited_text: "x", document_index: 0, start_char_index: 0, end_char_index: 1 },
        ],
      },
      { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "x" } },
      { type: "tool_use", id: "toolu_1", name: "f", input: { a: "x" }, caller: { type: "direct" } },
    ],
    stop_reason: "tool_use",
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: {
      input_tokens: 6,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 1, ephemeral_1h_input_tokens: 1 },
      output_tokens: 4,
      output_tokens_details: { thinking_tokens: 2 },
      server_tool_use: { web_search_requests: 1 },
      service_tier: "standard",
      inference_geo: null,
    },
  },
};

/** Streams of each wire, as vendors send them. */
export const fullStreams: Readonly<Record<WireName, readonly (readonly WireEvent[])[]>> = {
  chat: [vector<WireEvent[]>("stream-chat-to-messages").in, vector<WireEvent[]>("stream-chat-to-responses").in],
  responses: [
    vector<WireEvent[]>("stream-responses-to-chat").in,
    vector<WireEvent[]>("stream-responses-to-messages").in,
  ],
  messages: [vector<WireEvent[]>("stream-messages-to-chat").in],
};
