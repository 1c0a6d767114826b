import { JsonWriter } from "@modelyard/core/kit";

const encoder = new TextEncoder();

/**
 * Hashes JSON data, independent of the order of its keys. It works piece by piece and lets the event loop turn after
 * each one, because serializing and hashing 30 MB at once would delay all other requests for half a second.
 * @throws (rejects with) a `RangeError` for circular data
 */
export async function digestOf(value: unknown): Promise<string> {
  const writer = new JsonWriter(value, true);
  let hash = "";
  for (let piece = writer.next(); piece !== undefined; piece = writer.next())
    hash = hexOf(await crypto.subtle.digest("SHA-256", encoder.encode(hash + piece)));
  return hash;
}

export function hexOf(digest: ArrayBuffer): string {
  let hex = "";
  for (const byte of new Uint8Array(digest)) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
