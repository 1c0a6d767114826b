import { callerBounds } from "../caller-bounds.js";
import type { Rows } from "./setting.js";

/** Which deployments may serve a call, and their limits. */
export const candidates = {
  rpm: {
    kind: "amount",
    description: "Requests per minute; also the weight under `simple-shuffle` if no `weight` is set.",
    deployment: ["litellm_params.rpm", "rpm", "model_info.rpm"],
  },
  tpm: {
    kind: "amount",
    description: "Tokens per minute; also the weight if neither `weight` nor `rpm` is set.",
    deployment: ["litellm_params.tpm", "tpm", "model_info.tpm"],
  },
  maxParallelRequests: {
    kind: "count",
    description: "Calls in flight at the same time.",
    otherwise: "`defaultMaxParallelRequests`",
    deployment: ["litellm_params.max_parallel_requests"],
  },
  defaultMaxParallelRequests: {
    kind: "count",
    description: "Calls in flight at the same time, for deployments that do not set their own number.",
    router: ["router_settings.default_max_parallel_requests"],
  },
  limitAlgorithm: {
    kind: "choice",
    choices: ["window", "bucket"],
    description: "Whether limits count calendar minutes (`window`) or refill steadily (`bucket`).",
    default: "window",
    router: ["router_settings.limit_algorithm"],
  },
  maxLimitWaitMs: {
    kind: "duration",
    description: "How long a request waits while all deployments of its group are at their limits; 0: not at all.",
    default: 0,
    router: ["router_settings.max_limit_wait"],
    group: ["max_limit_wait"],
    call: { body: ["max_limit_wait"], ceiling: callerBounds.limitWaitMs, flight: "effort" },
  },
  weight: { kind: "amount", description: "Share of the traffic.", deployment: ["litellm_params.weight"] },
  order: {
    kind: "number",
    description: "The tier; lower tiers are used first, and deployments without one last.",
    deployment: ["litellm_params.order"],
  },
  enablePreCallChecks: {
    kind: "flag",
    description: "Skips deployments whose window or model does not fit the request.",
    default: false,
    router: ["router_settings.enable_pre_call_checks"],
  },
  enableTagFiltering: {
    kind: "flag",
    description: "Only uses deployments whose tags match those of the request.",
    default: false,
    router: ["router_settings.enable_tag_filtering"],
  },
  tagFilteringMatchAny: {
    kind: "flag",
    description: "Whether one tag in common is enough.",
    default: true,
    router: ["router_settings.tag_filtering_match_any"],
  },
  tags: {
    kind: "texts",
    description: "Tags that a deployment has and a request asks for.",
    deployment: ["litellm_params.tags"],
    call: { body: ["tags"], header: "x-litellm-tags", inFallback: true, flight: "answer" },
  },
  regionName: {
    kind: "text",
    description: "Where the deployment is, for requests that allow only some regions.",
    deployment: ["litellm_params.region_name"],
  },
  allowedRegions: {
    kind: "oneOrMoreTexts",
    description: "Only deployments of these regions may serve.",
    call: { body: ["allowed_model_region"], inFallback: true, flight: "answer" },
  },
} as const satisfies Rows;
