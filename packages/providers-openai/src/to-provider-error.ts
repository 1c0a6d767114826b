import {
  callerStatus,
  createProviderError,
  type ErrorKind,
  type FailedCall,
  isJsonObject,
  type JsonObject,
  kindOfStatus,
  parseRetryAfter,
  type ProviderError,
  scrub,
} from "@modelyard/core";

interface Vendor {
  readonly message: string | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly status: number | undefined;
}

const nothing: Vendor = { message: undefined, code: undefined, type: undefined, param: undefined, status: undefined };

/** Of a vendor's text so many characters are looked at: patterns take their time over long ones. */
const longestText = 8_000;

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, longestText) : undefined;
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/u.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

function read(fields: JsonObject): Vendor {
  const inner = isJsonObject(fields["innererror"]) ? fields["innererror"] : undefined;
  const innerCode = text(inner?.["code"]);
  return {
    message: text(fields["message"]) ?? text(fields["detail"]) ?? text(fields["error"]) ?? text(fields["title"]),
    code: innerCode === "ResponsibleAIPolicyViolation" ? "content_filter" : text(fields["code"]),
    type: text(fields["type"]),
    param: text(fields["param"]),
    status: statusOf(fields["status"]) ?? statusOf(fields["code"]) ?? statusOf(fields["status_code"]),
  };
}

/** An error body in any of the shapes that OpenAI-compatible hosts use. */
function vendorOf(body: string): Vendor {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ...nothing, message: readable(body) };
  }
  const found: unknown = Array.isArray(value) ? (value as readonly unknown[])[0] : value;
  if (!isJsonObject(found)) return { ...nothing, message: text(found) };
  if (isJsonObject(found["error"])) return read(found["error"]);
  if (Array.isArray(found["detail"])) return { ...nothing, message: text(JSON.stringify(found["detail"])) };
  return read(found);
}

/** What a person can read of a body that is no JSON: a short text, or a page's title. */
function readable(body: string): string | undefined {
  const title = /<title[^<>]*>(?<title>[^<]*)<\/title>/iu.exec(body)?.groups?.["title"];
  if (title !== undefined) return text(title.trim());
  return body.includes("<") ? undefined : text(body.trim().slice(0, 500));
}

const codes: Readonly<Record<string, ErrorKind>> = {
  context_length_exceeded: "context_window_exceeded",
  string_above_max_length: "context_window_exceeded",
  content_filter: "content_policy_violation",
  content_policy_violation: "content_policy_violation",
  moderation_blocked: "content_policy_violation",
  insufficient_quota: "quota_exhausted",
  billing_hard_limit_reached: "quota_exhausted",
  billing_not_active: "quota_exhausted",
  account_deactivated: "permission_denied",
  invalid_api_key: "authentication",
  rate_limit_exceeded: "rate_limit",
  rate_limit_error: "rate_limit",
  model_not_found: "not_found",
  server_error: "internal_server",
  overloaded_error: "overloaded",
  engine_overloaded: "overloaded",
};

/** Where vendors have no code for it, their documented wordings. */
const wordings: readonly { readonly pattern: RegExp; readonly kind: ErrorKind }[] = [
  {
    pattern:
      /maximum context length|context[ _](?:length|window)[^.]{0,40}(?:exceed|too)|(?:prompt|input)(?: tokens?)?(?: is| are)? too (?:long|large)|exceeds? the (?:model'?s? )?(?:maximum )?(?:context|number of tokens)|reduce the length of|longer than the (?:model'?s? context|maximum model length)|maximum prompt length|too many tokens for|exceeds? the available context|`?inputs`? tokens \+ `?max_new_tokens/iu,
    kind: "context_window_exceeded",
  },
  {
    pattern:
      /content management policy|content[ _]filter(?:ing)?|safety system|usage polic(?:y|ies)|flagged (?:as|by|for)|violat\w* (?:our|the|openai'?s?) [\w ]{0,30}polic|SAFETY_CHECK/iu,
    kind: "content_policy_violation",
  },
];

function kindOf(status: number | undefined, vendor: Vendor): ErrorKind {
  const own = status ?? vendor.status;
  const named = codes[vendor.code ?? ""] ?? codes[vendor.type ?? ""];
  const clientFault = own === undefined || own === 400 || own === 403 || own === 413 || own === 422 || own === 500;
  if (clientFault && vendor.message !== undefined && (named === undefined || named === "internal_server")) {
    const worded = wordings.find(({ pattern }) => pattern.test(vendor.message ?? ""));
    if (worded !== undefined && (own !== 500 || worded.kind === "context_window_exceeded")) return worded.kind;
  }
  // A vendor that says "server_error" with a status of the 400s means what its status says.
  const vague = named === "internal_server" && own !== undefined;
  if (named !== undefined && !vague && (own === undefined || own < 500 || named === "overloaded")) return named;
  if (
    own === 429 &&
    /exceeded your (?:current )?quota|insufficient (?:balance|funds|quota)|credit balance/iu.test(vendor.message ?? "")
  ) {
    return "quota_exhausted";
  }
  return own === undefined ? "api_error" : kindOfStatus(own);
}

/** A vendor's failure in our words: kind from status, code and type, and where those do not say, from the wording. */
export function toProviderError(input: FailedCall): ProviderError {
  const { status, header, body, provider, deploymentId, secrets, now } = input;
  const vendor = vendorOf(body);
  const kind = kindOf(status, vendor);
  const said = vendor.message === undefined ? "" : `: ${scrub(vendor.message, secrets)}`;
  const shown = status ?? vendor.status;
  const retryAfterMs = parseRetryAfter(header, now);
  const requestId = text(header("x-request-id")) ?? text(header("apim-request-id"));
  return createProviderError({
    kind,
    provider,
    deploymentId,
    message: `${provider} answered ${shown === undefined ? "with an error" : String(shown)}${said === "" ? "." : said}`,
    ...(shown === undefined || kind === "context_window_exceeded" || kind === "content_policy_violation"
      ? {}
      : { status: callerStatus(shown) }),
    ...(vendor.code === undefined ? {} : { code: scrub(vendor.code, secrets, 100) }),
    ...(vendor.param === undefined ? {} : { param: scrub(vendor.param, secrets, 200) }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    upstream: {
      ...(status === undefined ? {} : { status }),
      ...(vendor.code === undefined ? {} : { code: scrub(vendor.code, secrets, 100) }),
      ...(vendor.type === undefined ? {} : { type: scrub(vendor.type, secrets, 100) }),
      ...(requestId === undefined ? {} : { requestId: scrub(requestId, secrets, 100) }),
    },
  });
}
