import type { CallOptions } from "@modelyard/core";

/** What the code says wins over what the body says. */
export function mergeOptions(code: CallOptions | undefined, body: CallOptions | undefined): CallOptions {
  if (body === undefined) return code ?? none;
  return code === undefined ? body : { ...body, ...code };
}

const none: CallOptions = Object.freeze({});
