import type { JsonObject } from "@modelyard/core";

/** How engines word a stack overflow: V8 and JavaScriptCore throw a `RangeError`, SpiderMonkey an `InternalError`. */
const stackOverflow = /call stack|too much recursion/iu;
/** A request that is nested less deeply does not make a stack overflow. */
const deepNesting = 200;

/** Whether the stack overflowed, and the request is nested so deeply that it is the cause. */
export function isNestedTooDeep(request: JsonObject, thrown: unknown): boolean {
  return thrown instanceof Error && stackOverflow.test(thrown.message) && isDeep(request);
}

/** Whether some value is nested at least {@link deepNesting} levels deep. Not recursive: the stack has just overflowed. */
function isDeep(request: JsonObject): boolean {
  // Sets, since an object that refers to itself has no end.
  let level: ReadonlySet<object> = new Set([request]);
  for (let depth = 0; depth < deepNesting && level.size > 0; depth += 1) {
    const next = new Set<object>();
    for (const parent of level)
      for (const child of Object.values(parent) as readonly unknown[])
        if (typeof child === "object" && child !== null) next.add(child);
    level = next;
  }
  return level.size > 0;
}
