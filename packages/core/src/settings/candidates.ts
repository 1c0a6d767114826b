import type { Rows } from "./setting.js";

/** Which deployments may serve a call, and their limits. */
export const candidates = {
  rpm: {
    kind: "amount",
    says: "Requests per minute; also the weight under `simple-shuffle` if no `weight` is set.",
    deployment: ["litellm_params.rpm", "rpm", "model_info.rpm"],
  },
  tpm: {
    kind: "amount",
    says: "Tokens per minute; also the weight if neither `weight` nor `rpm` is set.",
    deployment: ["litellm_params.tpm", "tpm", "model_info.tpm"],
  },
  maxParallelRequests: {
    kind: "count",
    says: "Calls in flight at the same time.",
    otherwise: "`defaultMaxParallelRequests`",
    deployment: ["litellm_params.max_parallel_requests"],
  },
  defaultMaxParallelRequests: {
    kind: "count",
    says: "Calls in flight at the same time, for deployments that do not set their own number.",
    router: ["router_settings.default_max_parallel_requests"],
  },
  limitAlgorithm: {
    kind: "choice",
    choices: ["window", "bucket"],
    says: "Whether limits count calendar minutes (`window`) or refill steadily (`bucket`).",
    default: "window",
    router: ["router_settings.limit_algorithm"],
  },
  weight: { kind: "amount", says: "Share of the traffic.", deployment: ["litellm_params.weight"] },
  order: { kind: "number", says: "The tier; lower tiers are used first.", deployment: ["litellm_params.order"] },
  enablePreCallChecks: {
    kind: "flag",
    says: "Skips deployments whose window or model does not fit the request.",
    default: false,
    router: ["router_settings.enable_pre_call_checks"],
  },
  enableTagFiltering: {
    kind: "flag",
    says: "Only uses deployments whose tags match those of the request.",
    default: false,
    router: ["router_settings.enable_tag_filtering"],
  },
  tagFilteringMatchAny: {
    kind: "flag",
    says: "Whether one tag in common is enough.",
    default: true,
    router: ["router_settings.tag_filtering_match_any"],
  },
  tags: {
    kind: "texts",
    says: "Tags that a deployment has and a request asks for.",
    deployment: ["litellm_params.tags"],
    call: { body: ["tags"], header: "x-litellm-tags", inFallback: true, flight: "answer" },
  },
  regionName: {
    kind: "text",
    says: "Where the deployment is, for requests that allow only some regions.",
    deployment: ["litellm_params.region_name"],
  },
  allowedRegions: {
    kind: "oneOrMoreTexts",
    says: "Only deployments of these regions may serve.",
    call: { body: ["allowed_model_region"], inFallback: true, flight: "answer" },
  },
} as const satisfies Rows;
