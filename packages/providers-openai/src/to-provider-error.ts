import type { ProviderError } from "@modelyard/core";
import type { FailedCall } from "@modelyard/core/kit";
import { failureKind, readFailure, toVendorError } from "@modelyard/provider-kit";

/** Where OpenAI and Azure write their id of a call. */
export const requestIdHeaders = ["x-request-id", "apim-request-id"] as const;

/** Converts a host's failure to our error, whatever the shape of its error body. */
export function toProviderError(call: FailedCall): ProviderError {
  const words = readFailure(call.body, call.now);
  return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders, speaksOpenai: true });
}
