import type { Clock } from "@modelyard/core";
import { RedisUnavailableError } from "./errors.js";

/**
 * Resolves with the reply, or rejects with a {@link RedisUnavailableError} after `limitMs`. If a process has been busy,
 * its timers fire before sockets are read. The limit therefore waits for one more turn, in which the reply may be
 * found.
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
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passes on what the client reported
        reject(error);
      },
    );
  });
}
