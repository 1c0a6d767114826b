/** Why a deployment cannot serve a call: a class for the error, words for people. */
export interface Reason {
  readonly kind: "health" | "limit" | "parallel" | "context" | "capability" | "region" | "tags" | "filter" | "client";
  readonly text: string;
  /** Milliseconds until it passes; `undefined`: it does not pass by itself, or that is unknown. */
  readonly passesMs: number | undefined;
}
