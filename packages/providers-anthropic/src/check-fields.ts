import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { Unsupported } from "./refuse.js";

type Field = keyof Anthropic.MessageCreateParams | keyof Anthropic.Beta.Messages.MessageCreateParams;

/** Fields that only Anthropic has. They are sent as they are. */
export const nativeFields = [
  "cache_control",
  "container",
  "context_management",
  "diagnostics",
  "fallbacks",
  "inference_geo",
  "mcp_servers",
  "speed",
] as const satisfies readonly Field[];

/** OpenAI's fields that have an equivalent, and Anthropic's that are merged with them. */
const translated =
  "model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k stop stop_sequences tools tool_choice " +
  "parallel_tool_calls response_format reasoning_effort thinking output_config user safety_identifier metadata service_tier n";

const known: ReadonlySet<string> = new Set([...translated.split(" "), ...nativeFields]);

/** Fields that do not change the answer. They are omitted and reported, never refused. */
const hints: ReadonlySet<string> = new Set(["prompt_cache_key", "prompt_cache_retention", "store"]);

/** Whether a field has the same effect as its absence. */
function isNeutral(field: string, value: unknown): boolean {
  switch (field) {
    case "frequency_penalty":
    case "presence_penalty":
    case "top_logprobs":
      return value === 0;
    case "best_of":
      return value === 1;
    case "logprobs":
    case "echo":
    case "store":
      return value === false;
    case "logit_bias":
      return isJsonObject(value) && Object.keys(value).length === 0;
    case "modalities":
      return Array.isArray(value) && value.length === 1 && value[0] === "text";
    case "suffix":
      return value === "";
    default:
      return false;
  }
}

/** Finds the fields for which Anthropic has no equivalent. */
export function checkFields(request: JsonObject, unsupported: Unsupported): void {
  const fields = Object.keys(request);
  // Loops with an iterator cost an object for each field until V8 has optimized the code.
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as string;
    const value = request[field];
    if (value == null || known.has(field) || isNeutral(field, value)) continue;
    if (hints.has(field)) unsupported.leaveOut(field);
    else unsupported.refuse(field);
  }
  if (typeof request["n"] === "number" && request["n"] > 1) unsupported.refuse("n", "one answer at a time");
}
