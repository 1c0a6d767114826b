import type { JsonObject } from "./json.js";

/** What a block of an unknown type is called in messages. */
export function kindOf({ type }: JsonObject): string {
  return typeof type === "string" ? `content of the type ${type.slice(0, 60)}` : "this content";
}
