import type { RouterError, Secret } from "@modelyard/core";
import { scrub } from "@modelyard/core/kit";

/** Limit for the frames of a stack, innermost first. */
const mostFrames = 20;

/** Log fields of an internal error: name, stack and message. The message is omitted if it may quote user data. */
export function faultFields(fault: unknown, secrets: readonly Secret[]): Readonly<Record<string, unknown>> {
  if (!(fault instanceof Error)) return { error: scrub(String(fault), secrets, 500) };
  const frames = (fault.stack ?? "").split("\n").filter((line) => line.startsWith("    at "));
  // A SyntaxError quotes the text that could not be parsed, which may be a prompt or an answer.
  const quotes = fault instanceof SyntaxError;
  return {
    error: fault.name,
    ...(quotes ? {} : { reason: scrub(fault.message, secrets, 500) }),
    stack: frames.slice(0, mostFrames).map((line) => scrub(line.trim(), secrets, 300)),
  };
}

/** The exception behind an internal error of the router or a provider, or `undefined` for any other failure. */
export function unexpectedCause(error: RouterError): unknown {
  return error.kind === "api_error" ? error.cause : undefined;
}
