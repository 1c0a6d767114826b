import type { JsonObject, ProviderCall, RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { anthropic } from "../src/anthropic.js";
import { bytesOf, callOf, deployment, type Recorded, type Replay, replay, sse } from "./support/replay.js";

const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "Grüße" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, cache_read_input_tokens: 80, cache_creation_input_tokens: 17, output_tokens: 5 },
};
const start = { type: "message_start", message: { ...message, content: [], stop_reason: null } };
const events = [
  start,
  { type: "ping" },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grü" } },
  { type: "brand_new_event", own: { a: 1 } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "ße" } },
  { type: "content_block_stop", index: 0 },
  {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 5, server_tool_use: { web_search_requests: 2 } },
  },
  { type: "message_stop" },
] as const;
const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

interface Asked {
  readonly text?: string;
  readonly request?: JsonObject;
  readonly more?: Partial<ProviderCall>;
  readonly recorded?: Recorded;
}

const plain: Recorded = { pieces: [bytesOf(JSON.stringify(message))] };

function streamOf(...list: readonly JsonObject[]): Recorded {
  return { headers: { "content-type": "text/event-stream; charset=utf-8" }, pieces: [bytesOf(sse(...list))] };
}

/** Calls the provider with a request and, unless `text` is not set, with the text that it was parsed from. */
async function ask({ text, request, more, recorded = plain }: Asked) {
  const transport: Replay = replay(recorded);
  const parsed = text === undefined ? request : (JSON.parse(text) as JsonObject);
  const asked = { model: "fast", max_tokens: 10, ...parsed };
  const call = callOf(text === undefined ? asked : (parsed ?? {}), { requestText: text, ...more });
  const result = await anthropic({ transport }).call("messages", call);
  const [sent] = transport.requests;
  const body = sent?.body;
  return { result, sent, body: typeof body === "string" ? body : new TextDecoder().decode(body) };
}

async function streamed(recorded: Recorded): Promise<{ readonly parts: StreamPart[]; readonly error?: RouterError }> {
  const { result } = await ask({ more: { stream: true }, recorded });
  if (result.kind !== "stream") throw new Error("no stream");
  const parts: StreamPart[] = [];
  try {
    for await (const part of result.parts) parts.push(part);
    return { parts };
  } catch (thrown) {
    return { parts, error: thrown as RouterError };
  }
}

function textIn(parts: readonly StreamPart[]): string {
  return parts.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
}

