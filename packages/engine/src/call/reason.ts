/** Why a deployment cannot serve a call: a class for the error, and text for people. */
export interface Reason {
  readonly kind: "health" | "limit" | "parallel" | "context" | "capability" | "region" | "tags" | "filter" | "client";
  readonly text: string;
  /** Milliseconds until it passes; `undefined` if it does not pass by itself, or if that is unknown. */
  readonly passesMs: number | undefined;
}
