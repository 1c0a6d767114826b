import { createError, type SurfaceAnswer, systemRandom, type Trail } from "@modelyard/core";
import type { GatewayRequest, GatewayResponse } from "./http.js";

/** How a call went, in headers named as LiteLLM names them. */
export function trailHeaders(trail: Trail): Record<string, string> {
  const callId = headerSafe(trail.callId);
  const headers: Record<string, string> = {
    "x-litellm-call-id": callId,
    // OpenAI's clients show it as `_request_id` of answers and `request_id` of errors.
    "x-request-id": callId,
    "x-litellm-model-group": headerSafe(trail.modelGroup),
    "x-litellm-attempted-retries": String(trail.retries),
    "x-litellm-attempted-fallbacks": String(trail.fallbacks),
  };
  if (trail.deploymentId !== undefined) headers["x-litellm-model-id"] = headerSafe(trail.deploymentId);
  if (trail.costUsd !== undefined) headers["x-litellm-response-cost"] = String(trail.costUsd);
  if (trail.cacheKey !== undefined) headers["x-litellm-cache-key"] = headerSafe(trail.cacheKey);
  if (trail.cappedParams !== undefined && trail.cappedParams.length > 0)
    headers["x-modelyard-capped"] = headerSafe(trail.cappedParams.join(", "));
  if (trail.cache !== "off") headers["x-modelyard-cache"] = headerSafe(trail.cache);
  if (trail.droppedParams.length > 0) headers["x-modelyard-dropped"] = headerSafe(trail.droppedParams.join(", "));
  return headers;
}

/** The header after a stream that other deployments continued: how each was asked, and which it is. */
export function continuedTrailer({ attempts }: Trail): Readonly<Record<string, string>> | undefined {
  let value = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== undefined && outcome === "success")
      value += `${value === "" ? "" : ", "}${continues} ${headerSafe(deploymentId)}`;
  return value === "" ? undefined : { "x-modelyard-continued": value };
}

const mostCharacters = 256;

/** Whether a header may hold the string as it is. Most are short, and a loop is quicker than a pattern there. */
function isOrdinary(text: string): boolean {
  if (text.length > mostCharacters) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Names of groups and deployments may hold any character, headers may not. */
function headerSafe(text: string): string {
  return isOrdinary(text) ? text : text.slice(0, mostCharacters).replaceAll(/[^\u0020-\u007E]/gu, "?");
}

/** Headers of an answer to a request that was never tried. */
export function untriedHeaders(callId: string): Record<string, string> {
  return {
    "x-litellm-call-id": callId,
    "x-request-id": callId,
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
  };
}

/** The client's own id for its call if it is valid, else a new one. */
export function callIdOf(request: GatewayRequest): string {
  const callId = request.header("x-litellm-call-id");
  return callId !== undefined && /^[\w.:-]{1,128}$/u.test(callId) ? callId : systemRandom.id();
}

/** @throws 415 for a body that is compressed */
export function refuseEncoded(request: GatewayRequest): void {
  const encoding = request.header("content-encoding");
  if (encoding === undefined || encoding === "identity") return;
  throw createError({
    kind: "bad_request",
    status: 415,
    code: "unsupported_encoding",
    message: `Content-Encoding ${encoding.slice(0, 40)} is not supported. Send the body uncompressed.`,
  });
}

/** Framing belongs to the server: two lengths, or the length of another host's answer, break the connection. */
export const framingHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);

/** RFC 9110, section 5.5, in characters that stand for bytes. */
const headerValue = /^[\t\u0020-\u007E\u0080-\u00FF]*$/u;

export function isHeaderValue(value: string): boolean {
  return headerValue.test(value);
}

export function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}

/**
 * A surface's answer with the gateway's headers; the surface's own win.
 * @param headers - becomes those of the answer
 * @throws Error for what HTTP does not allow
 */
export function withHeaders(
  { status, headers: own, body }: SurfaceAnswer,
  headers: Record<string, string>,
): GatewayResponse {
  if (!isStatus(status))
    throw new RangeError(`A surface wrote the status ${String(status)}. It must be one of 200 to 599.`);
  for (const name in own) {
    const value = own[name];
    if (value === undefined || framingHeaders.has(name)) continue;
    if (!isHeaderValue(value)) throw new TypeError(`A surface wrote a header "${name}" that HTTP does not allow.`);
    headers[name] = value;
  }
  return { status, headers, body };
}
