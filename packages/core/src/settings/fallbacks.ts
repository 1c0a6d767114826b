import { callerBounds } from "../caller-bounds.js";
import type { Rows } from "./setting.js";

/** Which groups follow after a failure. */
export const fallbacks = {
  fallbacks: {
    kind: "fallbacks",
    description: "Groups that follow after a failure.",
    router: ["router_settings.fallbacks", "litellm_settings.fallbacks"],
    call: { body: ["fallbacks"], kind: "requestFallbacks", flight: "effort" },
  },
  contextWindowFallbacks: {
    kind: "fallbacks",
    description: "Groups that follow after a prompt that was too long.",
    router: ["router_settings.context_window_fallbacks", "litellm_settings.context_window_fallbacks"],
    call: { body: ["context_window_fallbacks"], kind: "requestFallbacks", flight: "effort" },
  },
  contentPolicyFallbacks: {
    kind: "fallbacks",
    description: "Groups that follow after a rejection by a content policy.",
    router: ["router_settings.content_policy_fallbacks", "litellm_settings.content_policy_fallbacks"],
    call: { body: ["content_policy_fallbacks"], kind: "requestFallbacks", flight: "effort" },
  },
  defaultFallbacks: {
    kind: "fallbackList",
    description: "Groups that follow if a group has no list of its own.",
    router: ["router_settings.default_fallbacks", "litellm_settings.default_fallbacks"],
  },
  disableFallbacks: {
    kind: "flag",
    description: "Stops after the first group.",
    call: { body: ["disable_fallbacks"], flight: "effort" },
  },
  maxFallbacks: {
    kind: "count",
    description: "Groups tried after the first.",
    default: 5,
    router: ["router_settings.max_fallbacks", "litellm_settings.max_fallbacks"],
    call: { body: ["max_fallbacks"], ceiling: callerBounds.groups, flight: "effort" },
  },
} as const satisfies Rows;
