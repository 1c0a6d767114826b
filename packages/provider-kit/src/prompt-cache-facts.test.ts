import type { JsonObject } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { claudePromptCache, openaiPromptCache } from "./prompt-cache-facts.js";

const minutes = 60_000;
const hour = { type: "ephemeral", ttl: "1h" };

describe("how long prompts stay in vendors' caches", () => {
  it.each<[what: string, request: JsonObject, ms: number]>([
    ["five minutes", { messages: [{ role: "user", content: "hi" }] }, 5 * minutes],
    ["an hour with a mark on the request", { cache_control: hour }, 60 * minutes],
    ["an hour with a mark on a tool", { tools: [{ name: "a" }, { name: "b", cache_control: hour }] }, 60 * minutes],
    ["an hour with a mark on the system text", { system: [{ type: "text", cache_control: hour }] }, 60 * minutes],
    [
      "an hour with a mark in a message",
      { messages: [{ content: [{ type: "text", text: "a", cache_control: hour }] }, { content: "b" }] },
      60 * minutes,
    ],
    ["five minutes with a mark that says so", { cache_control: { type: "ephemeral", ttl: "5m" } }, 5 * minutes],
    ["five minutes if marks are no objects", { cache_control: "1h", messages: ["1h", [hour]] }, 5 * minutes],
  ])("%s", (_, request, ms) => {
    expect(claudePromptCache.lifetimeMs(request)).toBe(ms);
    expect(openaiPromptCache.lifetimeMs(request)).toBe(ms);
  });

  it("a day at OpenAI if the request says so", () => {
    expect(openaiPromptCache.lifetimeMs({ prompt_cache_retention: "24h" })).toBe(24 * 60 * minutes);
    expect(openaiPromptCache.lifetimeMs({ prompt_cache_retention: "in_memory" })).toBe(5 * minutes);
  });
});
