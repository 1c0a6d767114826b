import type { Secret } from "@modelyard/core";
import { headerValueProblem, scrubName, type TransportResponse, type VendorAnswer } from "@modelyard/core/kit";
import { longestFailure } from "./body.js";

const limits = ["limit", "remaining", "reset"];

/** Headers of answers that clients read. Sources: the SDKs of the two vendors, and their pages on rate limits, 2026-11. */
const inAnswers: readonly string[] = [
  "request-id",
  "x-request-id",
  ...limits.flatMap((fact) => [`x-ratelimit-${fact}-requests`, `x-ratelimit-${fact}-tokens`]),
  ...["requests", "tokens", "input-tokens", "output-tokens"].flatMap((what) =>
    limits.map((fact) => `anthropic-ratelimit-${what}-${fact}`),
  ),
];
/** The same of errors. */
const inErrors: readonly string[] = ["content-type", "retry-after", "retry-after-ms", "x-should-retry", ...inAnswers];
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
  return { status: response.status, headers: headersOf(response, inErrors, secrets), body };
}

/**
 * The headers of a good answer that the vendor's own clients read. Those that contain a secret are left out.
 * @param exchange - is only asked for its secrets if a value could contain one
 */
export function vendorHeaders(
  response: TransportResponse,
  exchange: { secrets(): readonly (Secret | undefined)[] },
): VendorAnswer["headers"] | undefined {
  let headers: Record<string, string> | undefined;
  for (let index = 0; index < inAnswers.length; index += 1) {
    const name = inAnswers[index] as string;
    const value = response.header(name);
    if (value === undefined) continue;
    if (isAmount(value) || isShowable(value, exchange.secrets())) (headers ??= {})[name] = value;
  }
  return headers;
}

const longestAmount = 40;

/** Whether a value consists of what counts, dates and durations are written with, such as `49`, `6m0s` or `2026-11-30T12:00:00Z`. */
function isAmount(value: string): boolean {
  return value.length <= longestAmount && /^[\d.:TZ+smh-]*$/u.test(value);
}

function isShowable(value: string, secrets: readonly (Secret | undefined)[]): boolean {
  return headerValueProblem(value) === undefined && scrubName(value, secrets, longestHeader) !== undefined;
}

function headersOf(
  response: TransportResponse,
  names: readonly string[],
  secrets: readonly (Secret | undefined)[],
): VendorAnswer["headers"] {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = response.header(name);
    if (value !== undefined && isShowable(value, secrets)) headers[name] = value;
  }
  return headers;
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
