import { sha256Hex } from "@modelyard/core/kit";
import type { LossList } from "./losses.js";

/** An identifier of Messages, which may be longer than OpenAI takes. @param longest - in characters */
export function shortIdentifier(identifier: string, longest: number, losses: LossList): string {
  if (identifier.length <= longest) return identifier;
  losses.converted("metadata.user_id", "It is longer than OpenAI takes; its SHA-256 is sent.");
  return sha256Hex(identifier);
}
