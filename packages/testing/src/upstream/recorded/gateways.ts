import { context, openaiError, reply, type Row } from "./row.js";

const openRouter = (code: number, raw: unknown, message: string, param?: string) =>
  reply(
    {
      error: { message: "Provider returned error", code, metadata: { raw, provider_name: "Hostel", is_byok: false } },
      user_id: "user_x",
    },
    `${message} (from Hostel)`,
    param,
  );
const json = (value: unknown) => JSON.stringify(value, undefined, 2);
const limited = (limit: string, reset: string, message: string) =>
  reply(
    {
      error: {
        message,
        code: 429,
        metadata: { headers: { "X-RateLimit-Limit": limit, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset } },
      },
    },
    message,
  );

/**
 * Gateways in front of other hosts, which quote the responses of those. Sources: issues on GitHub, among them
 * diegosouzapw/OmniRoute#3044 and #6980, reVrost/go-openrouter#21, NousResearch/hermes-agent#94199,
 * Gitlawb/openclaude#936 and #1554, Kilo-Org/kilocode#3566, cottongeeks/podscript#20, TiaraBasori/OpenCode2API#5.
 */
export const gatewayRows: readonly Row[] = [
  [
    "OpenRouter: a host's window",
    400,
    openRouter(
      400,
      json({
        error: {
          message: "This model's maximum context length is 32768 tokens. However, your request has 40000 input tokens.",
        },
      }),
      "This model's maximum context length is 32768 tokens. However, your request has 40000 input tokens.",
    ),
    context,
  ],
  [
    "OpenRouter: a host's field",
    400,
    openRouter(
      400,
      json({
        error: {
          message: "Input must contain the word 'json' to use this format.",
          type: "invalid_request_error",
          param: "input",
          code: null,
        },
      }),
      "Input must contain the word 'json' to use this format.",
      "input",
    ),
    "bad_request",
  ],
  [
    "OpenRouter: a host's limit, in plain words",
    429,
    openRouter(
      429,
      "m is limited upstream. Please retry after 12 seconds.",
      "m is limited upstream. Please retry after 12 seconds.",
    ),
    "rate_limit",
    { waitMs: 12_000 },
  ],
  [
    "OpenRouter: a host's validation",
    422,
    openRouter(
      422,
      json({
        detail: [{ type: "extra_forbidden", loc: ["body", "n"], msg: "Extra inputs are not permitted", input: 2 }],
      }),
      "n: Extra inputs are not permitted",
      "n",
    ),
    "unsupported_params",
  ],
  [
    "OpenRouter: a host's page",
    502,
    openRouter(502, "<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
    "bad_gateway",
  ],
  [
    "OpenRouter: a host's error inside a 200",
    200,
    openRouter(503, json({ message: "Service is at capacity." }), "Service is at capacity."),
    "service_unavailable",
  ],
  [
    "OpenRouter: a flat body",
    429,
    reply(
      {
        message: "Provider returned error",
        code: 429,
        metadata: { raw: json({ detail: "Slow down, please." }), provider_name: "Hostel" },
      },
      "Slow down, please. (from Hostel)",
    ),
    "rate_limit",
  ],
  [
    "OpenRouter: free models of the minute",
    429,
    limited("20", String(Date.UTC(2026, 0, 1, 0, 0, 37)), "Rate limit exceeded: free-models-per-min."),
    "rate_limit",
    { waitMs: 37_000 },
  ],
  [
    "OpenRouter: free models of the day",
    429,
    limited(
      "50",
      String(Date.UTC(2026, 0, 1, 9)),
      "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
    ),
    "quota_exhausted",
    { waitMs: 9 * 3_600_000 },
  ],
  [
    "Cloudflare: the day's free allocation",
    429,
    reply(
      {
        errors: [
          {
            message:
              "AiError: you have used up your daily free allocation of 10,000 neurons, please upgrade to a paid plan",
            code: 4006,
          },
        ],
        success: false,
        result: {},
        messages: [],
      },
      "AiError: you have used up your daily free allocation of 10,000 neurons, please upgrade to a paid plan",
    ),
    "quota_exhausted",
    { waitMs: 86_400_000 },
  ],
  [
    "Cloudflare: capacity",
    429,
    reply(
      {
        errors: [{ message: "AiError: Capacity temporarily exceeded, please try again.", code: 3040 }],
        success: false,
      },
      "AiError: Capacity temporarily exceeded, please try again.",
    ),
    "rate_limit",
  ],
  [
    "GitHub Models: too large",
    413,
    reply(
      {
        error: {
          code: "tokens_limit_reached",
          message: "Request body too large for m model. Max size: 8000 tokens.",
          details: "Request body too large for m model. Max size: 8000 tokens.",
        },
      },
      "Request body too large for m model. Max size: 8000 tokens.",
    ),
    context,
  ],
  [
    "GitHub Models: a limit of the day",
    429,
    reply(
      {
        error: {
          code: "RateLimitReached",
          message:
            "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 3672 seconds before retrying.",
          details: "…",
        },
      },
      "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 3672 seconds before retrying.",
    ),
    "rate_limit",
    { waitMs: 3_672_000 },
  ],
  [
    "Open gateway: free quota with a clock time",
    402,
    openaiError(
      "Free quota used (30 requests / 5h). Resets at 10:00 UTC. Top up for unlimited access.",
      "insufficient_quota",
      "free_quota_exceeded",
    ),
    "quota_exhausted",
    { waitMs: 10 * 3_600_000 },
  ],
  [
    "opencode Zen: no balance",
    401,
    reply(
      {
        type: "error",
        error: { type: "CreditsError", message: "Insufficient balance. Manage your billing on the console." },
      },
      "Insufficient balance. Manage your billing on the console.",
    ),
    "quota_exhausted",
  ],
  [
    "LiteLLM: a budget",
    429,
    openaiError(
      "litellm.RateLimitError: No deployments available for selected model, Try again in 5 seconds. Passed model=m.",
      "throttling_error",
      "429",
    ),
    "rate_limit",
    { waitMs: 5_000 },
  ],
  [
    "LiteLLM: a quoted event",
    413,
    openaiError(
      "litellm.APIError: Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 10338, please reduce your message size and try again.",
      "tokens",
      "rate_limit_exceeded",
    ),
    "payload_too_large",
  ],
  [
    "Kong: rate",
    429,
    reply({ message: "API rate limit exceeded" }, "API rate limit exceeded"),
    "rate_limit",
    { headers: { "ratelimit-remaining": "0", "ratelimit-reset": "22" }, waitMs: 22_000 },
  ],
  ["Amazon's gateway: rate", 429, reply({ message: "Too Many Requests" }, "Too Many Requests"), "rate_limit"],
  [
    "Spring: not found",
    404,
    reply(
      { timestamp: "2026-01-01T00:00:00Z", status: 404, error: "Not Found", path: "/v1/chat/completions" },
      "Not Found",
    ),
    "not_found",
  ],
  [
    "Nginx: a body cut off by a proxy",
    400,
    reply(
      '{"error":{"message":"Unrecognized request argument supplied: foo","type":"invalid_requ',
      "Unrecognized request argument supplied: foo",
    ),
    "bad_request",
  ],
];
