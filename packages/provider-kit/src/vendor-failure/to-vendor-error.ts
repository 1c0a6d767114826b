import { type ErrorKind, errorKinds, type ProviderError } from "@modelyard/core";
import {
  boundedWait,
  callerStatus,
  createProviderError,
  type FailedCall,
  kindOfStatus,
  parseRetryAfter,
  scrub,
  scrubName,
  type WaitMs,
} from "@modelyard/core/kit";
import { isForeignReasoning } from "@modelyard/wires";
import { requestIdIn } from "../read-answer.js";
import { untilMidnight } from "./daily-reset.js";
import type { FailureWords } from "./failure-words.js";
import { sentOn } from "./openai-error.js";
import { waitUntilReset } from "./reset-headers.js";
import { waitInText } from "./wait-in-text.js";

const longestId = 100;

export interface VendorErrorOptions {
  readonly kind: ErrorKind;
  readonly words: FailureWords;
  /** The headers with the vendor's id of the call, in lower case. */
  readonly requestIdHeaders: readonly string[];
  /** Whether the error object may be passed on, as the vendor sent it, to callers that use OpenAI's wire. @defaultValue false */
  readonly speaksOpenai?: boolean;
  /** The status of a failure that came in an answer with a good status, if the body does not name one. */
  readonly status?: number | undefined;
}

/** Whether failures of a kind pass with time. A faulty request stays faulty, whatever its text says about trying again. */
function passes(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "load" || blame === "credential" || blame === "upstream" || blame === "transport";
}

/**
 * The time zone at whose midnight a daily quota is reset, according to the vendors' documentation. Sources:
 * https://ai.google.dev/gemini-api/docs/rate-limits, https://developers.cloudflare.com/workers-ai/platform/pricing/.
 */
function dailyReset({ window, message = "" }: FailureWords): "America/Los_Angeles" | "UTC" | undefined {
  if (window === "day") return "America/Los_Angeles";
  return /daily free allocation/iu.test(message) ? "UTC" : undefined;
}

/**
 * How long to wait: according to the headers, or a field of the body, or its text, or the resets of the used-up quotas, in
 * this order. A used-up daily quota stays so until its reset, even if the vendor asks for a shorter wait.
 */
function waitOf({ header, now }: FailedCall, { kind, words }: VendorErrorOptions): WaitMs | undefined {
  const asked = boundedWait(parseRetryAfter(header, now));
  if (asked !== undefined || !passes(kind)) return asked;
  const statedMs = words.waitMs ?? waitInText(words.message, now);
  const reset = kind === "quota_exhausted" ? dailyReset(words) : undefined;
  if (reset !== undefined) return boundedWait(Math.max(statedMs ?? 0, untilMidnight(reset, now)));
  const { blame } = errorKinds[kind];
  return statedMs ?? (blame === "load" || kind === "quota_exhausted" ? waitUntilReset(header, now) : undefined);
}

/**
 * Whether callers see the vendor's status, not that of the kind: if it matches the kind, or if a client error says that the
 * model's output is unusable, which clients of the vendor know by status and code.
 */
function isShown(status: number, kind: ErrorKind): boolean {
  if (kind === "invalid_response") return status >= 400 && status <= 499;
  return kind === "bad_request" || kindOfStatus(status) === kind;
}

/**
 * The error for a vendor's failure. Its message is the vendor's reason and nothing else. Texts are bounded, without keys and
 * control characters.
 */
export function toVendorError(call: FailedCall, options: VendorErrorOptions): ProviderError {
  const { kind, words } = options;
  const { provider, deploymentId, secrets, answer } = call;
  const named = (text: string | undefined, most: number): string | undefined =>
    text === undefined ? undefined : scrubName(text, secrets, most);
  const shown = call.status ?? words.status ?? options.status;
  const answered = `${provider} answered ${shown === undefined ? "with an error" : String(shown)} and gave no reason.`;
  // A code for a rate limit would make programs repeat a request that can never succeed.
  const code = kind === "payload_too_large" ? undefined : named(words.code, longestId);
  const param = named(words.param, 200);
  const retryAfterMs = waitOf(call, options);
  const upstreamCode = named(words.code, longestId);
  const type = named(words.type, longestId);
  const vendorError = options.speaksOpenai === true ? words.openaiError : undefined;
  const requestId = named(words.requestId?.slice(0, longestId) ?? requestIdIn(call, options.requestIdHeaders), 100);
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: words.message === undefined ? answered : scrub(words.message, secrets),
    ...(answer === undefined ? {} : { vendorAnswer: answer }),
    ...(vendorError === undefined ? {} : { vendorError: sentOn(vendorError, secrets) }),
    ...(shown !== undefined && isShown(shown, kind) ? { status: callerStatus(shown) } : {}),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: {
      ...(call.status === undefined ? {} : { status: call.status }),
      ...(upstreamCode === undefined ? {} : { code: upstreamCode }),
      ...(type === undefined ? {} : { type }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(kind === "bad_request" && isForeignReasoning(words.code, words.message) ? { foreignReasoning: true } : {}),
    },
  });
}
