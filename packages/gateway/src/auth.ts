import type { RouterError, Secret } from "@modelyard/core";
import { createError, sha256Hex } from "@modelyard/core/kit";
import type { GatewayRequest } from "./http.js";

/** Whether two strings are equal, in a time that depends only on the length of the first. */
export function equalInConstantTime(presented: string, expected: string): boolean {
  let difference = presented.length ^ expected.length;
  for (let index = 0; index < presented.length; index += 1) {
    difference |= presented.charCodeAt(index) ^ expected.charCodeAt(index % Math.max(1, expected.length));
  }
  return difference === 0;
}

/** LiteLLM's own, for servers behind a proxy that uses the other headers itself. */
const ownHeader = "x-litellm-api-key";
const scheme = "bearer";
const bearer = /^bearer\s+\S+\s*$/iu;

/**
 * The credential a request presents: in LiteLLM's header, as a bearer token, or in a header of its surface.
 * @param keyHeader - the only header that may carry it, in lower case, with or without `Bearer`
 * @param keyHeaders - those of the surface
 */
export function presentedKey(
  request: GatewayRequest,
  keyHeader: string | undefined,
  keyHeaders: readonly string[],
): string | undefined {
  if (keyHeader !== undefined)
    return request
      .header(keyHeader)
      ?.replace(/^bearer\s+/iu, "")
      .trim();
  const own = request.header(ownHeader);
  if (own !== undefined) return own.replace(/^bearer\s+/iu, "").trim();
  const authorization = request.header("authorization");
  // `exec` would allocate an object per request. Other schemes may belong to a proxy on the way.
  if (authorization !== undefined && bearer.test(authorization)) return authorization.slice(scheme.length).trim();
  let key: string | undefined;
  for (let index = 0; key === undefined && index < keyHeaders.length; index += 1)
    key = request.header(keyHeaders[index] ?? "");
  return key;
}

/**
 * What a request presents besides the credential that counts first, for a client that sends two: the key of this server,
 * and a token of the vendor whose API it speaks.
 * @param keyHeader - as for {@link presentedKey}. If it is set, or if LiteLLM's header is there, nothing else counts
 */
export function otherKeys(
  request: GatewayRequest,
  keyHeader: string | undefined,
  keyHeaders: readonly string[],
): readonly string[] {
  if (keyHeader !== undefined || request.header(ownHeader) !== undefined) return [];
  return keyHeaders.flatMap((name) => request.header(name) ?? []);
}

/** Whether a request's credential is the master key. */
export type KeyCheck = (presented: string) => boolean;

/** Reveals the master key once, for all requests. It stays in a closure, which nothing prints. */
export function keyCheck(masterKey: Secret): KeyCheck {
  const expected = masterKey.reveal();
  return (presented) => equalInConstantTime(presented, expected);
}

/**
 * The error for a request without the master key. It names the headers that contained a wrong one, and those that may contain it.
 * @param keyHeader - as for {@link presentedKey}
 */
export function refusedKey(
  request: GatewayRequest,
  keyHeader: string | undefined,
  keyHeaders: readonly string[],
): RouterError {
  const accepted = keyHeader === undefined ? ["authorization", ...keyHeaders] : [keyHeader];
  const isOwn = keyHeader === undefined && request.header(ownHeader) !== undefined;
  const sent = isOwn ? [ownHeader] : accepted.filter((name) => hasKey(request.header(name), name, keyHeader));
  // A client that sent a key can send the right one in the same way.
  const ways = [...sent, ...accepted.filter((name) => !sent.includes(name))].map(wayOf);
  const listed = ways.length === 1 ? ways.join("") : `${ways.slice(0, -1).join(", ")} or ${ways.at(-1) ?? ""}`;
  return createError({ kind: "authentication", message: `${problemWith(sent)} Send it as ${listed}.` });
}

function hasKey(value: string | undefined, name: string, keyHeader: string | undefined): boolean {
  if (value === undefined) return false;
  return name !== "authorization" || keyHeader !== undefined || bearer.test(value);
}

function problemWith(sent: readonly string[]): string {
  if (sent.length === 0) return "No key was sent.";
  return sent.length === 1 ? `The key in ${sent.join("")} is not valid.` : `No key in ${sent.join(", ")} is valid.`;
}

function wayOf(header: string): string {
  return header === "authorization" ? '"Authorization: Bearer KEY"' : `"${header}: KEY"`;
}

/** Names callers without revealing their credentials. Keeps up to a thousand names, because hashing takes longer. */
export class Callers {
  readonly #names = new Map<string, string>();

  nameOf(presented: string | undefined): string {
    if (presented === undefined) return "anonymous";
    let name = this.#names.get(presented);
    if (name === undefined) {
      name = sha256Hex(presented);
      if (this.#names.size >= 1_000) this.#names.clear();
      this.#names.set(presented, name);
    }
    return name;
  }
}
