import { isPublicHost } from "@modelyard/core/kit";
import { linearPattern } from "@modelyard/core/settings";

/** Limit for the length of an address, in characters. Addresses of APIs have a few dozen. */
const longestAddress = 2_048;
/** Lower ports belong to services such as mail and SSH. At higher ones, anything may be an API. */
const firstFreePort = 1_024;

/**
 * A client's address as the URL parser understands it, so that the address that is checked is the one that is called.
 */
export interface ClientAddress {
  readonly url: URL;
  /** Scheme, host, port and path without a trailing slash. Patterns are matched against this text. */
  readonly text: string;
}

/**
 * Parses an address. Anything unusual is refused before patterns are applied, because a pattern matches characters, in
 * which the URL parser may see a different host (`http://10.0.0.1\@api.example.com`).
 * @returns the address, or a text that says what is wrong with it and follows the field's name in a message
 */
export function readAddress(given: string): ClientAddress | string {
  if (given.length > longestAddress) return `is longer than ${String(longestAddress)} characters`;
  if (/[\p{C}\p{Z}]/u.test(given)) return "contains spaces or control characters";
  if (!/^https?:\/\/[^/]/iu.test(given) || !URL.canParse(given))
    return "is not a URL that begins with http:// or https://";
  if (/[\\?#]/u.test(given))
    return "contains a backslash, a query or a fragment. Send scheme, host, port and path only";
  const url = new URL(given);
  if (/^[^/]*\/\/[^/]*@/u.test(given))
    return "contains a user name or a password. Send scheme, host, port and path only";
  return { url, text: textOf(url) };
}

function textOf({ origin, pathname }: URL): string {
  return (origin + pathname).replace(/\/+$/u, "");
}

/** Why an address must be allowed explicitly. The text follows the field's name in a message. */
export function notPublic({ url }: ClientAddress): string | undefined {
  if (!isPublicHost(url.hostname)) return "leads into a private network";
  return url.port !== "" && Number(url.port) < firstFreePort
    ? `uses port ${url.port}, which does not belong to an API`
    : undefined;
}

/** Compiled patterns, so that each entry of a deployment's settings is compiled only once. */
const compiled = new WeakMap<object, (text: string) => boolean>();

/** Whether a pattern matches a whole address, with or without a trailing slash. */
export function covers(entry: { readonly apiBase: string }, { text }: ClientAddress): boolean {
  const pattern = patternOf(entry);
  return pattern(text) || pattern(`${text}/`);
}

function patternOf(entry: { readonly apiBase: string }): (text: string) => boolean {
  let pattern = compiled.get(entry);
  if (pattern === undefined) {
    pattern = linearPattern(entry.apiBase);
    compiled.set(entry, pattern);
  }
  return pattern;
}

/** Hosts that no pattern is meant for. A pattern that matches one of them does not restrict the host. */
const unrelatedHosts = ["elsewhere.example.com", "elsewhere", "203.0.113.94", "[2001:db8::94]"];

/**
 * Whether the operator's pattern names the host, which may then be a private one. A pattern that matches the same
 * address at any other host, such as `https?://[^/]+/v1`, does not name one.
 */
export function namesHost(entry: { readonly apiBase: string }, { url }: ClientAddress): boolean {
  return unrelatedHosts.every((host) => {
    const other = new URL(url);
    other.hostname = host;
    return !covers(entry, { url: other, text: textOf(other) });
  });
}
