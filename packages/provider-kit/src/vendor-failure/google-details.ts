import { boundedWait, isJsonObject, parseReset, type WaitMs } from "@modelyard/core/kit";

/** What Google's `error.details` say beyond the message. */
export interface GoogleDetails {
  /** `RetryInfo.retryDelay`. */
  readonly waitMs: WaitMs | undefined;
  /** The longest window among the quotas that were exceeded. */
  readonly window: "minute" | "day" | undefined;
  /** `ErrorInfo.reason`, such as `API_KEY_INVALID`. */
  readonly reason: string | undefined;
}

/** How many entries of `details`, and violations of each, are read. Google sends a handful. */
const mostEntries = 20;

function windowOf(quotaId: unknown): GoogleDetails["window"] {
  if (typeof quotaId !== "string") return undefined;
  if (/Per(?:Day|Week|Month)/iu.test(quotaId.slice(0, 200))) return "day";
  return /Per(?:Second|Minute|Hour)/iu.test(quotaId.slice(0, 200)) ? "minute" : undefined;
}

/** A protobuf `Duration`, as JSON writes it (`"1.5s"`) or as an object of seconds and nanoseconds. */
function durationMs(value: unknown, now: number): WaitMs | undefined {
  if (typeof value === "string") return boundedWait(parseReset(value, now));
  if (!isJsonObject(value)) return undefined;
  const nanos = Number(value["nanos"] ?? 0);
  return boundedWait(Number(value["seconds"] ?? 0) * 1_000 + nanos / 1e6);
}

/**
 * Reads `RetryInfo`, `QuotaFailure` and `ErrorInfo`.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto.
 */
export function readGoogleDetails(details: readonly unknown[], now: number): GoogleDetails {
  let waitMs: WaitMs | undefined;
  let reason: string | undefined;
  let window: GoogleDetails["window"];
  const see = (found: GoogleDetails["window"]): void => {
    if (found === "day" || window === undefined) window = found;
  };
  for (const detail of details.slice(0, mostEntries)) {
    if (!isJsonObject(detail)) continue;
    waitMs ??= durationMs(detail["retryDelay"] ?? detail["retry_delay"], now);
    if (typeof detail["reason"] === "string") reason ??= detail["reason"];
    if (isJsonObject(detail["metadata"])) see(windowOf(detail["metadata"]["quota_limit"]));
    const violations = detail["violations"];
    if (!Array.isArray(violations)) continue;
    for (const violation of (violations as readonly unknown[]).slice(0, mostEntries))
      if (isJsonObject(violation)) see(windowOf(violation["quotaId"] ?? violation["quota_id"]));
  }
  return { waitMs, window, reason };
}
