import type { Rows } from "./setting.js";

/** When a deployment cools down, and for how long. */
export const cooldowns = {
  allowedFails: {
    kind: "count",
    description: "Failures per minute that are allowed before a cooldown.",
    defaultBeside: { other: "allowedFailsPolicy", value: 3 },
    otherwise: "half of at least 5 calls; with an `allowedFailsPolicy`, 3",
    router: ["router_settings.allowed_fails", "litellm_settings.allowed_fails"],
  },
  allowedFailsPolicy: {
    kind: "allowedFailsPolicy",
    description: "Failures per minute that are allowed, by class of failure.",
    router: ["router_settings.allowed_fails_policy"],
  },
  cooldownMs: {
    kind: "duration",
    description: "How long a cooldown lasts, at most a day; 0: no cooldowns.",
    default: 5_000,
    router: ["router_settings.cooldown_time"],
    group: ["cooldown_time"],
    deployment: ["litellm_params.cooldown_time"],
  },
  maxCooldownMs: {
    kind: "timeLimit",
    description: "Longest cooldown that a vendor's `Retry-After` can ask for, at most a day.",
    default: 3_600_000,
    router: ["router_settings.max_cooldown"],
  },
  disableCooldowns: {
    kind: "flag",
    description: "Turns cooldowns off.",
    default: false,
    router: ["router_settings.disable_cooldowns"],
  },
  slowStartMs: {
    kind: "duration",
    description: "How long a recovered deployment takes to get its full share back; 0: no time.",
    default: 0,
    router: ["router_settings.slow_start"],
  },
} as const satisfies Rows;
