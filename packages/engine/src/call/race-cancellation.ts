import type { Cancellation } from "@modelyard/core";

/**
 * `promise`, or the cancellation's reason as soon as there is one: whoever we wait for, we never wait longer.
 * @param late - told of a value that came after the cancellation
 */
export function guard<Value>(
  promise: Promise<Value>,
  cancellation: Cancellation,
  late: (value: Value) => void,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    cancellation.add(reject);
    promise.then(
      (value) => {
        if (cancellation.cancelled) late(value);
        else {
          cancellation.remove(reject);
          resolve(value);
        }
      },
      (error: unknown) => {
        cancellation.remove(reject);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on as it came
        reject(error);
      },
    );
  });
}
