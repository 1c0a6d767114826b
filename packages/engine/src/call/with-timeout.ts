import type { Clock } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";

/**
 * Waits for `promise`, up to a limit and no longer than the caller waits.
 * @throws what the promise rejects with; the caller's reason if it aborts; an error that names the limit if the promise
 * is late
 */
export async function withTimeout<Value>(
  { services, cancellation }: { readonly services: { readonly clock: Clock }; readonly cancellation: Cancellation },
  promise: Promise<Value>,
  ms: number,
): Promise<Value> {
  const { clock } = services;
  const patience = new Cancellation();
  const leave = (reason: unknown): void => {
    patience.cancel(reason);
  };
  const timer = clock.setTimer(() => {
    leave(new Error(`no answer within ${String(ms)} ms`));
  }, ms);
  cancellation.add(leave);
  try {
    return await patience.race(promise);
  } finally {
    clock.clearTimer(timer);
    cancellation.remove(leave);
  }
}
