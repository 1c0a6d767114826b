import { boundedCount } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long a custom estimator may take, in milliseconds. */
const estimatorMs = 1_000;

/**
 * Lets the custom estimator count the prompt's tokens, unless they are counted already.
 * @returns a promise to wait for if the estimator is asynchronous
 */
export function countTokens(call: Call): Promise<void> | undefined {
  const { tokenEstimator, faults } = call.services;
  if (tokenEstimator === undefined || call.counted) return undefined;
  const use = (tokens: number): void => {
    if (boundedCount(tokens) === undefined) throw new TypeError(`${String(tokens)} is not a valid token count`);
    call.inputTokens = Math.ceil(tokens);
  };
  const failed = (cause: unknown): void => {
    call.cancellation.throwIfCancelled();
    faults.report(tokenEstimator, {}, "the token estimator failed, using the built-in estimate", cause);
    call.inputTokens = call.row.inputTokens(call.request);
  };
  try {
    const counting = tokenEstimator(call.request);
    if (counting instanceof Promise) return withTimeout(call, counting, estimatorMs).then(use).catch(failed);
    use(counting);
  } catch (cause) {
    failed(cause);
  }
  return undefined;
}
