// What a vendor's usage becomes on another wire: the counts that cost money are the same, and what is missing is reported.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireName,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const caller = { now: 7, request: { store: false }, streamUsage: true };

const answers: Readonly<Record<WireName, (usage: JsonObject) => JsonObject>> = {
  chat: (usage) => ({
    id: "c",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
    usage,
  }),
  responses: (usage) => ({
    id: "r",
    created_at: 1,
    model: "m",
    status: "completed",
    output: [{ type: "message", id: "i", role: "assistant", content: [{ type: "output_text", text: "Hi" }] }],
    usage,
  }),
  messages: (usage) => ({
    id: "m",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hi" }],
    stop_reason: "end_turn",
    usage,
  }),
};

const streams: Readonly<Record<WireName, (usage: JsonObject) => readonly JsonObject[]>> = {
  chat: (usage) => [
    { id: "c", model: "m", choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] },
    { id: "c", model: "m", choices: [], usage },
  ],
  responses: (usage) => [
    { type: "response.created", response: { id: "r", model: "m", created_at: 1 } },
    { type: "response.completed", response: answers.responses(usage) },
  ],
  messages: (usage) => [
    { type: "message_start", message: { id: "m", model: "m", content: [], usage } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "Hi" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: usage["output_tokens"] } },
    { type: "message_stop" },
  ],
};

interface Crossed {
  readonly usage: JsonObject;
  readonly losses: readonly string[];
  readonly tier: unknown;
}

const crossingOf = (from: WireName, to: WireName) => ({
  from: wires[from],
  to: wires[to],
  names: new ToolNames(),
  answerer: { vendor: "vendor", deployment: "deployment", model: "model" },
  caller,
});
const dropped = (losses: readonly { readonly kind: string; readonly path: string }[]): readonly string[] =>
  losses.flatMap(({ kind, path }) => (kind === "dropped" ? [path] : []));

function plain(from: WireName, to: WireName, usage: JsonObject, more: JsonObject = {}): Crossed {
  const { value, losses } = translateAnswer(crossingOf(from, to), { ...answers[from](usage), ...more });
  return { usage: value["usage"] as JsonObject, losses: dropped(losses), tier: value["service_tier"] };
}

/** The usage that the events of a stream add up to. */
function streamed(from: WireName, to: WireName, usage: JsonObject): Crossed {
  const stream = new StreamTranslation(crossingOf(from, to));
  const events = [...streams[from](usage).flatMap((event) => stream.read(event)), ...stream.end()];
  const said = events.flatMap((event) => {
    if (typeof event === "string") return [];
    const { message, response } = event as { readonly message?: JsonObject; readonly response?: JsonObject };
    const whole: JsonObject = { ...event, ...message, ...response };
    return [whole];
  });
  const all = said.flatMap(({ usage: part }) => (part == null ? [] : [part as JsonObject]));
  return { usage: Object.assign({}, ...all) as JsonObject, losses: dropped(stream.losses), tier: undefined };
}

const claude = {
  input_tokens: 10,
  cache_read_input_tokens: 40,
  cache_creation_input_tokens: 50,
  cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
  output_tokens: 7,
  server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 },
  service_tier: "standard",
  inference_geo: "us",
};
const openai = {
  prompt_tokens: 100,
  completion_tokens: 7,
  total_tokens: 107,
  prompt_tokens_details: { cached_tokens: 40, cache_write_tokens: 50, audio_tokens: 3, image_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 2,
    audio_tokens: 1,
    accepted_prediction_tokens: 4,
    rejected_prediction_tokens: 5,
  },
};
const newest = {
  input_tokens: 100,
  input_tokens_details: {
    cached_tokens: 40,
    cache_write_tokens: 50,
    cache_write_tokens_details: { ttl_30m_tokens: 20, ttl_12h_tokens: 30 },
    image_tokens: 6,
  },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 107,
};

const details = "usage.completion_tokens_details";
const lostOfChat = [
  "usage.prompt_tokens_details.audio_tokens",
  `${details}.audio_tokens`,
  `${details}.accepted_prediction_tokens`,
  `${details}.rejected_prediction_tokens`,
];
const lostOfResponses = [
  "usage.input_tokens_details.cache_write_tokens_details.ttl_30m_tokens",
  "usage.input_tokens_details.cache_write_tokens_details.ttl_12h_tokens",
  "usage.input_tokens_details.image_tokens",
];

