import { readFileSync } from "node:fs";
import type { WireName } from "../../src/index.js";
import type { JsonObject } from "../../src/json.js";

export interface Vector<Value> {
  readonly in: Value;
  readonly out: Value;
  readonly losses: readonly { readonly path: string; readonly kind: string }[];
}

/** A worked example in `test/vectors`. */
export function vector<Value = JsonObject>(name: string): Vector<Value> {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")) as Vector<Value>;
}

export const streamVectors: readonly (readonly [name: string, from: WireName, to: WireName])[] = [
  ["stream-messages-to-chat", "messages", "chat"],
  ["stream-chat-to-messages", "chat", "messages"],
  ["stream-responses-to-chat", "responses", "chat"],
  ["stream-chat-to-responses", "chat", "responses"],
  ["stream-responses-to-messages", "responses", "messages"],
];
