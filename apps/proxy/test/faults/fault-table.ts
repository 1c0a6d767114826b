import type { ErrorKind, Timeouts } from "@modelyard/core";
import { type Behavior, breaks, refuses, replies, type VendorFailureName } from "@modelyard/testing";
import { both, type Fault, good, only, openaiShaped, type Outcome, over, shortMs, streamsOnly } from "./fault.js";

/** Failures of the connection, without an answer. */
const wire: readonly Fault[] = [
  both("a port that refuses connections", "refused", "api_connection"),
  both("a host name that does not resolve", "unresolved", "api_connection"),
  both("a host that resets every connection", "resetting", "api_connection"),
  both("a self-signed certificate", "self_signed", "api_connection"),
  both("an expired certificate", "expired", "api_connection"),
  both("a certificate for another host", "wrong_host", "api_connection"),
  both("a host without TLS", "not_tls", "api_connection"),
  both("a reset before the headers", breaks("reset_before_headers"), "api_connection"),
  both("a reset after the headers", breaks("reset_after_headers"), "api_connection"),
  both("bytes that are not HTTP", breaks("no_http"), "api_connection"),
  {
    ...both("a reset within the answer", breaks("reset_mid_stream"), "api_connection"),
    streamed: { kind: "api_connection", shown: true },
  },
];

/** Errors that vendors answer with, in their own formats. */
const statuses: readonly Fault[] = [
  both("status 400", refuses(400), "bad_request"),
  both("status 401", refuses(401), "authentication"),
  both("status 402", refuses(402), { kind: "quota_exhausted", status: 402 }),
  both("status 403", refuses(403), "permission_denied"),
  both("status 404", refuses(404), "not_found"),
  both("status 408", refuses(408), "timeout"),
  both("status 409", refuses(409), "conflict"),
  both("status 413", refuses(413), "payload_too_large"),
  both("status 418", refuses(418), { kind: "bad_request", status: 418 }),
  both("status 422", refuses(422), "unprocessable_entity"),
  both("status 429", refuses(429), "rate_limit"),
  both("status 500", refuses(500), "internal_server"),
  both("status 502", refuses(502), "bad_gateway"),
  both("status 503", refuses(503), "service_unavailable"),
  both("status 504", refuses(504), { kind: "timeout", status: 504 }),
  both("status 529", refuses(529), "overloaded"),
  both(
    "a redirect, which is not followed",
    { status: 307, body: "", headers: { location: "/elsewhere/v1" } },
    "api_error",
  ),
  both("429 with a wait in seconds", refuses(429, { headers: { "retry-after": "7" } }), "rate_limit", {
    retryAfterMs: 7_000,
  }),
  both("429 with a wait of half a second", refuses(429, { headers: { "retry-after": "0.5" } }), "rate_limit", {
    retryAfterMs: 500,
  }),
  both(
    "429 with a wait in milliseconds",
    refuses(429, { headers: { "retry-after-ms": "1500", "retry-after": "9" } }),
    "rate_limit",
    {
      retryAfterMs: 1_500,
    },
  ),
  both("429 with a date", refuses(429, { headers: { "retry-after": "Tue, 01 Jan 2199 00:00:00 GMT" } }), "rate_limit", {
    // A wait is limited to one day.
    retryAfterMs: 86_400_000,
  }),
  both(
    "429 with a date in the past",
    refuses(429, { headers: { "retry-after": "Wed, 01 Jan 2020 00:00:00 GMT" } }),
    "rate_limit",
    {
      retryAfterMs: 0,
    },
  ),
  both(
    "429 with a wait of twenty digits",
    refuses(429, { headers: { "retry-after": "99999999999999999999" } }),
    "rate_limit",
    {
      retryAfterMs: 86_400_000,
    },
  ),
  both("429 with a wait of a day", refuses(429, { headers: { "retry-after": "86400" } }), "rate_limit", {
    retryAfterMs: 86_400_000,
  }),
  both("503 with a wait in seconds", refuses(503, { headers: { "retry-after": "3" } }), "service_unavailable", {
    retryAfterMs: 3_000,
  }),
];

const words = (name: VendorFailureName, outcome: Outcome | ErrorKind, more: Partial<Fault> = {}): Fault =>
  both(`a failure that says ${name}`, refuses(name), outcome, more);

/** Failures that mean more than their status. */
const named: readonly Fault[] = [
  words("context_window", "context_window_exceeded"),
  words("content_policy", "content_policy_violation"),
  words("insufficient_quota", "quota_exhausted"),
  words("model_not_found", "not_found"),
  words("invalid_api_key", "authentication"),
  words("server_error", "internal_server"),
  words("overloaded", "service_unavailable", openaiShaped),
  words("overloaded", "overloaded", only("anthropic")),
];

const late = (limit: keyof Timeouts, more: Partial<Outcome> = {}): Outcome => ({
  kind: "timeout",
  timeouts: { [limit]: shortMs },
  ...more,
});
const silent = (name: string, at: Behavior, plain: Outcome, streamed: Outcome): Fault => ({
  name,
  at,
  plain,
  streamed,
});

/** Silence, phase by phase, with the limit that ends it. Comments are silence. */
const silences: readonly Fault[] = [
  both("a TLS handshake that never ends", "silent_tls", late("connectMs")),
  both("silence before the headers, ended by the headers timeout", breaks("hang_before_headers"), late("headersMs")),
  both("silence before the headers, ended by the total timeout", breaks("hang_before_headers"), late("totalMs")),
  silent("silence before the first token", breaks("hang_before_first_token"), late("totalMs"), late("firstTokenMs")),
  silent(
    "comments before the first token",
    breaks("comments_only", { commentMs: 20 }),
    late("totalMs"),
    late("firstTokenMs"),
  ),
  silent("silence within the answer", breaks("hang_mid_stream"), late("totalMs"), late("idleMs", { shown: true })),
  silent(
    "comments within the answer",
    breaks("hang_mid_stream", { commentMs: 20 }),
    late("totalMs"),
    late("idleMs", { shown: true }),
  ),
  // By then, half of a plain answer has arrived, or all of a stream's content.
  silent("a body that never ends", breaks("never_closes"), late("totalMs"), good),
  both("a trickle that exceeds the total timeout", breaks("trickle"), late("totalMs", { timeouts: { totalMs: 50 } })),
];

