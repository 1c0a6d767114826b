import type { JsonObject, RouterError } from "@modelyard/core";
import { createProviderError, type OperationRow, type StreamPart } from "@modelyard/core/kit";
import type { Attempt } from "../attempt/attempt.js";
import { finishError } from "../attempt/attempt-errors.js";
import { finishFault, reasonsOfPart } from "../attempt/finish-reasons.js";
import type { StreamTally } from "./stream-tally.js";

/** How long to wait for the end mark of a finished stream whose usage is known, in milliseconds. */
const endMarkMs = 1_000;
/** How long to wait for usage that the caller did not ask for, but that limits and costs need, in milliseconds. */
const usageMs = 5_000;
/** How long to wait for usage that the caller asked for if no idle limit is set, in milliseconds. */
const wantedUsageMs = 30_000;

/** @throws the failure that a finish reason of this part means */
export function checkReasons(attempt: Attempt, tally: StreamTally, part: StreamPart): void {
  const usable = part.content || tally.hasContent;
  const fault = finishFault(reasonsOfPart(part, attempt.call.row), attempt.call.row, attempt.runtime, usable);
  if (fault === undefined) return;
  tally.markFailed();
  throw finishError(attempt, fault);
}

/** Whether the events of a stream that has ended without content do not make an answer, not even an empty one. */
export function saysNothing(parts: readonly StreamPart[], { assemble, fault }: OperationRow): boolean {
  const events = parts.flatMap(({ chunks }) => chunks as readonly unknown[] as readonly JsonObject[]);
  return assemble !== undefined && fault(assemble(events)) !== undefined;
}

/** Limits the wait for the end mark, and for missing usage, once the answer is complete. */
export function awaitEnd(attempt: Attempt, tally: StreamTally): void {
  const { wantsUsage, timeouts } = attempt;
  const missingUsageMs = wantsUsage ? (timeouts.idleMs ?? wantedUsageMs) : usageMs;
  const waitMs = tally.usage === undefined ? missingUsageMs : endMarkMs;
  attempt.arm(Math.min(waitMs, attempt.left(timeouts.totalMs) ?? waitMs), "end", undefined);
}

/** Logs that a stream counts as complete without its end mark. */
export function noteSilentEnd({ call, runtime }: Attempt, tally: StreamTally): void {
  const { id: deploymentId, provider } = runtime.deployment;
  const usage = tally.usage === undefined ? "missing" : "reported";
  call.services.logger.info(
    { callId: call.trail.callId, deploymentId, provider, usage },
    "a stream with a finish reason counts as complete, although neither its end mark nor the end of the connection arrived",
  );
}

/** The error for a stream that ended before its answer was complete. */
export function cutShort({ model, runtime }: Attempt): RouterError {
  const { provider, id } = runtime.deployment;
  return createProviderError({
    kind: "stream_interrupted",
    provider,
    deploymentId: id,
    message: `The stream of ${provider} (${model}) ended before the answer was finished.`,
  });
}
