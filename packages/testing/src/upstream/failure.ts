type Headers = Readonly<Record<string, string>>;

/** Failures that mean more than their status. */
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

/** How a vendor says that it failed. */
export interface VendorFailure {
  readonly status: number;
  /** JSON, or the page of whatever stands before the vendor. */
  readonly body: string;
  /** Content type, and what the vendor says about waiting. Lower-case names. */
  readonly headers: Headers;
}

/** One vendor's failures: its own words by name and by status. */
export interface FailureTable {
  readonly named: Readonly<Record<VendorFailureName, VendorFailure>>;
  /** The 429 says nothing of when to come again: behaviours and named failures do. */
  readonly byStatus: Readonly<Record<number, VendorFailure>>;
  /** For statuses that the vendor has no words for. */
  readonly other: (status: number) => VendorFailure;
}

export function jsonFailure(status: number, body: unknown, headers: Headers = {}): VendorFailure {
  return { status, body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
}

/** A sentence that says when to come again. */
const comeAgain = / Please (?:try again in|retry after) [\w. ]+?\.(?= |")/gu;

/** The same without a word of when to come again. */
export function patient({ status, body, headers }: VendorFailure): VendorFailure {
  const kept = Object.entries(headers).filter(([name]) => !/retry-after|ratelimit/u.test(name));
  return { status, body: body.replaceAll(comeAgain, ""), headers: Object.fromEntries(kept) };
}

/** The page of a proxy that stands before the vendor. */
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
