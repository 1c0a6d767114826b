import type { ProviderError } from "@modelyard/core";
import type { FailedCall } from "@modelyard/core/kit";
import { failureKind, readFailure, toVendorError } from "@modelyard/provider-kit";

/** The headers with OpenAI's and Azure's id of a call. */
export const requestIdHeaders = ["x-request-id", "apim-request-id"] as const;

/** The error for a host's failure, whatever the shape of its body. */
export function toProviderError(call: FailedCall): ProviderError {
  const words = readFailure(call.body, call.now);
  return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders, speaksOpenai: true });
}
