import type { ErrorKind, ProviderError } from "@modelyard/core";
import type { FailedCall } from "@modelyard/core/kit";
import { failureKind, readFailure, toVendorError } from "@modelyard/provider-kit";

/** Source: https://platform.claude.com/docs/en/api/errors; the status is for errors inside an answer with the status 200. */
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

/** Causes that the status and the type do not distinguish. Source: the SDK's `ErrorDetails`. */
const codes: Readonly<Record<string, ErrorKind>> = {
  contract_spend_limit_reached: "quota_exhausted",
  enforced_spend_limit_reached: "quota_exhausted",
  linked_organization_billing_unavailable: "quota_exhausted",
  linked_organization_spend_limit_reached: "quota_exhausted",
  organization_on_hold: "permission_denied",
  cmek_key_disabled: "permission_denied",
  cmek_key_network_blocked: "permission_denied",
};

/** A 429 for a prompt that exceeds the window for which the account pays. Waiting does not help; shorter prompts do. */
const longContext = /extra usage is required for long context/iu;

/** The headers with the id of a call, from Anthropic and compatible hosts. */
export const requestIdHeaders = ["request-id", "x-request-id"] as const;

/** The kinds of statuses that can mean several things. For those, the type decides. */
const open: ReadonlySet<ErrorKind> = new Set(["bad_request", "internal_server", "api_error"]);

/** The error for a failure of Anthropic, or of a host with its API. */
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
