import type { RouterError, Secret } from "@modelyard/core";
import { scrub } from "@modelyard/core/kit";

/** Frames of a stack, deepest first; more of them help nobody. */
const mostFrames = 20;

/**
 * An internal error for the log: name, stack and, unless it may quote what was read, the
 * message. Secrets are replaced.
 */
export function faultFields(fault: unknown, secrets: readonly Secret[]): Readonly<Record<string, unknown>> {
  if (!(fault instanceof Error)) return { error: scrub(String(fault), secrets, 500) };
  const frames = (fault.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  // What could not be parsed is quoted: it may be a prompt or an answer.
  const quotes = fault instanceof SyntaxError;
  return {
    error: fault.name,
    ...(quotes ? {} : { reason: scrub(fault.message, secrets, 500) }),
    stack: frames.slice(0, mostFrames).map((line) => scrub(line.trim(), secrets, 300)),
  };
}

/** What a router's or a provider's code threw that it should not have; `undefined`: the failure is an ordinary one. */
export function unexpectedCause(error: RouterError): unknown {
  return error.kind === "api_error" ? error.cause : undefined;
}
