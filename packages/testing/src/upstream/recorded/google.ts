import { context, reply, type Row, type VendorReply } from "./row.js";

const type = (name: string) => ({ "@type": `type.googleapis.com/google.rpc.${name}` });
const retryInfo = (retryDelay: unknown) => ({ ...type("RetryInfo"), retryDelay });
const help = { ...type("Help"), links: [{ description: "Learn more", url: "https://ai.google.dev/gemini-api/docs" }] };
const quota = (...quotaIds: readonly string[]) => ({
  ...type("QuotaFailure"),
  violations: quotaIds.map((quotaId) => ({
    quotaMetric: "generativelanguage.googleapis.com/m",
    quotaId,
    quotaValue: "10",
  })),
});

const exceeded = "You exceeded your current quota, please check your plan and billing details.";

const error = (code: number, status: string, message: string, details: readonly object[] = []) => ({
  error: { code, message, status, details },
});
const listed = (message: string, ...details: readonly object[]): VendorReply =>
  reply([error(429, "RESOURCE_EXHAUSTED", message, details)], message);
const plain = (message: string, ...details: readonly object[]): VendorReply =>
  reply(error(429, "RESOURCE_EXHAUSTED", message, details), message);

/** The start of 2026 in UTC is 16:00 in California, eight hours before the daily quotas are reset. */
const untilMidnight = 8 * 3_600_000;

/**
 * Gemini's API and Vertex AI, which respond with objects and with lists of one object. Sources: issues on GitHub, among them
 * RooCodeInc/Roo-Code#3883, googleapis/python-genai#1427, google-gemini/gemini-cli#14831,
 * gke-labs/gemini-for-kubernetes-development#1215, llmsresearch/paperbanana#10, UKGovernmentBEIS/inspect_ai#3215.
 */
export const googleRows: readonly Row[] = [
  [
    "Gemini: a limit of the minute",
    429,
    listed(`${exceeded}\n* Quota exceeded for metric: m, limit: 10, model: x\nPlease retry in 1.1s.`, retryInfo("1s")),
    "rate_limit",
    { waitMs: 1_000 },
  ],
  [
    "Gemini: a limit of the minute, by its quota",
    429,
    listed(exceeded, quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), help, retryInfo("26s")),
    "rate_limit",
    { waitMs: 26_000 },
  ],
  [
    "Gemini: tokens of the minute, as an object",
    429,
    plain(exceeded, quota("GenerateContentInputTokensPerModelPerMinute-FreeTier"), retryInfo("59.5s")),
    "rate_limit",
    { waitMs: 59_500 },
  ],
  [
    "Gemini: a delay as seconds and nanoseconds",
    429,
    plain("Resource has been exhausted (e.g. check quota).", retryInfo({ seconds: "40", nanos: 500_000_000 })),
    "rate_limit",
    { waitMs: 40_500 },
  ],
  [
    "Gemini: a quota of the day",
    429,
    plain(exceeded, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), retryInfo("20s")),
    "quota_exhausted",
    { waitMs: untilMidnight },
  ],
  [
    "Gemini: a quota of the day among others",
    429,
    listed(
      exceeded,
      quota("GenerateRequestsPerMinutePerProjectPerModel", "GenerateRequestsPerDayPerProjectPerModel"),
      retryInfo("13s"),
    ),
    "quota_exhausted",
    { waitMs: untilMidnight },
  ],
  ["Gemini: a quota without a window", 429, plain(exceeded, help), "quota_exhausted"],
  [
    "Gemini: no such model",
    404,
    reply(
      [
        error(
          404,
          "NOT_FOUND",
          "models/x is not found for API version v1main, or is not supported for generateContent.",
        ),
      ],
      "models/x is not found for API version v1main, or is not supported for generateContent.",
    ),
    "not_found",
  ],
  [
    "Gemini: a key that is not valid",
    400,
    reply(
      [
        error(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.", [
          { ...type("ErrorInfo"), reason: "API_KEY_INVALID", domain: "googleapis.com" },
        ]),
      ],
      "API key expired. Please renew the API key.",
    ),
    "authentication",
  ],
  [
    "Gemini: a quoted body",
    429,
    reply(
      {
        error: {
          message: `${JSON.stringify(error(429, "RESOURCE_EXHAUSTED", exceeded, [quota("GenerateContentInputTokensPerModelPerMinute-FreeTier"), retryInfo("26s")]), undefined, 2)}\n`,
          code: 429,
          status: "Too Many Requests",
        },
      },
      exceeded,
    ),
    "rate_limit",
    { waitMs: 26_000 },
  ],
  [
    "Gemini: internal",
    500,
    reply(
      [error(500, "INTERNAL", "An internal error has occurred. Please retry or report in the developer forum.")],
      "An internal error has occurred. Please retry or report in the developer forum.",
    ),
    "internal_server",
  ],
  [
    "Gemini: too slow",
    504,
    reply(
      error(504, "DEADLINE_EXCEEDED", "The request timed out. Please try again."),
      "The request timed out. Please try again.",
    ),
    "timeout",
  ],
  [
    "Vertex: shared capacity",
    429,
    reply(
      [
        {
          error: {
            code: 429,
            message: "Resource exhausted. Please try again later.",
            errors: [
              { message: "Resource exhausted. Please try again later.", domain: "global", reason: "rateLimitExceeded" },
            ],
            status: "RESOURCE_EXHAUSTED",
          },
        },
      ],
      "Resource exhausted. Please try again later.",
    ),
    "rate_limit",
  ],
  [
    "Vertex: a limit of the minute, by its metadata",
    429,
    reply(
      error(429, "RESOURCE_EXHAUSTED", exceeded, [
        {
          ...type("ErrorInfo"),
          reason: "RATE_LIMIT_EXCEEDED",
          metadata: { quota_limit: "GenerateContentRequestsPerMinutePerProjectPerRegion" },
        },
      ]),
      exceeded,
    ),
    "rate_limit",
  ],
  [
    "Vertex: an API that is off",
    403,
    reply(
      error(403, "PERMISSION_DENIED", "Vertex AI API has not been used in project p before or it is disabled.", [
        { ...type("ErrorInfo"), reason: "SERVICE_DISABLED" },
      ]),
      "Vertex AI API has not been used in project p before or it is disabled.",
    ),
    "permission_denied",
  ],
  [
    "Vertex: too long",
    400,
    reply(
      [
        error(
          400,
          "INVALID_ARGUMENT",
          "Unable to submit request because the input token count is 40000 but model only supports up to 32767, which exceeds the maximum number of tokens. Reduce the input token count and try again.",
        ),
      ],
      "Unable to submit request because the input token count is 40000 but model only supports up to 32767, which exceeds the maximum number of tokens. Reduce the input token count and try again.",
    ),
    context,
  ],
];
