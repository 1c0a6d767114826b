import type Anthropic from "@anthropic-ai/sdk";
import type { FinishReason } from "@modelyard/core";

const finishReasons: Readonly<Record<Anthropic.StopReason, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

const ordinary: ReadonlySet<string> = new Set(["stop", "length", "tool_calls"]);

/** Whether a stop reason may mean that the call failed. If so, the content before it must not be lost. */
export function endsOddly(reason: string | null | undefined): boolean {
  const mapped = mapStopReason(reason);
  return mapped !== null && !ordinary.has(mapped);
}

/** OpenAI's finish reason for Anthropic's stop reason. Unknown reasons are passed on, since the router judges them. */
export function mapStopReason(reason: string | null | undefined): FinishReason | null {
  if (typeof reason !== "string") return null;
  return Object.hasOwn(finishReasons, reason)
    ? finishReasons[reason as Anthropic.StopReason]
    : (reason as FinishReason);
}
