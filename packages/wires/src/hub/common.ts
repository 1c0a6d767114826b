import type { JsonObject } from "@modelyard/core";

/** OpenAI's Chat Completions, OpenAI's Responses, Anthropic's Messages. */
export type WireName = "chat" | "responses" | "messages";

/** Fields that the hub does not interpret, by the wire they came from. The writer of that wire sends them again. */
export type Extra = Readonly<Partial<Record<WireName, JsonObject>>>;

/** Something a writer could not carry as it was. */
export interface Loss {
  /** Where, in the words of the wire it was read from, e.g. `tools[2].cache_control`. */
  readonly path: string;
  /**
   * - `dropped`: it is missing from what was written; the answer does not depend on it.
   * - `converted`: it was written as something that means nearly the same.
   * - `synthesised`: the target needs a value that the caller did not give.
   * - `refused`: it is missing, and the answer could be wrong without it: the request must not be sent.
   */
  readonly kind: "dropped" | "converted" | "synthesised" | "refused";
  /** One sentence for logs and headers. It never quotes a prompt. */
  readonly why: string;
}

/** What a writer made, and what it could not carry. */
export interface Written<Value> {
  readonly value: Value;
  readonly losses: readonly Loss[];
}

/** Asks the vendor to cache the prompt up to here. */
export interface CacheMark {
  /** As the caller wrote it: Anthropic knows `5m` and `1h`, OpenAI `30m` and `12h`. Not set: the vendor's default. */
  readonly ttl?: string;
  readonly extra?: Extra;
}

/** Bytes, or where they are. */
export type Source =
  | { readonly kind: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "url"; readonly url: string }
  /** An upload at one vendor's account. The id means nothing elsewhere. */
  | { readonly kind: "file"; readonly id: string }
  | { readonly kind: "text"; readonly text: string };

/** Data that only the vendor who made it can read, such as a signature. It is carried unchanged or not at all. */
export interface Opaque {
  readonly data: string;
  readonly madeBy: Origin;
}

/** Where opaque data was made. Fields that are not set are unknown. */
export interface Origin {
  readonly wire: WireName;
  readonly vendor?: string;
  readonly deployment?: string;
  readonly model?: string;
}
