import type { Clock } from "@modelyard/core";
import { RedisUnavailableError } from "./errors.js";

/**
 * A reply, or a {@link RedisUnavailableError} after `limitMs`. A process that was busy for long sees its timers before
 * what has arrived in the meantime: it looks for that before it gives up.
 */
export async function withinLimit<Value>(clock: Clock, reply: Promise<Value>, limitMs: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    let timer = clock.setTimer(() => {
      timer = clock.setTimer(() => {
        reject(new RedisUnavailableError(`no reply within ${String(limitMs)} ms`));
      }, 0);
    }, limitMs);
    reply.then(
      (value) => {
        clock.clearTimer(timer);
        resolve(value);
      },
      (error: unknown) => {
        clock.clearTimer(timer);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what the client said
        reject(error);
      },
    );
  });
}
