import {
  callerStatus,
  createProviderError,
  type ErrorKind,
  type HeaderReader,
  isJsonObject,
  kindOfStatus,
  parseRetryAfter,
  type ProviderError,
  scrub,
  type Secret,
} from "@modelyard/core";

export interface FailureInput {
  /** HTTP status; `undefined`: the failure came inside a 200. */
  readonly status: number | undefined;
  readonly header: HeaderReader;
  readonly body: string;
  readonly provider: string;
  readonly deploymentId: string;
  readonly secrets: readonly (Secret | undefined)[];
  readonly now: number;
}

/** Source: https://docs.anthropic.com/en/api/errors. */
const kinds: Readonly<Record<string, { readonly kind: ErrorKind; readonly status: number }>> = {
  invalid_request_error: { kind: "bad_request", status: 400 },
  authentication_error: { kind: "authentication", status: 401 },
  billing_error: { kind: "quota_exhausted", status: 402 },
  permission_error: { kind: "permission_denied", status: 403 },
  not_found_error: { kind: "not_found", status: 404 },
  request_too_large: { kind: "payload_too_large", status: 413 },
  rate_limit_error: { kind: "rate_limit", status: 429 },
  api_error: { kind: "internal_server", status: 500 },
  timeout_error: { kind: "timeout", status: 504 },
  overloaded_error: { kind: "overloaded", status: 529 },
};

/** Anthropic has one type for all bad requests; these wordings tell them apart. */
const wordings: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  {
    pattern:
      /prompt is too long|exceed(?:s|ed)? (?:the )?(?:model'?s? )?(?:maximum )?context|input length and `?max_tokens`? exceed/iu,
    kind: "context_window_exceeded",
  },
  { pattern: /content filtering policy|usage policy|blocked by content/iu, kind: "content_policy_violation" },
  { pattern: /credit balance is too low/iu, kind: "quota_exhausted" },
];

function read(body: string): {
  readonly type: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
} {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return {
      type: undefined,
      message: body.includes("<") ? undefined : body.trim().slice(0, 500),
      requestId: undefined,
    };
  }
  if (!isJsonObject(value)) return { type: undefined, message: undefined, requestId: undefined };
  const error = isJsonObject(value["error"]) ? value["error"] : value;
  const text = (field: unknown): string | undefined => (typeof field === "string" && field !== "" ? field : undefined);
  return { type: text(error["type"]), message: text(error["message"]), requestId: text(value["request_id"]) };
}

/** Anthropic's failure in our words, from status, type and, for bad requests, wording. */
export function toProviderError(input: FailureInput): ProviderError {
  const { status, header, provider, deploymentId, secrets, now } = input;
  const { type, message, requestId } = read(input.body);
  const row = kinds[type ?? ""];
  const byStatus = status === undefined ? (row?.kind ?? "api_error") : kindOfStatus(status);
  const shown = status ?? row?.status;
  const worded =
    shown === 400 || shown === 413 || shown === undefined
      ? wordings.find(({ pattern }) => pattern.test(message ?? ""))?.kind
      : undefined;
  const kind =
    worded ?? (byStatus === "bad_request" || byStatus === "internal_server" ? (row?.kind ?? byStatus) : byStatus);
  const retryAfterMs = parseRetryAfter(header, now);
  const id = requestId ?? header("request-id") ?? undefined;
  const said = message === undefined || message === "" ? "." : `: ${scrub(message, secrets)}`;
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: `${provider} answered ${shown === undefined ? "with an error" : String(shown)}${said}`,
    ...(shown === undefined || worded !== undefined ? {} : { status: callerStatus(shown) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: {
      ...(status === undefined ? {} : { status }),
      ...(type === undefined ? {} : { type: scrub(type, secrets, 100) }),
      ...(id === undefined ? {} : { requestId: scrub(id, secrets, 100) }),
    },
  });
}
