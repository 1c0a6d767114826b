import type { Callback } from "@modelyard/core";

export interface FailureRecorder {
  /** A callback for `createRouter`. */
  readonly callback: Callback;
  /** The causes of the recorded failures as strings, in order. */
  readonly causes: readonly string[];
}

/** Creates a callback that records why other callbacks failed. */
export function failureRecorder(): FailureRecorder {
  const causes: string[] = [];
  const callback: Callback = {
    name: "failure-recorder",
    events: ["callback_failed"],
    on: (event) => {
      if (event.type === "callback_failed") causes.push(String(event.cause));
    },
  };
  return { callback, causes };
}
