import type { Secret } from "@modelyard/core";
import { scrubName, type TransportResponse, type VendorAnswer } from "@modelyard/core/kit";
import { longestFailure } from "./body.js";

const limits = ["limit", "remaining", "reset"];

/** Headers of errors that clients read. Sources: the SDKs of the two vendors, and their pages on rate limits, 2026-11. */
const shown: readonly string[] = [
  "content-type",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  "request-id",
  "x-request-id",
  ...limits.flatMap((fact) => [`x-ratelimit-${fact}-requests`, `x-ratelimit-${fact}-tokens`]),
  ...["requests", "tokens", "input-tokens", "output-tokens"].flatMap((what) =>
    limits.map((fact) => `anthropic-ratelimit-${what}-${fact}`),
  ),
];
/** The longest such header, in characters. */
const longestHeader = 1_000;

/**
 * An error answer as the vendor sent it.
 * @returns `undefined` if its body contains a secret, or is too long: then it cannot be passed on as it is
 */
export function vendorAnswer(
  response: TransportResponse,
  body: string,
  secrets: readonly (Secret | undefined)[],
): VendorAnswer | undefined {
  if (response.status < 400 || scrubName(body, secrets, longestFailure) === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const name of shown) {
    const value = response.header(name);
    if (value !== undefined && scrubName(value, secrets, longestHeader) !== undefined) headers[name] = value;
  }
  return { status: response.status, headers, body };
}

/**
 * The data of an error event as the vendor sent it.
 * @returns `undefined` if it contains a secret, or is too long
 */
export function vendorEvent(
  { status }: TransportResponse,
  data: string,
  secrets: readonly (Secret | undefined)[],
): VendorAnswer | undefined {
  return scrubName(data, secrets, longestFailure) === undefined ? undefined : { status, headers: none, body: data };
}

const none: VendorAnswer["headers"] = Object.freeze({});
