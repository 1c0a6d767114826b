import { createError, systemRandom, type Trail } from "@modelyard/core";
import type { GatewayRequest } from "./http.js";

/** How a call went, under LiteLLM's names. */
export function trailHeaders(trail: Trail): Record<string, string> {
  const callId = headerSafe(trail.callId);
  const headers: Record<string, string> = {
    "x-litellm-call-id": callId,
    // Where OpenAI's clients look for it: `_request_id` of answers, `request_id` of errors.
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

const mostCharacters = 256;

/** Whether a header may hold the text as it is. Most are short: looking at each character is quicker than a pattern. */
function isOrdinary(text: string): boolean {
  if (text.length > mostCharacters) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** Names may hold anything; headers may not. */
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
