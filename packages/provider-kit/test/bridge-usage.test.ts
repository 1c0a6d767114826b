// Tests that a translated answer counts as much as the same answer does for callers of the vendor's own wire.
import type { JsonObject, ProviderResult } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import type { WireOperation } from "../src/node.js";
import { BridgeHarness, wires } from "./support/bridge-harness.js";

const bridge = new BridgeHarness().install();

/** Usage of each wire with details that have prices of their own, or that only some vendors report. */
const reports: Readonly<Record<WireOperation, readonly (JsonObject | undefined)[]>> = {
  chat: [
    { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107, prompt_tokens_details: { audio_tokens: 40 } },
    // The counts of DeepSeek, and those of a proxy in front of Anthropic.
    { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107, prompt_cache_hit_tokens: 60 },
    {
      prompt_tokens: 100,
      completion_tokens: 7,
      total_tokens: 107,
      prompt_tokens_details: { cached_tokens: 10, cache_creation_tokens: 50 },
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
    },
    // The cached tokens beside the prompt instead of in it.
    { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12, prompt_tokens_details: { cached_tokens: 95 } },
    undefined,
  ],
  messages: [
    {
      input_tokens: 10,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 50,
      cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 30 },
      output_tokens: 7,
      server_tool_use: { web_search_requests: 2 },
    },
    undefined,
  ],
  responses: [
    {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 50 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 107,
    },
    undefined,
  ],
};

const answers: Readonly<Record<WireOperation, JsonObject>> = {
  chat: {
    id: "c",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  },
  messages: {
    id: "m",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Hi" }],
    stop_reason: "end_turn",
  },
  responses: {
    id: "r",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m",
    output: [
      {
        type: "message",
        id: "i",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Hi" }],
      },
    ],
  },
};

/** What the router takes as the usage of an answer. */
function counted(operation: WireOperation, result: ProviderResult): unknown {
  if (result.kind !== "answer") throw new Error("a plain call was answered with a stream");
  return result.usage ?? operations[operation].reads.usage(result.value) ?? {};
}

const cases = wires.flatMap((to) => reports[to].map((usage) => [to, usage] as const));

describe.each(cases)("usage of %s, %j", (to, usage) => {
  it.each(wires)("counts the same for callers of %s", async (from) => {
    const body = JSON.stringify({ ...answers[to], ...(usage === undefined ? {} : { usage }) });
    bridge.upstream.script({}, { body }, { body });
    const own = counted(to, await bridge.call(to, to));
    expect(counted(from, await bridge.call(from, to))).toEqual(own);
  });
});
