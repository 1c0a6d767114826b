import type { ErrorKind, ProviderError } from "@modelyard/core";
import type { FailedCall } from "@modelyard/core/kit";
import { failureKind, readFailure, toVendorError } from "@modelyard/provider-kit";

/** Source: https://platform.claude.com/docs/en/api/errors; the status is what an error inside a 200 would have had. */
const types: Readonly<Record<string, { readonly kind: ErrorKind; readonly status: number }>> = {
  invalid_request_error: { kind: "bad_request", status: 400 },
  authentication_error: { kind: "authentication", status: 401 },
  billing_error: { kind: "quota_exhausted", status: 402 },
  permission_error: { kind: "permission_denied", status: 403 },
  not_found_error: { kind: "not_found", status: 404 },
  conflict_error: { kind: "conflict", status: 409 },
  request_too_large: { kind: "payload_too_large", status: 413 },
  rate_limit_error: { kind: "rate_limit", status: 429 },
  api_error: { kind: "internal_server", status: 500 },
  timeout_error: { kind: "timeout", status: 504 },
  overloaded_error: { kind: "overloaded", status: 529 },
};

/** Causes that status and type do not tell. Source: the SDK's `ErrorDetails`. */
const codes: Readonly<Record<string, ErrorKind>> = {
  contract_spend_limit_reached: "quota_exhausted",
  enforced_spend_limit_reached: "quota_exhausted",
  linked_organization_billing_unavailable: "quota_exhausted",
  linked_organization_spend_limit_reached: "quota_exhausted",
  organization_on_hold: "permission_denied",
  cmek_key_disabled: "permission_denied",
  cmek_key_network_blocked: "permission_denied",
};

/** A 429 for a prompt above the window that the account pays for: others fit, and no wait makes this one. */
const longContext = /extra usage is required for long context/iu;

/** Where Anthropic, and hosts that speak its language, write their id of a call. */
export const requestIdHeaders = ["request-id", "x-request-id"] as const;

/** What a status leaves open is for the type to say. */
const open: ReadonlySet<ErrorKind> = new Set(["bad_request", "internal_server", "api_error"]);

/** Converts failures of Anthropic, and of hosts with its API, to our errors. */
export function toProviderError(call: FailedCall): ProviderError {
  const words = readFailure(call.body, call.now);
  const typed = types[words.type ?? ""];
  const kind = longContext.test(words.message ?? "")
    ? "context_window_exceeded"
    : failureKind(call.status ?? typed?.status, words, codes);
  return toVendorError(call, {
    kind: open.has(kind) ? (typed?.kind ?? kind) : kind,
    words,
    requestIdHeaders,
    status: typed?.status,
  });
}
