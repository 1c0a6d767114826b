import { callerBounds } from "../caller-bounds.js";
import type { Rows } from "./setting.js";

/** How many retries a group gets, and when. */
export const retries = {
  numRetries: {
    kind: "count",
    description: "Retries in each group.",
    default: 2,
    router: ["router_settings.num_retries", "litellm_settings.num_retries"],
    group: ["num_retries"],
    deployment: ["litellm_params.num_retries"],
    call: {
      body: ["num_retries", "max_retries"],
      header: "x-litellm-num-retries",
      ceiling: callerBounds.retries,
      inFallback: true,
      flight: "effort",
    },
  },
  retryPolicy: {
    kind: "retryPolicy",
    description: "Retries by class of failure.",
    router: ["router_settings.retry_policy"],
    group: ["retry_policy"],
  },
  modelGroupRetryPolicy: {
    kind: "groupRetryPolicies",
    description: "Retries by class of failure, for individual groups.",
    router: ["router_settings.model_group_retry_policy"],
  },
  maxAttempts: {
    kind: "positiveCount",
    description: "The most attempts in total.",
    otherwise: "(1 + retries) in each group",
    router: ["router_settings.max_attempts"],
    call: { body: ["max_attempts"], ceiling: Number.POSITIVE_INFINITY, flight: "effort" },
  },
  retryAfterMs: {
    kind: "duration",
    description: "Shortest wait before the same deployment is tried again, at most 8 seconds.",
    default: 0,
    router: ["router_settings.retry_after"],
  },
  maxRetryWaitMs: {
    kind: "duration",
    description: "Longest wait for a retry if the group has a fallback, which is used instead of a longer wait.",
    default: 5_000,
    router: ["router_settings.max_retry_wait"],
  },
  retryBudget: {
    kind: "objectOrOff",
    description: "What retries may add to the load; false: no limit.",
    router: ["router_settings.retry_budget"],
  },
  "retryBudget.share": {
    kind: "share",
    description: "Retries per request of the last 10 seconds.",
    default: 0.2,
    router: ["router_settings.retry_budget.share"],
  },
  "retryBudget.floorPerSecond": {
    kind: "rate",
    description: "Retries per second that are always allowed.",
    default: 10,
    router: ["router_settings.retry_budget.floor_per_second"],
  },
} as const satisfies Rows;
