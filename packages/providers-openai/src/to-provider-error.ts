import type { FailedCall, ProviderError } from "@modelyard/core";
import { failureKind, readFailure, toVendorError } from "@modelyard/transport";

/** Where OpenAI and Azure write their id of a call. */
export const requestIdHeaders = ["x-request-id", "apim-request-id"] as const;

/** A host's failure as one of ours, whichever shape of error body the host uses. */
export function toProviderError(call: FailedCall): ProviderError {
  const words = readFailure(call.body, call.now);
  return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders });
}
