import type { CallOptions, Trail } from "@modelyard/core";
import {
  type CacheControls,
  callerBounds,
  createError,
  type RequestHead,
  type SurfaceAnswer,
  systemRandom,
} from "@modelyard/core/kit";
import { type KindValues, rowsAt, type Settings } from "@modelyard/core/settings";
import type { GatewayRequest, GatewayResponse } from "./http.js";

const callIdHeader = "x-litellm-call-id";
const callIdForm = /^[\w.:-]{1,128}$/u;

/** The client's own id for its call if it is valid, else a new one. */
export function callIdOf(request: RequestHead | undefined): string {
  const callId = request?.header(callIdHeader);
  return callId !== undefined && callIdForm.test(callId) ? callId : systemRandom.id();
}

/** Whether the body of a request has to be decoded. */
export function isEncoded(request: GatewayRequest): boolean {
  const encoding = request.header("content-encoding");
  return encoding !== undefined && encoding !== "identity";
}

type Reader<Value> = (header: string, text: string) => Value;

function refused(header: string, problem: string): Error {
  return createError({ kind: "bad_request", param: header, message: `The header ${header} ${problem}` });
}

function seconds(header: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw refused(header, "must be a number of seconds above 0.");
  return value * 1000;
}

function count(header: string, text: string): number {
  if (!/^\d{1,4}$/u.test(text.trim())) throw refused(header, "must be a whole number.");
  return Number(text);
}

function texts(header: string, text: string): readonly string[] {
  const list = text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const { listItems } = callerBounds;
  if (list.length <= listItems) return list;
  throw refused(header, `has ${String(list.length)} tags, more than the ${String(listItems)} that a request may have.`);
}

/** The kinds of the options that have a header of their own. The excluded headers are read by separate functions. */
type PlainHeader<Row> = Row extends { readonly call: { readonly header: infer Header } }
  ? Exclude<Header, "cache-control" | typeof callIdHeader> extends never
    ? never
    : Row extends { readonly call: { readonly kind: infer Kind } }
      ? Kind
      : Row extends { readonly kind: infer Kind }
        ? Kind
        : never
  : never;

type HeaderKind = { [Name in keyof Settings]: PlainHeader<Settings[Name]> }[keyof Settings] & keyof KindValues;

/** How a header of each kind is read. The compiler reports a kind without a reader. */
const readers: { readonly [Kind in HeaderKind]: Reader<KindValues[Kind]> } = {
  count,
  callTimeLimit: seconds,
  text: (_, text) => text,
  texts,
};

interface OptionHeader {
  readonly name: string;
  readonly header: string;
  readonly read: Reader<unknown>;
}

const optionHeaders: readonly OptionHeader[] = rowsAt("call").flatMap(([name, { kind, call }]) => {
  const header = call?.header === callIdHeader ? undefined : call?.header;
  const read = readers[(call?.kind ?? kind) as HeaderKind] as Reader<unknown> | undefined;
  return header === undefined || read === undefined || name.includes(".") ? [] : [{ name, header, read }];
});

/** What `cache-control` says to the response cache. Directives that do not concern it are ignored. */
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

/** Options of a call while they are being collected. */
export type OpenOptions = { -readonly [Key in keyof CallOptions]: CallOptions[Key] };

/**
 * The options that a client sets with headers.
 * @param caller - partitions the response cache
 * @throws `bad_request` naming a header that cannot be read
 */
export function requestOptions(request: GatewayRequest, callId: string, caller: string | undefined): OpenOptions {
  const options: OpenOptions = { fromClient: true, cancellation: request.cancellation, callId };
  if (caller !== undefined) options.caller = caller;
  // By index, which saves 240 bytes per request (docs/internals.md, "Loops by index, getters instead of copies").
  for (let index = 0; index < optionHeaders.length; index += 1) {
    const row = optionHeaders[index] as OptionHeader;
    const text = request.header(row.header);
    if (text !== undefined) (options as Record<string, unknown>)[row.name] = row.read(row.header, text);
  }
  const cache = cacheControls(request);
  if (cache !== undefined) options.cache = cache;
  return options;
}

/** How a call went, under the names that LiteLLM uses for these headers. */
export function trailHeaders(trail: Trail): Record<string, string> {
  const callId = callIdForm.test(trail.callId) ? trail.callId : headerSafe(trail.callId);
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
  if (trail.vendorHeaders !== undefined) Object.assign(headers, trail.vendorHeaders);
  if (trail.cache !== "off") headers["x-modelyard-cache"] = headerSafe(trail.cache);
  if (trail.droppedParams.length > 0) headers["x-modelyard-dropped"] = droppedHeader(trail.droppedParams);
  return headers;
}

/** The longest list of dropped fields, in characters. The trail has all of them. */
const maxDropped = 1_024;

/** The paths of dropped fields, without the indexes of lists, each once: a long conversation may have one for each message. */
export function droppedHeader(paths: readonly string[]): string {
  let header = "";
  for (const path of new Set(paths.map((one) => one.replaceAll(/\[\d+\]/gu, "[]")))) {
    const next = `${header === "" ? "" : ", "}${headerSafe(path)}`;
    if (header.length + next.length > maxDropped - 5) return `${header}, ...`;
    header += next;
  }
  return header;
}

/** The trailer of a stream that other deployments continued: for each one, how it was asked to continue, and its id. */
export function continuedTrailer({ attempts }: Trail): Readonly<Record<string, string>> | undefined {
  let value = "";
  for (const { continues, deploymentId, outcome } of attempts)
    if (continues !== undefined && outcome === "success")
      value += `${value === "" ? "" : ", "}${continues} ${headerSafe(deploymentId)}`;
  return value === "" ? undefined : { "x-modelyard-continued": value };
}

const maxCharacters = 256;
const maxOrdinary = 1_000;
/** Strings that a header may contain unchanged. Names of groups and deployments recur with every call. */
const ordinary = new Set<string>();

/** Whether a header may contain the string unchanged, and the string is short. */
function isOrdinary(text: string): boolean {
  if (ordinary.has(text)) return true;
  if (text.length > maxCharacters || !/^[\u0020-\u007E]*$/u.test(text)) return false;
  if (ordinary.size >= maxOrdinary) ordinary.clear();
  ordinary.add(text);
  return true;
}

/** Names of groups and deployments may contain any character, headers may not. */
function headerSafe(text: string): string {
  return isOrdinary(text) ? text : text.slice(0, maxCharacters).replaceAll(/[^\u0020-\u007E]/gu, "?");
}

/** The headers that name a request, for logs and for people who ask about it. */
export function idHeaders(callId: string): Record<string, string> {
  return { "x-litellm-call-id": callId, "x-request-id": callId };
}

/** Headers of the answer to a call that failed before its first attempt. */
export function untriedHeaders(callId: string): Record<string, string> {
  return {
    ...idHeaders(callId),
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
  };
}

/** The server writes these headers itself. A second length, or that of another answer, would break the connection. */
export const framingHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);

/** What RFC 9110, section 5.5, allows, with one character for each byte. */
const headerValue = /^[\t\u0020-\u007E\u0080-\u00FF]*$/u;

export function isHeaderValue(value: string): boolean {
  return isOrdinary(value) || headerValue.test(value);
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