describe("the request of a caller of Messages", () => {
  it("is sent with its spaces, order, escapes, numbers and unknown fields, and with the vendor's model", async () => {
    const text = String.raw`{ "model":"fast" ,"max_tokens":10,"zz":{"b":1.0,"a":[ 1 ]},"messages":[{"role":"user","content":"caf\u00e9"}]}`;
    expect((await ask({ text })).body).toBe(text.replace('"fast"', '"claude-sonnet-4-5"'));
  });

  it("keeps the order of system blocks, cache marks and tools with a parameter named model", async () => {
    const text =
      '{"model":"fast","messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}],' +
      '"system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2;"},{"type":"text","text":"b","cache_control":{"type":"ephemeral"}}],' +
      '"tools":[{"name":"Agent","input_schema":{"properties":{"model":{"enum":["opus"]}},"required":["model"]}}],' +
      '"metadata":{"user_id":"{\\"device\\":1}"},"max_tokens":32000,"thinking":{"type":"adaptive"},"context_management":{"edits":[]},"stream":true}';
    expect((await ask({ text })).body).toBe(text.replace('"fast"', '"claude-sonnet-4-5"'));
  });

  it("is written from its fields if its text is unknown", async () => {
    const { body } = await ask({ request: { zz: [1], system: "s" } });
    expect(JSON.parse(body)).toEqual({
      messages: [{ role: "user", content: "hi" }],
      model: "claude-sonnet-4-5",
      max_tokens: 10,
      zz: [1],
      system: "s",
    });
  });

  it("loses only what its deployment is configured to refuse, and only if it may be dropped", async () => {
    const text = '{"model":"fast","max_tokens":1,"context_management":{},"zz":1.0,"messages":[]}';
    const refuses = { fields: ["context_management"] };
    const more = { deployment: deployment({ refuses }) };
    const error = await failure(ask({ text, more }));
    expect(error).toMatchObject({ kind: "unsupported_params", param: "context_management" });
    const { body, result } = await ask({ text, more: { ...more, dropParams: true } });
    expect(JSON.parse(body)).toEqual({ model: "claude-sonnet-4-5", max_tokens: 1, zz: 1, messages: [] });
    expect(result.droppedParams).toEqual(["context_management"]);
    const other = text.replace("context_management", "output_config");
    expect((await ask({ text: other, more })).body).toBe(other.replace("fast", "claude-sonnet-4-5"));
  });

  it("loses sampling parameters that the model refuses only if they may be dropped", async () => {
    const text = '{"model":"fast","max_tokens":1,"temperature":0.5,"top_p":1,"messages":[]}';
    const model = "claude-opus-4-8";
    expect((await ask({ text, more: { model } })).body).toContain('"temperature":0.5');
    const { body, result } = await ask({ text, more: { model, dropParams: true } });
    expect(JSON.parse(body)).toEqual({ model, max_tokens: 1, top_p: 1, messages: [] });
    expect(result.droppedParams).toEqual(["temperature"]);
    const kept = await ask({ text, more: { model, dropParams: true, allowedParams: ["temperature"] } });
    expect(kept.body).toBe(text.replace("fast", model));
    const newer = { "anthropic-version": "2026-10-21" };
    const dated = await ask({ text, more: { dropParams: true, forwardHeaders: newer } });
    expect(dated.result.droppedParams).toEqual(["temperature", "top_p"]);
    const call = callOf(JSON.parse(text) as JsonObject, { model });
    expect(anthropic({ apiKey: "k" }).unsupportedFields?.("messages", call)).toEqual(["temperature"]);
  });

  it("loses top_p beside a temperature only if the model refuses both, and it may be dropped", async () => {
    const text = '{"model":"fast","max_tokens":1,"temperature":0.5,"top_p":0.9,"messages":[]}';
    expect((await ask({ text, more: {} })).body).toContain('"top_p":0.9');
    const { body, result } = await ask({ text, more: { dropParams: true } });
    expect(JSON.parse(body)).toEqual({ model: "claude-sonnet-4-5", max_tokens: 1, temperature: 0.5, messages: [] });
    expect(result.droppedParams).toEqual(["top_p"]);
    for (const more of [{ model: "claude-3-5-haiku-latest" }, { allowedParams: ["top_p"] }])
      expect((await ask({ text, more: { ...more, dropParams: true } })).body).toContain('"top_p":0.9');
    const one = text.replace('"temperature":0.5,', "");
    expect((await ask({ text: one, more: { dropParams: true } })).body).toContain('"top_p":0.9');
  });
});

describe("the request of a caller of Responses", () => {
  const sentTo = async (model: string, more: JsonObject, maxTokens?: number): Promise<JsonObject> => {
    const transport = replay(plain);
    const provider = anthropic({ transport, ...(maxTokens === undefined ? {} : { maxTokens }) });
    const request = { model: "fast", input: "hi", ...more } as unknown as ProviderCall["request"];
    await provider.call("responses", { ...callOf({}), model, request });
    return JSON.parse(String(transport.requests[0]?.body)) as JsonObject;
  };

  it("is written as the model accepts it, and with a limit that agents do not reach", async () => {
    const effort = { reasoning: { effort: "high" } };
    expect(await sentTo("claude-opus-4-8", effort)).toMatchObject({
      max_tokens: 128_000,
      thinking: { type: "adaptive" },
    });
    expect(await sentTo("claude-opus-4-1", { reasoning: { effort: "xhigh" } })).toMatchObject({
      max_tokens: 32_000,
      thinking: { type: "enabled", budget_tokens: 16_000 },
    });
    expect(await sentTo("glm-5", {})).toMatchObject({ max_tokens: 4_096 });
    expect(await sentTo("claude-sonnet-4-5", effort)).toMatchObject({ thinking: { type: "enabled" } });
    expect(await sentTo("claude-sonnet-4-5", {}, 2_000)).toMatchObject({ max_tokens: 2_000 });
  });

  it("marks a conversation for the cache if its caller has a key for it", async () => {
    const input = [
      { role: "developer", content: "Be brief." },
      { role: "user", content: "a" },
      { role: "user", content: "b" },
      { role: "assistant", content: [{ type: "output_text", text: "c" }] },
      { role: "user", content: [{ type: "input_text", text: "d" }] },
    ];
    const marked = { cache_control: { type: "ephemeral" } };
    const sent = await sentTo("claude-sonnet-4-5", { input, prompt_cache_key: "thread-1" });
    expect(sent["system"]).toEqual([{ type: "text", text: "Be brief.", ...marked }]);
    expect(JSON.stringify(sent["messages"]).split("cache_control")).toHaveLength(3);
    expect(sent["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant" },
      { content: [{ text: "d", ...marked }] },
    ]);
    expect(JSON.stringify(await sentTo("claude-sonnet-4-5", { input }))).not.toContain("cache_control");
  });

  it("asks for JSON by a schema that Anthropic accepts", async () => {
    const schema = { type: "object", properties: { a: { type: "integer", minimum: 3 } }, required: ["a"] };
    const format = { type: "json_schema", name: "n", schema, strict: true };
    const { output_config: config } = await sentTo("claude-sonnet-4-5", { text: { format } });
    expect(config).toMatchObject({ format: { schema: { additionalProperties: false } } });
    expect(JSON.stringify(config)).not.toContain('"minimum":3');
  });
});

