import { type ErrorKind, errorKinds, type Timeouts } from "@modelyard/core";
import type { Behavior, DialectName } from "@modelyard/testing";

export type WireName = "chat" | "messages" | "responses";

/** Hosts that fail before HTTP; all other hosts are those of the scripted upstream. */
export type BrokenPlace =
  | "refused"
  | "unresolved"
  | "resetting"
  | "self_signed"
  | "expired"
  | "wrong_host"
  | "not_tls"
  | "silent_tls";

/** The expected outcome of a fault; omitted fields follow from the kind. */
export interface Outcome {
  /** `good`: no failure. */
  readonly kind: ErrorKind | "good";
  /** The status that the caller receives. @defaultValue the kind's */
  readonly status?: number;
  /** Content was delivered before the failure, so that no other deployment may be tried. */
  readonly shown?: boolean;
  /** The time limit that ends the fault; all other limits are far longer. */
  readonly timeouts?: Timeouts;
}

/** One kind of failure. */
export interface Fault {
  readonly name: string;
  /** The behavior of the scripted upstream, or a host that fails before HTTP. */
  readonly at: Behavior | BrokenPlace;
  readonly plain: Outcome;
  readonly streamed: Outcome;
  /** The fault is an answer without content. */
  readonly saysNothing?: boolean;
  /** The wait that the vendor asks for, in milliseconds after its answer. */
  readonly retryAfterMs?: number;
  /** Vendors that fail in this way. @defaultValue all */
  readonly dialects?: readonly DialectName[];
  /** APIs of vendors that have this fault. @defaultValue all */
  readonly wires?: readonly WireName[];
  /** Whether the fault needs a finish reason, which embeddings do not have. */
  readonly needsFinish?: boolean;
}

/** A time limit that is reached, and one that never is, in milliseconds. */
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
export const over = (...wires: readonly WireName[]): Partial<Fault> => ({ wires });
export const openaiShaped = only("openai", "azure");

export function statusOf({ kind, status }: Outcome): number {
  return status ?? (kind === "good" ? 200 : errorKinds[kind].status);
}
