import type { ErrorKind } from "@modelyard/core";
import { kindOfStatus } from "@modelyard/core/kit";
import { commonCodes, limitAndRequested, noQuotaAtAll, oneRequestTooLarge, usedUp, wordings } from "./failure-codes.js";
import type { FailureWords } from "./failure-words.js";
import { waitInText } from "./wait-in-text.js";

type Codes = Readonly<Record<string, ErrorKind | undefined>>;

function lookup(codes: Codes, code: string | undefined): ErrorKind | undefined {
  if (code === undefined) return undefined;
  if (Object.hasOwn(codes, code)) return codes[code];
  const family = code.split(".", 1)[0] ?? "";
  return family !== code && Object.hasOwn(codes, family) ? codes[family] : undefined;
}

/** The kind according to the code or the type, if they say anything. */
function namedKind({ code, type, message }: FailureWords, own: Codes): ErrorKind | undefined {
  const named = lookup(own, code) ?? lookup(commonCodes, code) ?? lookup(own, type) ?? lookup(commonCodes, type);
  // DashScope describes a used-up minute as a used-up quota, with a link to an explanation. Source: can1357/oh-my-pi#8476.
  return named === "quota_exhausted" && message?.includes("error-code#token-limit") === true ? "rate_limit" : named;
}

/** Whether a single request needs more than the limit of a whole minute: waiting does not help. */
function neverFits({ message = "" }: FailureWords): boolean {
  const amounts = limitAndRequested.exec(message)?.groups;
  if (amounts !== undefined) return plainNumber(amounts["requested"]) > plainNumber(amounts["limit"]);
  return oneRequestTooLarge.test(message);
}

/** Reads a number that may have commas between its thousands, or after it. */
function plainNumber(written = ""): number {
  return Number(written.replaceAll(",", ""));
}

/** Statuses that hosts use for several failures, which only the wording distinguishes. */
const worded: ReadonlySet<number | undefined> = new Set([undefined, 400, 403, 413, 422, 498, 500]);
/** Statuses that hosts use for accounts without any balance left. */
const accountStatuses: ReadonlySet<number | undefined> = new Set([401, 402, 403, 412, 429]);

/** Distinguishes used-up quotas from limits that pass within minutes. */
function quotaKind(status: number | undefined, words: FailureWords): ErrorKind | undefined {
  const { message = "", window, waitMs } = words;
  const limited = status === 429 || (status === undefined && window !== undefined);
  if (limited && window === "day") return "quota_exhausted";
  if (limited && window === "minute") return noQuotaAtAll.test(message) ? "quota_exhausted" : "rate_limit";
  if (!accountStatuses.has(status) || !usedUp.test(message)) return undefined;
  const passes = status === 429 && (waitMs !== undefined || waitInText(message, 0) !== undefined);
  return passes && !noQuotaAtAll.test(message) && !/per-day|daily|month/iu.test(message)
    ? "rate_limit"
    : "quota_exhausted";
}

/** Codes that are more specific than a 5xx status. In all other cases, a 5xx status is more reliable than the code. */
const saysMore: ReadonlySet<ErrorKind> = new Set(["overloaded", "context_window_exceeded"]);

/**
 * The kind of a failure: from its code, type, status and quota window or, if those do not say, from its wording.
 * @param status - `undefined`: the failure came in an answer with a good status
 * @param own - what the provider's own codes and types mean; they take precedence over the common ones
 */
export function failureKind(status: number | undefined, words: FailureWords, own: Codes = {}): ErrorKind {
  const shown = status ?? words.status;
  const named = namedKind(words, own);
  const limited = shown === 413 || shown === 429 || shown === undefined;
  if (limited && (named === undefined || named === "rate_limit") && neverFits(words)) return "payload_too_large";
  const { message } = words;
  const vague = named === undefined || named === "internal_server" || named === "bad_request";
  if (vague && message !== undefined && worded.has(shown)) {
    const found = wordings.find(({ pattern }) => pattern.test(message));
    if (found !== undefined && (shown !== 500 || found.kind === "context_window_exceeded")) return found.kind;
  }
  if (named !== undefined && shown === undefined) return named;
  if (!vague && ((shown ?? 0) < 500 || saysMore.has(named))) return named;
  const byQuota = quotaKind(shown, words);
  if (byQuota !== undefined) return byQuota;
  return shown === undefined ? "api_error" : kindOfStatus(shown);
}
