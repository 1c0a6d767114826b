import { boundedCount } from "@modelyard/core/kit";
import { given } from "./fields.js";
import type { HubUsage } from "./hub/answer.js";
import { isJsonObject, type JsonObject } from "./json.js";

/** Anthropic's counts of what was written to the cache, by the time that it is kept. */
export const lifetimes = ["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"] as const;

export function readLifetimes(split: unknown): HubUsage["cacheWriteByTtl"] {
  if (!isJsonObject(split)) return undefined;
  const short = boundedCount(split[lifetimes[0]]);
  const long = boundedCount(split[lifetimes[1]]);
  return short === undefined && long === undefined ? undefined : given({ "5m": short, "1h": long });
}

export function writeLifetimes(byTtl: HubUsage["cacheWriteByTtl"]): JsonObject | undefined {
  const { "5m": short, "1h": long } = byTtl ?? {};
  if (short === undefined && long === undefined) return undefined;
  return { ephemeral_5m_input_tokens: short ?? 0, ephemeral_1h_input_tokens: long ?? 0 };
}
