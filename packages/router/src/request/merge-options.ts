import type { CallOptions, RouterConfig } from "@modelyard/core";
import { type CappedOptions, nothingCapped, withinCeilings } from "./ceilings.js";

/** The options of one call. */
export interface MergedOptions extends CappedOptions {
  /** Whether a client chose `options.numRetries`. */
  readonly retriesByClient: boolean;
}

const none: CallOptions = Object.freeze({});

/**
 * What the code says wins over what the body says; of the cache, control by control. What a client chose, in the body or
 * in headers, stays within the operator's ceilings.
 */
export function mergeOptions(
  code: CallOptions | undefined,
  body: CallOptions | undefined,
  config: RouterConfig,
): MergedOptions {
  if (code?.fromClient === true) {
    const { options, capped } = withinCeilings(merged(code, body), config);
    return { options, capped, retriesByClient: options.numRetries !== undefined };
  }
  if (body === undefined) return { options: code ?? none, capped: nothingCapped, retriesByClient: false };
  const { options, capped } = withinCeilings(body, config);
  const retriesByClient = body.numRetries !== undefined && code?.numRetries === undefined;
  return { options: merged(code, options), capped, retriesByClient };
}

function merged(code: CallOptions | undefined, body: CallOptions | undefined): CallOptions {
  if (body === undefined) return code ?? none;
  if (code === undefined) return body;
  if (code.cache === undefined || body.cache === undefined) return { ...body, ...code };
  return { ...body, ...code, cache: { ...body.cache, ...code.cache } };
}
