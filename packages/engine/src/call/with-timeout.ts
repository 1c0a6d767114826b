import type { Clock } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";

/**
 * Waits for a promise, but only for a limited time and only until the caller aborts the request.
 * @throws the promise's error, the reason of the abort, or an error that names the time limit
 */
export async function withTimeout<Value>(
  { services, cancellation }: { readonly services: { readonly clock: Clock }; readonly cancellation: Cancellation },
  promise: Promise<Value>,
  ms: number,
): Promise<Value> {
  const { clock } = services;
  const waiting = new Cancellation();
  const stopWaiting = (reason: unknown): void => {
    waiting.cancel(reason);
  };
  const timer = clock.setTimer(() => {
    stopWaiting(new Error(`no answer within ${String(ms)} ms`));
  }, ms);
  cancellation.add(stopWaiting);
  try {
    return await waiting.race(promise);
  } finally {
    clock.clearTimer(timer);
    cancellation.remove(stopWaiting);
  }
}
