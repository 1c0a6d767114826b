type Headers = Readonly<Record<string, string>>;

/** Names of failures that say more than their status. */
export const vendorFailureNames = [
  "context_window",
  "content_policy",
  "insufficient_quota",
  "model_not_found",
  "invalid_api_key",
  "rate_limit_requests",
  "rate_limit_tokens",
  "rate_limit_day",
  "server_error",
  "overloaded",
] as const;
export type VendorFailureName = (typeof vendorFailureNames)[number];

/** A vendor's response to a failed call. */
export interface VendorFailure {
  readonly status: number;
  /** JSON, or the HTML page of a proxy in front of the vendor. */
  readonly body: string;
  /** Content type and headers about waiting. Names are in lower case. */
  readonly headers: Headers;
}

/** One vendor's failures, by name and by status. */
export interface FailureTable {
  readonly named: Readonly<Record<VendorFailureName, VendorFailure>>;
  /** The 429 names no wait; behaviors and named failures do. */
  readonly byStatus: Readonly<Record<number, VendorFailure>>;
  /** For statuses that the vendor's documentation does not list. */
  readonly other: (status: number) => VendorFailure;
}

export function jsonFailure(status: number, body: unknown, headers: Headers = {}): VendorFailure {
  return { status, body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
}

/** The message of a 429 that names the wait. */
const comeAgain = / Please (?:try again in|retry after) [\w. ]+?\.(?= |")/gu;

/** The same without a wait. */
export function withoutWait({ status, body, headers }: VendorFailure): VendorFailure {
  const kept = Object.entries(headers).filter(([name]) => !/retry-after|ratelimit/u.test(name));
  return { status, body: body.replaceAll(comeAgain, ""), headers: Object.fromEntries(kept) };
}

/** The HTML page of a proxy in front of the vendor. */
export function pageFailure(status: number, title: string, server: string): VendorFailure {
  const heading = `${String(status)} ${title}`;
  const body = [
    "<html>",
    `<head><title>${heading}</title></head>`,
    "<body>",
    `<center><h1>${heading}</h1></center>`,
    `<hr><center>${server}</center>`,
    "</body>",
    "</html>",
    "",
  ].join("\r\n");
  return { status, body, headers: { "content-type": "text/html; charset=UTF-8" } };
}
