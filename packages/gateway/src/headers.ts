import type { CacheControls, CallOptions, Trail } from "@modelyard/core";
import { callerBounds, createError, systemRandom } from "@modelyard/core";
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

function seconds(request: GatewayRequest, name: string): number | undefined {
  const text = request.header(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0) {
    throw createError({
      kind: "bad_request",
      param: name,
      message: `The header ${name} must be a number of seconds above 0.`,
    });
  }
  return value * 1000;
}

function count(request: GatewayRequest, name: string): number | undefined {
  const text = request.header(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,4}$/u.test(text.trim())) {
    throw createError({ kind: "bad_request", param: name, message: `The header ${name} must be a whole number.` });
  }
  return Number(text);
}

/** HTTP's words for what `cache` says in a body. Those that say nothing about answers of a model are passed over. */
function cacheControls(request: GatewayRequest): CacheControls | undefined {
  const text = request.header("cache-control");
  if (text === undefined) return undefined;
  const directives = text.split(",").map((directive) => directive.trim().toLowerCase());
  const ages = directives.flatMap((directive) => {
    const age = /^(?:s-maxage|max-age)="?(?<seconds>\d{1,9})"?$/u.exec(directive)?.groups?.["seconds"];
    return age === undefined ? [] : [Number(age) * 1000];
  });
  const controls = {
    ...(directives.includes("no-cache") ? { noCache: true } : {}),
    ...(directives.includes("no-store") ? { noStore: true } : {}),
    ...(ages.length === 0 ? {} : { maxAgeMs: Math.min(...ages) }),
  };
  return Object.keys(controls).length === 0 ? undefined : controls;
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

function tagsIn(header: string): readonly string[] {
  const tags = header
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");
  const { listItems } = callerBounds;
  if (tags.length <= listItems) return tags;
  throw createError({
    kind: "bad_request",
    param: "x-litellm-tags",
    message: `The header x-litellm-tags has ${String(tags.length)} tags, more than the ${String(listItems)} that a request may have.`,
  });
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

/** Options that are being put together. */
export type OpenOptions = { -readonly [Key in keyof CallOptions]: CallOptions[Key] };

/**
 * What a client asks for in headers.
 * @param caller - partitions the response cache
 * @throws `bad_request` naming a header that cannot be read
 */
export function requestOptions(request: GatewayRequest, callId: string, caller: string | undefined): OpenOptions {
  const options: OpenOptions = {
    fromClient: true,
    cancellation: request.cancellation,
    callId,
  };
  if (caller !== undefined) options.caller = caller;
  const timeoutMs = seconds(request, "x-litellm-timeout");
  if (timeoutMs !== undefined) options.timeoutMs = timeoutMs;
  const streamTimeoutMs = seconds(request, "x-litellm-stream-timeout");
  if (streamTimeoutMs !== undefined) options.streamTimeoutMs = streamTimeoutMs;
  const numRetries = count(request, "x-litellm-num-retries");
  if (numRetries !== undefined) options.numRetries = numRetries;
  const cache = cacheControls(request);
  if (cache !== undefined) options.cache = cache;
  const tags = request.header("x-litellm-tags");
  if (tags !== undefined) options.tags = tagsIn(tags);
  return options;
}
