import type { CallOptions } from "@modelyard/core";

/** What the code says wins over what the body says; of the cache, control by control. */
export function mergeOptions(code: CallOptions | undefined, body: CallOptions | undefined): CallOptions {
  if (body === undefined) return code ?? none;
  if (code === undefined) return body;
  if (code.cache === undefined || body.cache === undefined) return { ...body, ...code };
  return { ...body, ...code, cache: { ...body.cache, ...code.cache } };
}

const none: CallOptions = Object.freeze({});
