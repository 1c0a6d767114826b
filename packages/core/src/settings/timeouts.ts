import { longestWaitMs } from "../bounded.js";
import type { Rows } from "./setting.js";

/** One phase of an attempt. */
function phase<const Field extends string>(field: Field, description: string) {
  return {
    kind: "timeLimit",
    description,
    router: [`router_settings.${field}`],
    group: [field],
    deployment: [`litellm_params.${field}`],
    call: { body: [field], flight: "effort" },
  } as const;
}

/** How long an attempt, and a call as a whole, may take. */
export const timeouts = {
  timeoutMs: {
    kind: "timeLimit",
    description: "Limits the whole attempt of a plain call.",
    default: 600_000,
    router: ["router_settings.timeout", "litellm_settings.request_timeout"],
    group: ["timeout"],
    deployment: ["litellm_params.timeout", "litellm_params.request_timeout"],
    call: {
      body: ["timeout", "request_timeout"],
      header: "x-litellm-timeout",
      kind: "callTimeLimit",
      inFallback: true,
      flight: "effort",
    },
  },
  streamTimeoutMs: {
    kind: "timeLimit",
    description: "Limits the time to a stream's first token, and the gaps between its events.",
    otherwise: "`timeoutMs`",
    router: ["router_settings.stream_timeout"],
    group: ["stream_timeout"],
    deployment: ["litellm_params.stream_timeout"],
    call: {
      body: ["stream_timeout"],
      header: "x-litellm-stream-timeout",
      kind: "callTimeLimit",
      inFallback: true,
      // Streams are never shared.
      flight: "own",
    },
  },
  timeouts: {
    kind: "object",
    description: "Limits on the phases of an attempt.",
    router: [],
    group: [],
    deployment: [],
    call: { flight: "effort" },
  },
  "timeouts.connectMs": { ...phase("connect_timeout", "Until the connection is established."), default: 10_000 },
  "timeouts.headersMs": phase("headers_timeout", "Until status and headers have arrived."),
  "timeouts.firstTokenMs": {
    ...phase("first_token_timeout", "Until a stream's first content."),
    otherwise: "`streamTimeoutMs`",
  },
  "timeouts.idleMs": { ...phase("idle_timeout", "The longest gap in a stream."), otherwise: "`streamTimeoutMs`" },
  "timeouts.totalMs": {
    ...phase("total_timeout", "The whole attempt, streams included."),
    otherwise: "`timeoutMs`, for plain calls",
  },
  deadlineMs: {
    kind: "timeLimit",
    description: "Limits a call as a whole: attempts, waits and fallbacks.",
    router: ["router_settings.deadline"],
    // Each caller has its own: the others go on waiting.
    call: { body: ["deadline"], kind: "callTimeLimit", ceiling: longestWaitMs, flight: "own" },
  },
} as const satisfies Rows;
