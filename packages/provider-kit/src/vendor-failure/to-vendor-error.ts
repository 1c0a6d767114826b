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
  /** Where the vendor writes its id of the call, in lower case. */
  readonly requestIdHeaders: readonly string[];
  /** Whether callers of OpenAI's wire may get the error object as the vendor sent it. @defaultValue false */
  readonly speaksOpenai?: boolean;
  /** What the failure's status would have been, where it came inside a good one and the body does not say. */
  readonly status?: number | undefined;
}

/** Kinds that pass with time. A request that is at fault stays so, whatever its text says about trying again. */
function passes(kind: ErrorKind): boolean {
  const { blame } = errorKinds[kind];
  return blame === "load" || blame === "credential" || blame === "upstream" || blame === "transport";
}

/**
 * Where a daily quota starts anew at midnight, by the vendors' documentation. Sources:
 * https://ai.google.dev/gemini-api/docs/rate-limits, https://developers.cloudflare.com/workers-ai/platform/pricing/.
 */
function dailyReset({ window, message = "" }: FailureWords): "America/Los_Angeles" | "UTC" | undefined {
  if (window === "day") return "America/Los_Angeles";
  return /daily free allocation/iu.test(message) ? "UTC" : undefined;
}

/**
 * How long to wait: as the headers say, else a field of the body, else its text, else the resets of the quotas that are
 * used up. A daily quota lasts until its reset, whatever shorter wait comes with it.
 */
function waitOf({ header, now }: FailedCall, { kind, words }: VendorErrorOptions): WaitMs | undefined {
  const asked = boundedWait(parseRetryAfter(header, now));
  if (asked !== undefined || !passes(kind)) return asked;
  const said = words.waitMs ?? waitInText(words.message, now);
  const reset = kind === "quota_exhausted" ? dailyReset(words) : undefined;
  if (reset !== undefined) return boundedWait(Math.max(said ?? 0, untilMidnight(reset, now)));
  const { blame } = errorKinds[kind];
  return said ?? (blame === "load" || kind === "quota_exhausted" ? waitUntilReset(header, now) : undefined);
}

/**
 * The error that a vendor's failure becomes. Its message is the vendor's reason and nothing else. Texts are bounded,
 * without keys and control characters. Callers see the vendor's status where it says the same as the kind, and otherwise
 * the kind's own.
 */
export function toVendorError(call: FailedCall, options: VendorErrorOptions): ProviderError {
  const { kind, words } = options;
  const { provider, deploymentId, secrets } = call;
  const named = (text: string | undefined, most: number): string | undefined =>
    text === undefined ? undefined : scrubName(text, secrets, most);
  const shown = call.status ?? words.status ?? options.status;
  const answered = `${provider} answered ${shown === undefined ? "with an error" : String(shown)} and gave no reason.`;
  const plain = shown !== undefined && (kind === "bad_request" || kindOfStatus(shown) === kind);
  // A code that speaks of a rate limit would have programs repeat a request that can never fit.
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
    ...(vendorError === undefined ? {} : { vendorError: sentOn(vendorError, secrets) }),
    ...(plain ? { status: callerStatus(shown) } : {}),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: {
      ...(call.status === undefined ? {} : { status: call.status }),
      ...(upstreamCode === undefined ? {} : { code: upstreamCode }),
      ...(type === undefined ? {} : { type }),
      ...(requestId === undefined ? {} : { requestId }),
    },
  });
}
