import type { AttemptRecord, Trail } from "../trail.js";

/** The key of the method by which Node, Bun and Deno show an object in a console. */
export const inspectKey: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** Formats any value. Consoles pass it to the method. */
export type Inspect = (value: unknown, options: object) => string;

interface ShownError extends Error {
  readonly attempts: readonly AttemptRecord[];
  readonly trail: Trail | undefined;
}

/** What the stack shows, or the list of attempts. */
const shownElsewhere: ReadonlySet<string> = new Set(["name", "attempts", "summary"]);

function lineOf({ group, provider, model, deploymentId, outcome, durationMs, error }: AttemptRecord): string {
  const why = error === undefined ? "" : `: ${error.kind}: ${error.message}`;
  return `${group}: ${provider}/${model} (${deploymentId}), ${outcome} after ${String(Math.round(durationMs))} ms${why}`;
}

/** How a console shows an error: the stack, what is known about the failure, and one line for each attempt. */
export function inspectError(error: ShownError, depth: number, options: object, inspect: Inspect): string {
  const { name, message, stack = "", cause, attempts, trail } = error;
  if (depth < 0) return `[${name}: ${message}]`;
  const frames = stack.indexOf("\n    at ");
  const known = Object.entries(error).filter(([key, value]) => value !== undefined && !shownElsewhere.has(key));
  const facts = {
    ...Object.fromEntries(known),
    ...(trail === undefined ? {} : { callId: trail.callId }),
    ...(attempts.length === 0 ? {} : { attempts: attempts.map(lineOf) }),
    ...(cause === undefined ? {} : { cause }),
  };
  return `${name}: ${message}${frames === -1 ? "" : stack.slice(frames)} ${inspect(facts, options)}`;
}
