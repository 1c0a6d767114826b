import type Anthropic from "@anthropic-ai/sdk";
import type { ChatCompletion, ToolCall } from "@modelyard/core";
import type { AssistantMessage } from "@modelyard/core/kit";
import { jsonToolName } from "./convert-json-output.js";
import { convertUsage } from "./convert-usage.js";
import { mapStopReason } from "./map-stop-reason.js";

export interface AnswerOptions {
  /** Seconds since the epoch. */
  readonly created: number;
  /** Whether the answer is the input of the tool `json_answer`. */
  readonly answersByTool: boolean;
}

/** The collected contents of a message's blocks. */
interface Gathered {
  text: string;
  reasoning: string;
  json: string | undefined;
  readonly thinking: Anthropic.ContentBlock[];
  readonly calls: ToolCall[];
}

function gather(blocks: readonly Anthropic.ContentBlock[], answersByTool: boolean): Gathered {
  const gathered: Gathered = { text: "", reasoning: "", json: undefined, thinking: [], calls: [] };
  for (const block of blocks) {
    switch (block.type) {
      case "text":
        gathered.text += block.text;
        break;
      case "thinking":
        gathered.reasoning += block.thinking;
        gathered.thinking.push(block);
        break;
      case "redacted_thinking":
        gathered.thinking.push(block);
        break;
      case "tool_use": {
        const input = JSON.stringify(block.input ?? {});
        if (answersByTool && block.name === jsonToolName) gathered.json = input;
        else gathered.calls.push({ id: block.id, type: "function", function: { name: block.name, arguments: input } });
        break;
      }
      default:
      // Blocks of tools that run at Anthropic have no equivalent in OpenAI's answers.
    }
  }
  return gathered;
}

/** Converts Anthropic's message into a chat completion. */
export function convertAnswer(message: Anthropic.Message, { created, answersByTool }: AnswerOptions): ChatCompletion {
  const { text, reasoning, json, thinking, calls } = gather(message.content, answersByTool);
  const content = json ?? text;
  const reason = mapStopReason(message.stop_reason);
  const refusal = message.stop_reason === "refusal" ? message.stop_details?.explanation : undefined;
  const answer: AssistantMessage = {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    refusal: refusal ?? null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(thinking.length === 0 ? {} : { thinking_blocks: thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return {
    id: message.id,
    object: "chat.completion",
    created,
    model: message.model,
    choices: [
      {
        index: 0,
        message: answer,
        // OpenAI always sends it, and clients that were generated from its specification require it.
        logprobs: null,
        finish_reason: json !== undefined && reason === "tool_calls" ? "stop" : reason,
      },
    ],
    usage: convertUsage(message.usage),
  };
}
