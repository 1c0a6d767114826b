import type { JsonObject } from "../json.js";
import type { Message } from "./write-messages.js";

/** What the calls in a conversation mean for the rest of its request. */
export interface CalledTools {
  /** Names of the tools that were called. Not set: none. */
  readonly called?: ReadonlySet<string>;
  /** Whether the last calls came without the thinking that led to them. */
  readonly isLost: boolean;
}

export function calledIn(messages: readonly Message[]): CalledTools {
  let called: Set<string> | undefined;
  let last: Message | undefined;
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const block of message.content) {
      if (block["type"] !== "tool_use") continue;
      (called ??= new Set()).add(String(block["name"]));
      last = message;
    }
  }
  if (called === undefined) return nothing;
  return { called, isLost: last?.content.some(isThinking) !== true };
}

const nothing: CalledTools = Object.freeze({ isLost: false });

function isThinking({ type }: JsonObject): boolean {
  return type === "thinking" || type === "redacted_thinking";
}
