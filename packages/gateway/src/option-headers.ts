import { type CacheControls, type CallOptions, callerBounds, createError } from "@modelyard/core";
import { type KindValues, rowsAt, type Settings } from "@modelyard/core/settings";
import type { GatewayRequest } from "./http.js";

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

/** Headers that hold one option each; the others have readers of their own. */
type PlainHeader<Row> = Row extends { readonly call: { readonly header: infer Header } }
  ? Exclude<Header, "cache-control" | "x-litellm-call-id"> extends never
    ? never
    : Row extends { readonly call: { readonly kind: infer Kind } }
      ? Kind
      : Row extends { readonly kind: infer Kind }
        ? Kind
        : never
  : never;

type HeaderKind = { [Name in keyof Settings]: PlainHeader<Settings[Name]> }[keyof Settings] & keyof KindValues;

/** How a header of each kind is read; a kind that is added cannot be forgotten here. */
const readers: { readonly [Kind in HeaderKind]: Reader<KindValues[Kind]> } = { count, callTimeLimit: seconds, texts };

interface OptionHeader {
  readonly name: string;
  readonly header: string;
  readonly read: Reader<unknown>;
}

const optionHeaders: readonly OptionHeader[] = rowsAt("call").flatMap(([name, { kind, call }]) => {
  const header = call?.header;
  const read = readers[(call?.kind ?? kind) as HeaderKind] as Reader<unknown> | undefined;
  return header === undefined || read === undefined || name.includes(".") ? [] : [{ name, header, read }];
});

/** What `cache-control` asks of the response cache. Directives that do not concern it are ignored. */
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
 * What a client asks for in headers.
 * @param caller - partitions the response cache
 * @throws `bad_request` naming a header that cannot be read
 */
export function requestOptions(request: GatewayRequest, callId: string, caller: string | undefined): OpenOptions {
  const options: OpenOptions = { fromClient: true, cancellation: request.cancellation, callId };
  if (caller !== undefined) options.caller = caller;
  // By index: an iterator costs 240 bytes per request (bench/src/guard).
  for (let index = 0; index < optionHeaders.length; index += 1) {
    const row = optionHeaders[index] as OptionHeader;
    const text = request.header(row.header);
    if (text !== undefined) (options as Record<string, unknown>)[row.name] = row.read(row.header, text);
  }
  const cache = cacheControls(request);
  if (cache !== undefined) options.cache = cache;
  return options;
}
