import type { JsonObject } from "@modelyard/core";
import { type LazyText, nextTurn } from "@modelyard/core/kit";

/**
 * Longer bodies, in bytes, are decoded in one turn of the event loop and parsed in another: each takes milliseconds.
 */
const longBody = 256 * 1024;

export function isLongText({ bytes }: LazyText): boolean {
  return bytes !== undefined && bytes.length > longBody;
}

/** Parses a long body again, in several turns of the event loop. */
export async function parseLong(body: LazyText): Promise<JsonObject> {
  await nextTurn();
  const text = await (body.textInTurns?.() ?? body.text());
  await nextTurn();
  const request = JSON.parse(text) as JsonObject;
  await nextTurn();
  return request;
}
