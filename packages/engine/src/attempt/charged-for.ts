import { type Blame, type ErrorKind, errorKinds, type RouterError, TransportError } from "@modelyard/core";

/** Whether the vendor cannot have seen the call: then its request slot comes back. */
export function neverSent(error: RouterError): boolean {
  if (error.kind === "unsupported_params" && error.upstream === undefined) return true;
  return error.cause instanceof TransportError && error.cause.phase === "connect";
}

const unanswered: ReadonlySet<Blame> = new Set(["transport", "caller"]);

/** Tokens that a failed call costs: those of the prompt when the vendor may have worked on it, else none. */
export function chargedFor(kind: ErrorKind, sent: boolean, inputTokens: number): number {
  return sent && unanswered.has(errorKinds[kind].blame) ? inputTokens : 0;
}
