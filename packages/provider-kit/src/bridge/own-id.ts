import type { JsonObject } from "@modelyard/core";
import { isJsonObject, systemRandom, translatedIdEnd } from "@modelyard/core/kit";

const longest = 28;

/**
 * An id that no other answer has: some hosts send the same one with every answer, or none, and clients merge answers with
 * equal ids into one. It contains the vendor's, with which its support can find the call.
 * @param now - milliseconds since the Unix epoch
 */
export function ownId(vendors: unknown, now: number): string {
  const unique = translatedIdEnd(now, systemRandom.id().replaceAll("-", ""));
  const bare = typeof vendors === "string" ? vendors.replace(/^(?:chatcmpl-|resp_|msg_)/u, "") : "";
  const known = bare.replaceAll(/[^\w-]/gu, "").slice(0, longest);
  return known === "" ? unique : `${known}_${unique}`;
}

/** An answer, or the first event of a stream, with an id of its own. Events of Messages and Responses have it one level deeper. */
export function withOwnId(value: JsonObject, now: number): JsonObject {
  const { message, response } = value;
  if (isJsonObject(response)) return { ...value, response: withOwnId(response, now) };
  if (isJsonObject(message) && value["type"] === "message_start") return { ...value, message: withOwnId(message, now) };
  return { ...value, id: ownId(value["id"], now) };
}
