import type { JsonObject } from "@modelyard/core";
import { isJsonObject, type PromptCacheFacts } from "@modelyard/core/kit";

const fiveMinutes = 5 * 60_000;
const hour = 60 * 60_000;
const day = 24 * hour;
/** The parts at the end of a list in which marks are looked for. Clients mark the last ones. */
const looks = 4;

/**
 * OpenAI's prompt cache, which has hosts of its wire for a model: from 1,024 tokens on, for five to ten minutes without use,
 * or for 24 hours if the request says so. Source: platform.openai.com, "Prompt caching".
 */
export const openaiPromptCache: PromptCacheFacts = {
  leastTokens: 1_024,
  lifetimeMs: (request) => (request["prompt_cache_retention"] === "24h" ? day : claudeLifetimeMs(request)),
};

/**
 * Claude's prompt cache: for five minutes without use, or for an hour if a mark says so.
 * Source: docs.claude.com, "Prompt caching".
 */
export const claudePromptCache: PromptCacheFacts = { leastTokens: 1_024, lifetimeMs: claudeLifetimeMs };

function claudeLifetimeMs(request: JsonObject): number {
  const { tools, system, messages } = request;
  return isForHour(request) || [tools, system, messages].some((list) => hasHour(list, 0)) ? hour : fiveMinutes;
}

/** Whether a mark in the last parts of a list asks for an hour. */
function hasHour(list: unknown, depth: number): boolean {
  if (!Array.isArray(list)) return false;
  return list
    .slice(-looks)
    .some((part) => isJsonObject(part) && (isForHour(part) || (depth === 0 && hasHour(part["content"], 1))));
}

function isForHour({ cache_control: mark }: JsonObject): boolean {
  return isJsonObject(mark) && mark["ttl"] === "1h";
}
