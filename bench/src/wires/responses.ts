import { type BenchWire, namedEvent, ofSize, piecesOf, textEvents } from "./wire.js";

// The answers have the fields, in their order, of those that OpenAI's API gave in 2026.

const created = 1_767_225_600;
const itemId = "msg_051ebd7ab60063870069d4fe8c1b7c8194b701e22f1ef094dd";
const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 21,
};

function part(text: string): object {
  return { type: "output_text", annotations: [], logprobs: [], text };
}

function item(status: string, content: readonly object[]): object {
  return { id: itemId, type: "message", status, content, role: "assistant" };
}

/** @param text - `undefined`: the response has only begun */
function response(text?: string): object {
  const whole = text !== undefined;
  return {
    id: "resp_051ebd7ab60063870069d4fe8ac1348194bf06d0a4646af05f",
    object: "response",
    created_at: created,
    status: whole ? "completed" : "in_progress",
    background: false,
    completed_at: whole ? created + 1 : null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: "gpt-5.4",
    output: whole ? [item("completed", [part(text)])] : [],
    parallel_tool_calls: true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: "default",
    store: false,
    temperature: 1,
    text: { format: { type: "text" }, verbosity: "medium" },
    tool_choice: "auto",
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: "disabled",
    usage: whole ? usage : null,
    user: null,
    metadata: {},
  };
}

/** The event of one piece of text, with characters that hide its length from those who watch the connection. */
function delta(piece: string) {
  const fields = { content_index: 0, delta: piece, item_id: itemId, logprobs: [] };
  return {
    type: "response.output_text.delta",
    ...fields,
    obfuscation: "vlp3ksfjLlA3yONs".slice(piece.length),
    output_index: 0,
  };
}

function events(count = textEvents): readonly Buffer[] {
  const pieces = piecesOf(count);
  const text = pieces.join("");
  const place = { content_index: 0, item_id: itemId, output_index: 0 };
  return [
    { type: "response.created", response: response() },
    { type: "response.in_progress", response: response() },
    { type: "response.output_item.added", item: item("in_progress", []), output_index: 0 },
    { type: "response.content_part.added", ...place, part: part("") },
    ...pieces.map(delta),
    { type: "response.output_text.done", ...place, logprobs: [], text },
    { type: "response.content_part.done", ...place, part: part(text) },
    { type: "response.output_item.done", item: item("completed", [part(text)]), output_index: 0 },
    { type: "response.completed", response: response(text) },
  ].map((data, index) => {
    const numbered = { ...data, sequence_number: index };
    return namedEvent(numbered);
  });
}

export const responses: BenchWire = {
  title: "Responses",
  path: "/responses",
  headers: { authorization: "Bearer k" },
  request: (text) => ({
    input: [{ type: "message", role: "user", content: [{ type: "input_text", text }] }],
    store: false,
  }),
  answer: (bytes) => ofSize(bytes, response),
  events,
};
