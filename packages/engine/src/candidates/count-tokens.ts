import { boundedCount } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long a custom estimator may count, in milliseconds. */
const estimatorMs = 1_000;

/**
 * Has the prompt counted by the custom estimator, unless it is counted already.
 * @returns what must be waited for; `undefined`: nothing
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
