import { otherNames } from "./chat/usage.js";
import { pathOf } from "./fields.js";
import type { HubUsage } from "./hub/answer.js";
import type { WireName } from "./hub/common.js";
import { isJsonObject, type JsonObject } from "./json.js";
import type { LossList } from "./losses.js";

/** How the wires report what was written to the cache by its lifetime. Each has only some of the lifetimes. */
const lifetimes: readonly {
  readonly of: "5m" | "30m" | "1h" | "12h";
  readonly path: string;
  readonly in: readonly WireName[];
}[] = [
  { of: "5m", path: "usage.cache_creation.ephemeral_5m_input_tokens", in: ["chat", "messages"] },
  { of: "1h", path: "usage.cache_creation.ephemeral_1h_input_tokens", in: ["chat", "messages"] },
  { of: "30m", path: "usage.input_tokens_details.cache_write_tokens_details.ttl_30m_tokens", in: ["responses"] },
  { of: "12h", path: "usage.input_tokens_details.cache_write_tokens_details.ttl_12h_tokens", in: ["responses"] },
];

/** The most details that are reported one by one: a vendor chooses their names and their number. */
const mostDetails = 24;

/**
 * Reports what a vendor's usage says that the caller's wire has no place for. Counts of 0 and empty values say nothing.
 * @param to - the caller's wire
 */
export function reportUsage(usage: Partial<HubUsage>, to: WireName, losses: LossList): void {
  const { cacheWriteByTtl: written, serverTools, estimated, extra } = usage;
  if (written !== undefined)
    lifetimes.forEach(({ of, path, in: wires }) => {
      if (isSaid(written[of]) && !wires.includes(to)) losses.dropped(path, noPlace);
    });
  if (to !== "chat" && estimated === true) losses.dropped("usage.estimated", noPlace);
  if (to === "responses" && serverTools !== undefined) reportDetails(serverTools, serverToolUse, losses);
  if (extra === undefined) return;
  if (to !== "chat" && extra.chat !== undefined) reportDetails(extra.chat, "usage", losses);
  if (to !== "responses" && extra.responses !== undefined) reportDetails(extra.responses, "usage", losses);
  if (to !== "messages" && extra.messages !== undefined) reportDetails(extra.messages, "usage", losses);
}

const serverToolUse = "usage.server_tool_use";
/** Every wire has a place for it. */
const searches = `${serverToolUse}.web_search_requests`;

/** @param details - e.g. `{ prompt_tokens_details: { audio_tokens: 3 } }` */
function reportDetails(details: JsonObject, path: string, losses: LossList): void {
  let left = mostDetails;
  for (const key in details) {
    const value = details[key];
    // The tier has a place of its own in answers.
    if (!isSaid(value) || (key === "service_tier" && path === "usage")) continue;
    if (key === "inference_geo" && ordinaryPlaces.has(value)) continue;
    const at = pathOf(path, key);
    if (otherNames.has(at) || at === searches) continue;
    if (isJsonObject(value) && path === "usage") reportDetails(value, at, losses);
    else losses.dropped(at, noPlace);
    left -= 1;
    if (left === 0) return;
  }
}

/** Whether a value says more than its absence would. */
export function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.values(value).some(isSaid);
  return value != null && value !== 0 && value !== false && value !== "";
}

/** Where Claude runs unless a region was requested, and what its models say that cannot be bound to a region. */
const ordinaryPlaces: ReadonlySet<unknown> = new Set(["global", "not_available"]);

const noPlace = "The caller's API has no place for it.";

/** The tiers that answers have unless something else was requested. */
const ordinaryTiers: ReadonlySet<string> = new Set(["auto", "default", "standard"]);

/**
 * Reports a tier that the caller's wire has no word or no place for.
 * @param path - where the vendor's answer has it
 */
export function reportTier(tier: string | undefined, path: string, losses: LossList): void {
  if (tier !== undefined && !ordinaryTiers.has(tier)) losses.dropped(path, noPlace);
}
