// Usage and cost of the same answer: they are the vendor's, whichever API the caller uses.
import type { EventOf, JsonObject, Usage } from "@modelyard/core";
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routerFromYaml } from "../src/router-from-yaml.js";

const wires = ["chat", "messages", "responses"] as const;
type Wire = (typeof wires)[number];

const models: Readonly<Record<Wire, string>> = {
  chat: "custom_openai/m",
  messages: "anthropic/claude-sonnet-4-5",
  responses: "openai/responses/gpt-5.4",
};
const messages = [{ role: "user", content: "hi" }];
const requests: Readonly<Record<Wire, readonly [path: string, body: JsonObject]>> = {
  chat: ["chat/completions", { messages, max_tokens: 100 }],
  messages: ["messages", { messages, max_tokens: 100 }],
  responses: ["responses", { input: messages, max_output_tokens: 100, store: false }],
};

type Proxy = Awaited<ReturnType<typeof startProxy>>;
let upstream: Upstream;
let proxy: Proxy;
beforeAll(async () => {
  upstream = await startUpstream();
  proxy = await startProxy();
});
afterAll(async () => {
  await proxy.close();
  await upstream.close();
});

async function startProxy() {
  let last: EventOf<"request_succeeded"> | undefined;
  const prices = {
    input_cost_per_token: 1,
    output_cost_per_token: 100,
    cache_read_input_token_cost: 0.5,
    cache_creation_input_token_cost: 2,
    cache_creation_input_token_cost_above_1hr: 3,
  };
  const list = wires.map((wire) => ({
    model_name: wire,
    litellm_params: {
      model: models[wire],
      api_key: "k",
      api_base: `${upstream.url(wire)}${wire === "messages" ? "" : "/v1"}`,
      ...prices,
    },
  }));
  const recorder = {
    name: "recorder",
    events: ["request_succeeded"] as const,
    on: (event: EventOf<"request_succeeded">) => {
      last = event;
    },
  };
  const { router, close } = await routerFromYaml(JSON.stringify({ model_list: list }), {
    env: {},
    callbacks: [recorder],
  });
  const handler = toFetchHandler(createGateway(router));
  /** What a call has used, as callbacks see it, and what it cost. */
  const ask = async (caller: Wire, vendor: Wire, behavior: Behavior, stream: boolean) => {
    upstream.reset();
    upstream.script({}, behavior);
    const [path, request] = requests[caller];
    const body = JSON.stringify({ model: vendor, ...request, stream });
    const answer = await handler(`http://gateway/v1/${path}`, { method: "POST", body });
    const text = await answer.text();
    expect([answer.status, text.includes('"error":{')]).toEqual([200, false]);
    const { usage, costUsd } = last?.trail ?? {};
    return { ...countsOf(usage), cost: costUsd };
  };
  return { ask, close };
}

/** The counts that cost money, or that limits and metrics need. */
function countsOf(usage: Usage | undefined): JsonObject {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage ?? {};
  const { ephemeral_1h_input_tokens: hour = 0 } = (usage?.["cache_creation"] ?? {}) as JsonObject;
  const { web_search_requests: searches = 0 } = (usage?.["server_tool_use"] ?? {}) as JsonObject;
  return {
    prompt: usage?.prompt_tokens,
    completion: usage?.completion_tokens,
    total: usage?.total_tokens,
    cached: prompt?.cached_tokens ?? 0,
    written: prompt?.cache_write_tokens ?? 0,
    hour,
    reasoning: completion?.reasoning_tokens ?? 0,
    searches,
  };
}

const usage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 7 },
  server_tool_use: { web_search_requests: 3 },
  cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 25 },
};
const counts = { prompt: 100, completion: 20, total: 120, cached: 30, written: 40, reasoning: 7, searches: 3 };
const withoutHours = { ...counts, hour: 0, cost: 30 * 1 + 30 * 0.5 + 40 * 2 + 20 * 100 };
const expected: Readonly<Record<Wire, object>> = {
  chat: { ...counts, hour: 25, cost: 30 * 1 + 30 * 0.5 + 15 * 2 + 25 * 3 + 20 * 100 },
  messages: { ...counts, hour: 25, cost: 30 * 1 + 30 * 0.5 + 15 * 2 + 25 * 3 + 20 * 100 },
  // OpenAI has no cache of an hour.
  responses: withoutHours,
};
const cells = wires.flatMap((vendor) =>
  wires.flatMap((caller) => [false, true].map((stream) => [vendor, caller, stream] as const)),
);

describe("the usage and the cost of an answer", () => {
  it.each(cells)("of a vendor of %s are the same for callers of %s, streamed: %s", async (vendor, caller, stream) => {
    expect(await proxy.ask(caller, vendor, { text: "Hi", usage }, stream)).toEqual(expected[vendor]);
  });

  it.each(cells.filter(([vendor]) => vendor !== "messages"))(
    "of a vendor of %s include thoughts that only the sum counts, for callers of %s, streamed: %s",
    async (vendor, caller, stream) => {
      const apart = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 150 };
      expect(await proxy.ask(caller, vendor, { text: "Hi", usage: apart }, stream)).toMatchObject({
        completion: 50,
        reasoning: 30,
        total: 150,
        cost: 100 + 50 * 100,
      });
    },
  );
});
