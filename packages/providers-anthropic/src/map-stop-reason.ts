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

/** Anthropic's stop reason in OpenAI's words. A reason that is new goes on as it came: the router judges unknown words. */
export function mapStopReason(reason: string | null | undefined): FinishReason | null {
  if (reason == null) return null;
  return (finishReasons as Readonly<Record<string, FinishReason | undefined>>)[reason] ?? (reason as FinishReason);
}
