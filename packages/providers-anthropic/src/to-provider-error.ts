import {
  callerStatus,
  createProviderError,
  type ErrorKind,
  type FailedCall,
  isJsonObject,
  kindOfStatus,
  parseRetryAfter,
  type ProviderError,
  scrub,
} from "@modelyard/core";

interface Vendor {
  readonly type: string | undefined;
  /** `error.details.error_code`: names the cause where there is one. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
}

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

/** Anthropic has one type for all bad requests; these wordings tell them apart. */
const wordings: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  {
    pattern:
      /(?:prompt|input) is too long|exceed(?:s|ed)? (?:the )?(?:model'?s? )?(?:maximum )?context|prompt: length/iu,
    kind: "context_window_exceeded",
  },
  { pattern: /content filtering policy|usage policy|blocked by content/iu, kind: "content_policy_violation" },
  {
    pattern: /credit balance is too low|reached your specified (?:API )?(?:workspace )?usage limits/iu,
    kind: "quota_exhausted",
  },
  { pattern: /organization has been disabled|credential is only authorized/iu, kind: "permission_denied" },
];

/** Of a vendor's text so many characters are looked at: patterns take their time over long ones. */
const longestText = 8_000;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, longestText) : undefined;
}

/** What a person can read of a body that is no JSON: a short text, or a page's title. */
function readable(body: string): string | undefined {
  const title = /<title[^<>]*>(?<title>[^<]*)<\/title>/iu.exec(body)?.groups?.["title"];
  if (title !== undefined) return text(title.trim());
  return body.includes("<") ? undefined : text(body.trim().slice(0, 500));
}

function read(body: string): Vendor {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { type: undefined, code: undefined, message: readable(body), requestId: undefined };
  }
  if (!isJsonObject(value)) return { type: undefined, code: undefined, message: text(value), requestId: undefined };
  const error = isJsonObject(value["error"]) ? value["error"] : value;
  const details = isJsonObject(error["details"]) ? error["details"] : {};
  return {
    type: text(error["type"]),
    code: text(details["error_code"]),
    message: text(error["message"]) ?? text(value["error"]) ?? text(value["message"]),
    requestId: text(value["request_id"]),
  };
}

function kindOf(status: number | undefined, { type, code, message }: Vendor): ErrorKind {
  const coded = codes[code ?? ""];
  if (coded !== undefined) return coded;
  const typed = types[type ?? ""];
  const shown = status ?? typed?.status;
  if (shown === undefined || shown === 400 || shown === 403 || shown === 413) {
    const worded = wordings.find(({ pattern }) => pattern.test(message ?? ""));
    if (worded !== undefined) return worded.kind;
  }
  if (status === undefined) return typed?.kind ?? "api_error";
  const byStatus = kindOfStatus(status);
  return byStatus === "bad_request" || byStatus === "internal_server" ? (typed?.kind ?? byStatus) : byStatus;
}

/** Anthropic's failure in our words, from code, status, type and, for bad requests, wording. */
export function toProviderError(input: FailedCall): ProviderError {
  const { status, header, provider, deploymentId, secrets, now } = input;
  const vendor = read(input.body);
  const kind = kindOf(status, vendor);
  const shown = status ?? types[vendor.type ?? ""]?.status;
  const plain = kind === "bad_request" || kindOfStatus(shown ?? 0) === kind;
  const retryAfterMs = parseRetryAfter(header, now);
  const requestId = vendor.requestId ?? text(header("request-id"));
  const said = vendor.message === undefined ? "." : `: ${scrub(vendor.message, secrets)}`;
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: `${provider} answered ${shown === undefined ? "with an error" : String(shown)}${said}`,
    // Where the kind says more than the status, the kind's own status says it to callers.
    ...(shown === undefined || !plain ? {} : { status: callerStatus(shown) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: {
      ...(status === undefined ? {} : { status }),
      ...(vendor.code === undefined ? {} : { code: scrub(vendor.code, secrets, 100) }),
      ...(vendor.type === undefined ? {} : { type: scrub(vendor.type, secrets, 100) }),
      ...(requestId === undefined ? {} : { requestId: scrub(requestId, secrets, 100) }),
    },
  });
}
