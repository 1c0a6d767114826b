import { sha256Hex } from "@modelyard/core/kit";
import type { LossList } from "./losses.js";

/** Longest `safety_identifier` and `user`, in characters. */
const longestIdentifier = 64;

/** An identifier of Messages, which may be longer than OpenAI takes. */
export function shortIdentifier(identifier: string, losses: LossList): string {
  if (identifier.length <= longestIdentifier) return identifier;
  losses.converted("metadata.user_id", "It is longer than OpenAI takes; its SHA-256 is sent.");
  return sha256Hex(identifier);
}
