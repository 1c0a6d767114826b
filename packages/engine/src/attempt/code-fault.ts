import { createError, type RouterError } from "@modelyard/core";

/** What the language itself throws at code that is wrong, or at input the code cannot bear: a stack that overflows. */
const thrownAtCode: ReadonlySet<string> = new Set([
  "TypeError",
  "RangeError",
  "ReferenceError",
  "EvalError",
  "URIError",
]);

/**
 * Whether code, ours or a user's, is at fault and not the vendor. What `fetch` throws when nobody answers is a
 * `TypeError` too, but one with a cause. A `SyntaxError` says that an answer was no JSON.
 */
export function isThrownAtCode(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  const { name, cause } = thrown as { readonly name?: unknown; readonly cause?: unknown };
  return typeof name === "string" && thrownAtCode.has(name) && cause === undefined;
}

/** The failure of an attempt whose provider's code is at fault. It says nothing of the deployment. */
export function codeFault(provider: string, message: string, cause: unknown): RouterError {
  return createError({ kind: "api_error", status: 500, provider, message, cause });
}

/** Whether a failure was made by {@link codeFault}: those that vendors are blamed for have the source `provider`. */
export function isCodeFault({ kind, source }: RouterError): boolean {
  return kind === "api_error" && source === "router";
}