describe.each([
  ["a plain answer", plain],
  ["a stream", streamed],
] as const)("the usage of %s", (_, crossed) => {
  it.each<[WireName, WireName, JsonObject, readonly string[]]>([
    ["messages", "chat", claude, ["usage.inference_geo"]],
    ["messages", "chat", { ...claude, inference_geo: "global" }, []],
    ["messages", "chat", { ...claude, inference_geo: "not_available" }, []],
    [
      "messages",
      "responses",
      claude,
      [
        "usage.cache_creation.ephemeral_5m_input_tokens",
        "usage.cache_creation.ephemeral_1h_input_tokens",
        "usage.inference_geo",
      ],
    ],
    ["chat", "messages", openai, lostOfChat],
    ["chat", "responses", openai, lostOfChat],
    ["responses", "chat", newest, lostOfResponses],
    ["responses", "messages", newest, lostOfResponses],
  ])("of %s for %s reports what has no place there", (from, to, usage, lost) => {
    expect(crossed(from, to, usage).losses).toEqual(lost);
  });

  it.each(names)("of %s loses nothing on its own wire", (wire) => {
    const usage = { chat: openai, responses: newest, messages: claude }[wire];
    expect(crossed(wire, wire, usage).losses).toEqual([]);
    expect(crossed(wire, wire, usage).usage).toMatchObject(usage);
  });

  it("says what Anthropic wrote to its cache by lifetime, also to callers of chats, and back", () => {
    const { usage } = crossed("messages", "chat", claude);
    expect(usage["cache_creation"]).toEqual(claude.cache_creation);
    expect(crossed("chat", "messages", usage).usage).toMatchObject({
      input_tokens: 10,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 50,
      cache_creation: claude.cache_creation,
      server_tool_use: claude.server_tool_use,
    });
  });

  it.each<[string, JsonObject]>([
    ["DeepSeek's", { prompt_cache_hit_tokens: 60, prompt_cache_miss_tokens: 40 }],
    ["those of a proxy", { cache_read_input_tokens: 60, prompt_tokens_details: { cached_tokens: 0 } }],
  ])("counts cached tokens by other names once: %s", (__, counts) => {
    const usage = { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107, ...counts };
    const messagesUsage = crossed("chat", "messages", usage);
    expect(messagesUsage.usage).toMatchObject({ input_tokens: 40, cache_read_input_tokens: 60 });
    expect(crossed("chat", "responses", usage).usage).toMatchObject({
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 60 },
    });
    expect(messagesUsage.losses).toEqual([]);
  });

  it("adds up to the same prompt, answer and cached tokens on every wire", () => {
    const tokens = fc.nat(1_000);
    const counts = fc.record({ prompt: tokens, read: tokens, written: tokens, output: tokens });
    fc.assert(
      fc.property(counts, fc.constantFrom(...names), ({ prompt, read, written, output }, to) => {
        const usage = crossed("chat", to, {
          prompt_tokens: prompt,
          completion_tokens: output,
          prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
        }).usage;
        const whole = prompt < read ? prompt + read : prompt;
        const sum =
          to === "messages"
            ? Number(usage["input_tokens"]) +
              Number(usage["cache_read_input_tokens"]) +
              Number(usage["cache_creation_input_tokens"])
            : usage[to === "chat" ? "prompt_tokens" : "input_tokens"];
        expect(sum).toBe(whole);
        expect(usage[to === "chat" ? "completion_tokens" : "output_tokens"]).toBe(output);
        const cached =
          to === "messages"
            ? usage["cache_read_input_tokens"]
            : (usage[to === "chat" ? "prompt_tokens_details" : "input_tokens_details"] as JsonObject)["cached_tokens"];
        expect(cached).toBe(Math.min(read, whole));
      }),
    );
  });

  it.each(["messages", "responses"] as const)(
    "includes what the model thought if only the sum of the vendor counts it, for callers of %s",
    (to) => {
      for (const split of [{}, { completion_tokens_details: { reasoning_tokens: 40 } }]) {
        const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 150, ...split };
        expect(crossed("chat", to, usage).usage).toMatchObject({ output_tokens: 50 });
      }
    },
  );

  it("names a bounded number of details that a vendor made up", () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (__, index) => [`detail_${String(index)}`, 1]));
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, ...many };
    expect(crossed("chat", "messages", usage).losses).toHaveLength(24);
  });
});

describe("the tier that served a request", () => {
  it.each<[WireName, WireName, string, unknown, readonly string[]]>([
    ["messages", "chat", "priority", "priority", []],
    ["messages", "responses", "standard", "default", []],
    ["messages", "chat", "batch", undefined, ["usage.service_tier"]],
    ["messages", "responses", "batch", "default", ["usage.service_tier"]],
  ])("of %s for %s: %s is %s", (from, to, tier, expected, lost) => {
    const crossed = plain(from, to, { input_tokens: 1, output_tokens: 1, service_tier: tier });
    expect([crossed.tier, crossed.losses]).toEqual([expected, lost]);
  });

  it.each<[string, unknown, readonly string[]]>([
    ["default", "standard", []],
    ["priority", "priority", []],
    ["flex", null, ["service_tier"]],
    ["auto", null, []],
  ])("of chats is in the usage of Messages: %s is %s", (tier, expected, lost) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    const crossed = plain("chat", "messages", usage, { service_tier: tier });
    expect([crossed.usage["service_tier"], crossed.losses]).toEqual([expected, lost]);
  });

  it("is in the first event of a stream of Messages if the vendor's first event has it, and reported otherwise", () => {
    const chunk = { id: "c", model: "m", choices: [{ index: 0, delta: { content: "Hi" }, finish_reason: "stop" }] };
    const early = new StreamTranslation(crossingOf("chat", "messages"));
    expect(early.read({ ...chunk, service_tier: "priority" })[0]).toMatchObject({
      message: { usage: { service_tier: "priority" } },
    });
    early.end();
    expect(dropped(early.losses)).toEqual([]);
    const late = new StreamTranslation(crossingOf("chat", "messages"));
    late.read(chunk);
    late.read({ id: "c", model: "m", choices: [], service_tier: "priority" });
    late.end();
    expect(dropped(late.losses)).toEqual(["service_tier"]);
  });
});
