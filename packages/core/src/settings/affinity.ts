import type { Rows } from "./setting.js";

/** Which sessions stay at their deployment. */
export const affinity = {
  affinity: {
    kind: "affinity",
    description:
      "Sends a session where its prompts are cached, by these keys; true: `session`, `response` and `prompt`.",
    default: false,
    router: ["router_settings.affinity"],
    group: ["affinity"],
  },
  affinityTtlMs: {
    kind: "timeLimit",
    description: "How long a session is remembered after its last request.",
    default: 3_600_000,
    router: ["router_settings.affinity_ttl", "router_settings.deployment_affinity_ttl_seconds"],
  },
  session: {
    kind: "text",
    description: "The session that the request belongs to, for `affinity`.",
    call: { body: ["litellm_session_id"], header: "x-litellm-session-id", flight: "own" },
  },
} as const satisfies Rows;
