import type { HubRequest } from "../hub/request.js";
import type { JsonObject } from "../json.js";

/** Anthropic's fields that callers of Chat Completions may write, as LiteLLM lets them: they are sent as they are. */
export const nativeFields: ReadonlySet<string> = new Set([
  "cache_control",
  "container",
  "context_management",
  "diagnostics",
  "fallbacks",
  "inference_geo",
  "mcp_servers",
  "output_config",
  "speed",
]);

/** Those of a request; `undefined`: none. */
export function nativeIn({ wire, extra }: HubRequest): JsonObject | undefined {
  if (wire !== "chat" || extra.chat === undefined) return undefined;
  const found = Object.entries(extra.chat).filter(([key]) => nativeFields.has(key));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
