import { boundedCount } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long a custom estimator may take, in milliseconds. */
const estimatorMs = 1_000;

/**
 * Lets the custom estimator count the prompt, unless it has been counted.
 * @returns a promise to wait for, if any
 */
export function countTokens(call: Call): Promise<void> | undefined {
  const { tokenEstimator, faults } = call.services;
  if (tokenEstimator === undefined || call.counted) return undefined;
  const take = (tokens: number): void => {
    if (boundedCount(tokens) === undefined) throw new TypeError(`${String(tokens)} is not a count`);
    call.inputTokens = Math.ceil(tokens);
  };
  const failed = (cause: unknown): void => {
    call.cancellation.throwIfCancelled();
    faults.tell(tokenEstimator, {}, "the token estimator failed, and the built-in estimate counts", cause);
    call.inputTokens = call.row.inputTokens(call.request);
  };
  try {
    const counting = tokenEstimator(call.request);
    if (counting instanceof Promise) return withTimeout(call, counting, estimatorMs).then(take).catch(failed);
    take(counting);
  } catch (cause) {
    failed(cause);
  }
  return undefined;
}
