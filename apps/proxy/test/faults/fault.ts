import { type ErrorKind, errorKinds, type Timeouts } from "@modelyard/core";
import type { Behavior, DialectName } from "@modelyard/testing";

/** Hosts that never get as far as HTTP; the others are hosts of the scripted upstream. */
export type BrokenPlace =
  | "refused"
  | "unresolved"
  | "resetting"
  | "self_signed"
  | "expired"
  | "wrong_host"
  | "not_tls"
  | "silent_tls";

/** What comes of a fault; what is left out follows from the kind. */
export interface Outcome {
  /** `good`: no failure at all. */
  readonly kind: ErrorKind | "good";
  /** What the caller sees. @defaultValue the kind's */
  readonly status?: number;
  /** Content was shown before it failed, so no other deployment may be tried. */
  readonly shown?: boolean;
  /** The limit that it runs into: it takes that long, and no other limit ends it, for those are far away. */
  readonly timeouts?: Timeouts;
}

/** One way to go wrong. */
export interface Fault {
  readonly name: string;
  /** What the host does, or where there is none. */
  readonly at: Behavior | BrokenPlace;
  readonly plain: Outcome;
  readonly streamed: Outcome;
  /** It is an answer without a word. */
  readonly saysNothing?: boolean;
  /** When the vendor wants to be asked again, in milliseconds from the answer on. */
  readonly retryAfterMs?: number;
  /** Vendors that fail in this way. @defaultValue all */
  readonly dialects?: readonly DialectName[];
  /** Whether answers with embeddings, which have no finish reason, cannot fail in this way. */
  readonly needsFinish?: boolean;
}

/** Where a limit is run into, and where it never is. Milliseconds. */
export const shortMs = 250;
export const farMs = 30_000;
export const good: Outcome = { kind: "good" };

export const both = (name: string, at: Fault["at"], outcome: Outcome | ErrorKind, more: Partial<Fault> = {}): Fault => {
  const is = typeof outcome === "string" ? { kind: outcome } : outcome;
  return { name, at, plain: is, streamed: is, ...more };
};
export const streamsOnly = (name: string, at: Behavior, streamed: Outcome, more: Partial<Fault> = {}): Fault => ({
  name,
  at,
  plain: good,
  streamed,
  ...more,
});
export const only = (...dialects: readonly DialectName[]): Partial<Fault> => ({ dialects });
export const openaiShaped = only("openai", "azure");

export function statusOf({ kind, status }: Outcome): number {
  return status ?? (kind === "good" ? 200 : errorKinds[kind].status);
}
