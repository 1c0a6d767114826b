import { type BenchWire, namedEvent, ofSize, piecesOf, textEvents } from "./wire.js";

// The answers have the fields of those that Anthropic's API gave in 2026.

const head = { model: "claude-sonnet-4-5", id: "msg_01QzWTcZd8kL5mPnRvX3yBfG", type: "message", role: "assistant" };
const inputUsage = {
  input_tokens: 9,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
};

function answer(bytes: number): Buffer {
  return ofSize(bytes, (text) => ({
    ...head,
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { ...inputUsage, output_tokens: 12, service_tier: "standard" },
  }));
}

function events(pieces = textEvents): readonly Buffer[] {
  const usage = { ...inputUsage, output_tokens: 1, service_tier: "standard" };
  const message = { ...head, content: [], stop_reason: null, stop_sequence: null, usage };
  const { cache_creation: _, ...counts } = inputUsage;
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...piecesOf(pieces).map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { ...counts, output_tokens: 12 },
    },
    { type: "message_stop" },
  ].map(namedEvent);
}

export const messages: BenchWire = {
  title: "Messages",
  path: "/messages",
  headers: { "x-api-key": "k", "anthropic-version": "2023-06-01" },
  request: (content) => ({ max_tokens: 1_024, messages: [{ role: "user", content }] }),
  answer,
  events,
};
