import type { ReasoningBlock } from "../hub/blocks.js";
import type { JsonObject } from "../json.js";

/**
 * Anthropic's thinking with its signature, as LiteLLM's callers get it, and send it back.
 * @returns `undefined` if the thinking has no signature, or another vendor's
 */
export function thinkingBlock({ text = "", redacted, opaque }: ReasoningBlock): JsonObject | undefined {
  if (opaque?.madeBy.wire !== "messages") return undefined;
  return redacted === true
    ? { type: "redacted_thinking", data: opaque.data }
    : { type: "thinking", thinking: text, signature: opaque.data };
}