/** Answers with status 200 and an invalid body. */
const bodies: readonly Fault[] = [
  both("an error in a 200", breaks("error_in_200"), "internal_server"),
  {
    ...both("no choices in a 200", breaks("no_choices"), "invalid_response", { ...openaiShaped, ...over("chat") }),
    streamed: { kind: "stream_interrupted" },
  },
  both("a completed response without output", breaks("no_choices"), "invalid_response", over("responses")),
  // Anthropic's models send this when they have nothing to say.
  {
    ...both("no content in a 200", breaks("no_choices"), good, { ...only("anthropic"), saysNothing: true }),
    streamed: { kind: "stream_interrupted" },
  },
  both("empty content in a 200", breaks("empty_content"), good, { saysNothing: true }),
  { ...both("an empty body", breaks("empty_body"), "invalid_response"), streamed: { kind: "stream_interrupted" } },
  both("an HTML page instead of an answer", breaks("wrong_content_type"), "invalid_response"),
  both("half the JSON", breaks("truncated_json"), "invalid_response"),
  both("a compressed body that was not requested", { gzip: true }, "invalid_response"),
  both("an answer in tiny pieces", { splitBytes: [1, 400, 7], pieceMs: 1, text: "a b" }, good),
  both("a huge chunk", breaks("huge_chunk"), good),
];

/** Streams that break. A plain call cannot break in this way, or gets half an answer. */
const streams: readonly Fault[] = [
  streamsOnly(
    "an error event before any content",
    breaks("error_event_before_content"),
    { kind: "internal_server" },
    openaiShaped,
  ),
  streamsOnly(
    "an error event before any content",
    breaks("error_event_before_content"),
    { kind: "overloaded" },
    only("anthropic"),
  ),
  streamsOnly(
    "an error event after content",
    breaks("error_event_after_content"),
    { kind: "internal_server", shown: true },
    openaiShaped,
  ),
  streamsOnly(
    "an error event after content",
    breaks("error_event_after_content"),
    { kind: "overloaded", shown: true },
    only("anthropic"),
  ),
  // The headers are those of a successful answer; the wait is in the text, if the vendor states one.
  ...(
    [
      ["openai", 6_596],
      ["azure", 7_000],
      ["anthropic", undefined],
    ] as const
  ).map(([dialect, retryAfterMs]) => ({
    ...streamsOnly(
      "a rate limit error event before any content",
      breaks("error_event_before_content", { eventFailure: "rate_limit_tokens" }),
      { kind: "rate_limit" },
    ),
    ...only(dialect),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })),
  {
    ...both("an end without a finish reason", breaks("truncated_stream"), "api_connection"),
    streamed: { kind: "stream_interrupted", shown: true },
  },
  streamsOnly("a finish reason without an end mark", breaks("finish_without_done"), good),
  streamsOnly("a finish reason, then silence", breaks("finish_then_silence"), good),
  streamsOnly("half an event, then the end", breaks("malformed_event"), { kind: "invalid_response", shown: true }),
  streamsOnly("half an event between valid ones", breaks("malformed_event_amid"), {
    kind: "invalid_response",
    shown: true,
  }),
];

const finishes = (word: string, kind: ErrorKind): readonly Fault[] => [
  both(`the finish reason ${word} and no content`, replies("", { finishReason: word }), kind, { needsFinish: true }),
  {
    ...both(`the finish reason ${word} after content`, replies("half an answer", { finishReason: word }), kind),
    streamed: { kind, shown: true },
    needsFinish: true,
  },
];

/** Answers with status 200 whose end reports a failure, or turns out not to be the end. */
const endings: readonly Fault[] = [
  ...finishes("error", "internal_server"),
  ...finishes("network_error", "bad_gateway").map((fault) => ({ ...fault, ...over("chat") })),
  ...finishes("insufficient_system_resource", "service_unavailable").map((fault) => ({ ...fault, ...over("chat") })),
  {
    ...both(
      "a failing finish reason in the same piece as content",
      replies("half an answer", { finishReason: "error", atOnce: true }),
      "internal_server",
    ),
    streamed: { kind: "internal_server", shown: true },
    needsFinish: true,
  },
  both("an unknown finish reason after content", replies("an answer", { finishReason: "vendor_word" }), good),
  both("an unknown finish reason and no content", replies("", { finishReason: "vendor_word" }), "invalid_response", {
    needsFinish: true,
  }),
  both("an error inside a choice", breaks("choice_error_before_content"), "internal_server", openaiShaped),
  both(
    "an error inside a choice that has a finish reason",
    breaks("choice_error_before_content", { finishReason: "error" }),
    "internal_server",
    openaiShaped,
  ),
  {
    ...both("an error inside a choice with content", breaks("choice_error_after_content"), "internal_server"),
    ...openaiShaped,
    streamed: { kind: "internal_server", shown: true },
  },
  streamsOnly("content after a finish reason", breaks("content_after_finish"), good),
  streamsOnly("a finish reason that comes twice", breaks("repeated_finish"), good),
];

export const faultTable: readonly Fault[] = [
  ...wire,
  ...statuses,
  ...named,
  ...silences,
  ...bodies,
  ...streams,
  ...endings,
];
