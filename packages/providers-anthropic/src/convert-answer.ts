import type Anthropic from "@anthropic-ai/sdk";
import type { ChatCompletion, FinishReason, ToolCall, Usage } from "@modelyard/core";

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** Anthropic's stop reason in OpenAI's words; what is new to us counts as a stop. */
export function finishReason(reason: string | null | undefined): FinishReason | null {
  return reason == null ? null : (finishReasons[reason] ?? "stop");
}

type Counts = Partial<
  Pick<Anthropic.Usage, "input_tokens" | "output_tokens" | "cache_creation_input_tokens" | "cache_read_input_tokens">
>;

/** Anthropic counts cached tokens apart; OpenAI counts them in. */
export function convertUsage(usage: Counts): Usage {
  const cached = usage.cache_read_input_tokens ?? 0;
  const created = usage.cache_creation_input_tokens ?? 0;
  const prompt = (usage.input_tokens ?? 0) + cached + created;
  const completion = usage.output_tokens ?? 0;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_creation_tokens: created },
  };
}

/** A message of Anthropic's as a chat completion. */
export function convertAnswer(message: Anthropic.Message, created: number): ChatCompletion {
  let text = "";
  let reasoning = "";
  const thinking: unknown[] = [];
  const calls: ToolCall[] = [];
  for (const block of message.content) {
    if (block.type === "text") text += block.text;
    else if (block.type === "thinking") {
      reasoning += block.thinking;
      thinking.push(block);
    } else if (block.type === "redacted_thinking") thinking.push(block);
    else if (block.type === "tool_use") {
      calls.push({
        id: block.id,
        type: "function",
        function: { name: block.name, arguments: JSON.stringify(block.input) },
      });
    }
  }
  return {
    id: message.id,
    object: "chat.completion",
    created,
    model: message.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && calls.length > 0 ? null : text,
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: finishReason(message.stop_reason),
      },
    ],
    usage: convertUsage(message.usage),
  };
}
