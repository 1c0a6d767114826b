import { type ErrorKind, errorKinds } from "@modelyard/core";
import { boundedWait, type RateLimitReport, type WaitMs } from "@modelyard/core/kit";
import type { FailureWords } from "../vendor-failure/index.js";
import { waitInText } from "../vendor-failure/wait-in-text.js";

/** The wait until the used-up quotas are full again, if the vendor says nothing else about a failure that was caused by load. */
export function reportedWait(
  kind: ErrorKind,
  { message, waitMs }: FailureWords,
  report: RateLimitReport | undefined,
  now: number,
): WaitMs | undefined {
  if (waitMs !== undefined || errorKinds[kind].blame !== "load" || waitInText(message, now) !== undefined)
    return waitMs;
  const resets = [report?.requests, report?.tokens].flatMap((quota) =>
    quota?.remaining === 0 && quota.resetMs !== undefined ? [quota.resetMs] : [],
  );
  return resets.length === 0 ? undefined : boundedWait(Math.max(...resets));
}
