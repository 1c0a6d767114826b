import { isJsonObject } from "@modelyard/core/kit";
import type { Opaque, Origin, WireName } from "./hub/common.js";

/** Begins opaque data of another wire, followed by its origin in base64url, a dot, and the data. */
const prefix = "mdy1.";
const wires: ReadonlySet<unknown> = new Set<WireName>(["chat", "responses", "messages"]);

/** What kind of opaque data it is: a signature, encrypted reasoning, or redacted thinking. */
export type OpaqueKind = "sig" | "enc" | "red";

export interface Enveloped {
  readonly opaque: Opaque;
  readonly kind: OpaqueKind;
  /** The id of the reasoning item, which Responses wants back. */
  readonly itemId?: string;
}

/**
 * Opaque data as text that another wire can carry to the caller and back. {@link openEnvelope} restores it exactly.
 */
export function seal({ opaque, kind, itemId }: Enveloped): string {
  const { wire, vendor, deployment, model } = opaque.madeBy;
  const origin = JSON.stringify({ w: wire, v: vendor, d: deployment, m: model, k: kind, i: itemId });
  return `${prefix}${toBase64Url(origin)}.${opaque.data}`;
}

/** Whether a text is opaque data of another wire, as {@link seal} writes it. */
export function isSealed(text: unknown): boolean {
  return typeof text === "string" && text.startsWith(prefix);
}

/** What an envelope holds; `undefined`: the text is not an envelope. */
export function openEnvelope(text: string): Enveloped | undefined {
  if (!text.startsWith(prefix)) return openForeign(text);
  const end = text.indexOf(".", prefix.length);
  const origin = end < 0 ? undefined : parseOrigin(text.slice(prefix.length, end));
  if (origin === undefined) return undefined;
  return { ...origin, opaque: { data: text.slice(end + 1), madeBy: origin.madeBy } };
}

/**
 * The forms in which LiteLLM carries encrypted reasoning, so that conversations that began behind it go on.
 * Source: litellm 1.108.7.
 */
function openForeign(text: string): Enveloped | undefined {
  const data =
    /^litellm_encrypted_reasoning:(?<data>.+)$/su.exec(text) ?? /^litellm_enc:[^;]*;(?<data>.+)$/su.exec(text);
  if (data === null) return undefined;
  return { kind: "enc", opaque: { data: data.groups?.["data"] ?? "", madeBy: { wire: "responses" } } };
}

function parseOrigin(encoded: string): (Omit<Enveloped, "opaque"> & { readonly madeBy: Origin }) | undefined {
  try {
    const origin: unknown = JSON.parse(fromBase64Url(encoded));
    if (!isJsonObject(origin) || !wires.has(origin["w"]) || !isKind(origin["k"])) return undefined;
    const { w: wire, v: vendor, d: deployment, m: model, k: kind, i: itemId } = origin;
    return {
      kind,
      ...(typeof itemId === "string" ? { itemId } : {}),
      madeBy: {
        wire: wire as WireName,
        ...(typeof vendor === "string" ? { vendor } : {}),
        ...(typeof deployment === "string" ? { deployment } : {}),
        ...(typeof model === "string" ? { model } : {}),
      },
    };
  } catch {
    // Neither base64 nor JSON: somebody else's text that begins alike.
    return undefined;
  }
}

function isKind(kind: unknown): kind is OpaqueKind {
  return kind === "sig" || kind === "enc" || kind === "red";
}

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/[=]+$/u, "");
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0));
}