describe("the headers of a caller of Messages", () => {
  const claudeCode = {
    "anthropic-version": "2026-10-21",
    "anthropic-beta": "claude-code-20250219, interleaved-thinking-2025-05-14,new-beta-1",
    "anthropic-dangerous-direct-browser-access": "true",
    "anthropic-brand-new": "yes",
    "x-claude-code-session-id": "s-1",
    "x-app": "cli",
  };

  it("are sent as they came, beside the deployment's key", async () => {
    const { sent } = await ask({ more: { forwardHeaders: claudeCode } });
    expect(sent?.headers).toMatchObject({ ...claudeCode, "x-api-key": "sk-ant-canary-key" });
    expect(sent?.headers["content-type"]).toBe("application/json");
  });

  it("have the configured beta features added that they lack", async () => {
    const configured = deployment({ settings: { anthropic_beta: ["new-beta-1", "own-beta"] } });
    const both = await ask({ more: { forwardHeaders: claudeCode, deployment: configured } });
    expect(both.sent?.headers["anthropic-beta"]).toBe(`${claudeCode["anthropic-beta"]},own-beta`);
    const own = await ask({ more: { forwardHeaders: { "x-app": "cli" }, deployment: configured } });
    expect(own.sent?.headers["anthropic-beta"]).toBe("new-beta-1,own-beta");
    expect(own.sent?.headers["anthropic-version"]).toBe("2023-06-01");
  });

  it("never replace the key or other headers of the deployment", async () => {
    const forwardHeaders = { "x-api-key": "stolen", authorization: "Bearer stolen", "content-type": "text/plain" };
    const { sent } = await ask({ more: { forwardHeaders: { ...forwardHeaders, "anthropic-beta": "b" } } });
    expect(sent?.headers).toMatchObject({ "x-api-key": "sk-ant-canary-key", "content-type": "application/json" });
  });

  it("are not sent for callers of other APIs, whose requests are translated", async () => {
    const transport = replay(plain);
    const call = callOf({ model: "fast" }, { forwardHeaders: claudeCode });
    await anthropic({ transport }).call("chat", call);
    expect(transport.requests[0]?.headers["anthropic-beta"]).toBeUndefined();
    expect(transport.requests[0]?.headers["anthropic-version"]).toBe("2023-06-01");
  });
});

