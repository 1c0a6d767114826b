import { isPublicHost } from "@modelyard/core/kit";
import { linearPattern } from "@modelyard/core/settings";

/** In characters. Addresses of APIs have a few dozen. */
const longestAddress = 2_048;
/** Lower ports belong to mail, remote logins and the like. Higher ports may belong to any API. */
const firstFreePort = 1_024;

/** An address that a client brought, as the URL parser understands it, so that what is checked is what is called. */
export interface ClientAddress {
  readonly url: URL;
  /** Scheme, host, port and path, without a slash at the end: what patterns are matched against. */
  readonly text: string;
}

/**
 * Reads an address. What does not belong in the address of an API is refused before anything is compared, since a
 * pattern sees characters in which the parser may see another host (`http://10.0.0.1\@api.example.com`).
 * @returns the address, or what is wrong with it, as text to follow the field's name
 */
export function readAddress(given: string): ClientAddress | string {
  if (given.length > longestAddress) return `is longer than ${String(longestAddress)} characters`;
  if (/[\p{C}\p{Z}]/u.test(given)) return "holds spaces or control characters";
  if (!/^https?:\/\/[^/]/iu.test(given) || !URL.canParse(given))
    return "is not a URL that begins with http:// or https://";
  if (/[\\?#]/u.test(given)) return "holds a backslash, a query or a fragment. Give scheme, host, port and path only";
  const url = new URL(given);
  if (/^[^/]*\/\/[^/]*@/u.test(given)) return "holds a user name or a password. Give scheme, host, port and path only";
  return { url, text: textOf(url) };
}

function textOf({ origin, pathname }: URL): string {
  return (origin + pathname).replace(/\/+$/u, "");
}

/** Why an address may not be called unless it is explicitly allowed. Follows the field's name in a message. */
export function notPublic({ url }: ClientAddress): string | undefined {
  if (!isPublicHost(url.hostname)) return "leads into a private network";
  return url.port !== "" && Number(url.port) < firstFreePort
    ? `names port ${url.port}, which is not one of an API`
    : undefined;
}

/** Patterns are compiled once for each entry of a deployment's settings. */
const compiled = new WeakMap<object, (text: string) => boolean>();

/** Whether a pattern covers an address from its first to its last character, with or without a slash at the end. */
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

/** Hosts that no pattern is meant for. A pattern that matches one of them does not name a host. */
const anybody = ["elsewhere.example.com", "elsewhere", "203.0.113.94", "[2001:db8::94]"];

/**
 * Whether the operator named the host. Then it may be a private one. A pattern that would match the same address at any
 * other host, such as `https?://[^/]+/v1`, does not name a host.
 */
export function namesHost(entry: { readonly apiBase: string }, { url }: ClientAddress): boolean {
  return anybody.every((host) => {
    const other = new URL(url);
    other.hostname = host;
    return !covers(entry, { url: other, text: textOf(other) });
  });
}