describe("an answer for a caller of Messages", () => {
  it("is passed on byte for byte, short or long", async () => {
    for (const text of ["Grüße", "ö".repeat(20_000)]) {
      const written = JSON.stringify({ own: 1, ...message, content: [{ type: "text", text }] }, null, 1).replace(
        "1,",
        "1.0,",
      );
      const { result } = await ask({ recorded: { pieces: [bytesOf(written)] } });
      if (result.kind !== "answer") throw new Error("no answer");
      const { bytes } = result;
      expect(typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes)).toBe(written);
    }
  });

  it("is streamed byte for byte, with pings and unknown events, up to the end", async () => {
    const { parts, error } = await streamed(streamOf(...events));
    expect(error).toBeUndefined();
    expect(textIn(parts)).toBe(sse(...events));
    expect(parts.flatMap(({ chunks }) => chunks)).toEqual(events);
    expect(parts.at(-1)?.done).toBe(true);
  });

  it("is streamed with its usage, cache and server tools included, and its stop reason", async () => {
    const { parts } = await streamed(streamOf(...events));
    expect(parts.findLast(({ usage }) => usage !== undefined)?.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 5,
      total_tokens: 105,
      prompt_tokens_details: { cached_tokens: 80, cache_write_tokens: 17 },
      server_tool_use: { web_search_requests: 2 },
    });
    expect(parts.flatMap(({ finishReasons = [] }) => finishReasons)).toEqual(["end_turn"]);
  });

  it("ends with message_stop: nothing after it is passed on", async () => {
    const { parts } = await streamed(streamOf(...events, { type: "ping" }));
    expect(textIn(parts)).toBe(sse(...events));
  });

  it("may be whole in the event that begins it", async () => {
    const whole = [{ type: "message_start", message }, { type: "message_stop" }];
    const { parts } = await streamed(streamOf(...whole));
    expect(textIn(parts)).toBe(sse(...whole));
    expect([parts.some(({ content }) => content), parts.reduce((sum, { finished }) => sum + finished, 0)]).toEqual([
      true,
      1,
    ]);
  });

  it("ends a refusal in a part of its own, after the content before it", async () => {
    const refusal = { type: "message_delta", delta: { stop_reason: "refusal" }, usage: { output_tokens: 2 } };
    const { parts } = await streamed(streamOf(...events.slice(0, 4), refusal, { type: "message_stop" }));
    expect(parts.map(({ content, finishReasons }) => [content, finishReasons])).toEqual([
      [true, []],
      [false, ["refusal"]],
    ]);
  });

  it("is not ended by the end mark of other APIs, which is not passed on", async () => {
    const [headers, pieces] = [
      { "content-type": "text/event-stream" },
      [bytesOf(`${sse(...events.slice(0, 8))}data: [DONE]\n\n`)],
    ];
    const { parts } = await streamed({ headers, pieces });
    expect(textIn(parts)).toBe(sse(...events.slice(0, 8)));
    expect(parts.some(({ done }) => done)).toBe(false);
  });
});

describe("a failure for a caller of Messages", () => {
  it.each([
    ["overloaded", 529, { type: "overloaded_error", message: "Overloaded" }, {}],
    ["rate_limit", 429, { type: "rate_limit_error", message: "Slow down" }, { "retry-after": "4" }],
    [
      "context_window_exceeded",
      400,
      { type: "invalid_request_error", message: "prompt is too long: 200 tokens > 100 maximum" },
      {},
    ],
    ["payload_too_large", 413, { type: "request_too_large", message: "Request exceeds the maximum size" }, {}],
    ["quota_exhausted", 402, { type: "billing_error", message: "Your credit balance is too low" }, {}],
  ] as const)("is a %s for the status %i, with the vendor's own words", async (kind, status, error, headers) => {
    const body = JSON.stringify({ type: "error", error, request_id: "req_1" });
    const thrown = await failure(
      ask({ recorded: { status, headers: { ...headers, "request-id": "req_1" }, pieces: [bytesOf(body)] } }),
    );
    expect(thrown).toMatchObject({ kind, source: "provider", upstream: { status, requestId: "req_1" } });
    expect(thrown.message.startsWith(error.message)).toBe(true);
    expect(thrown.retryAfterMs).toBe("retry-after" in headers ? 4_000 : undefined);
  });

  it("in a stream has the kind of its type, before and after content", async () => {
    const early = await streamed(streamOf(start, { type: "ping" }, overloaded));
    expect(early.error).toMatchObject({ kind: "overloaded", source: "provider" });
    expect(early.parts.some(({ content }) => content)).toBe(false);
    const late = await streamed(streamOf(...events.slice(0, 4), overloaded));
    expect(late.error).toMatchObject({ kind: "overloaded", source: "provider" });
    expect(textIn(late.parts)).toBe(sse(...events.slice(0, 4)));
  });

  it.each([
    ["a stream that ends early", sse(...events.slice(0, 5))],
    ["half an event", `${sse(...events.slice(0, 4))}event: message_st`],
  ])("is not invented for %s, which simply does not finish", async (_, text) => {
    const { parts } = await streamed({ headers: { "content-type": "text/event-stream" }, pieces: [bytesOf(text)] });
    expect(parts.some(({ done, finished }) => done || finished > 0)).toBe(false);
  });
});
