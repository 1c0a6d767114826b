import type { Target } from "../target.js";

/** What a deployment that speaks Chat Completions takes. */
export interface ChatTarget extends Target {
  /** Whether it knows the role `developer`. Others get `system`. */
  readonly developerRole: boolean;
  /** The field for the longest answer. Older hosts know only `max_tokens`. */
  readonly limitField: "max_completion_tokens" | "max_tokens";
  /** Whether it knows tools that take free text. Others get a function with one argument. */
  readonly customTools: boolean;
  /** Whether it takes marks for its cache (OpenAI, from gpt-5.6 on). */
  readonly cacheMarks: boolean;
  /** Number of stop sequences it takes. */
  readonly maxStops: number;
  /** Whether it takes `top_k`, which OpenAI does not have. */
  readonly topK: boolean;
  /** Whether it takes back what it thought, as `reasoning_content`. */
  readonly takesReasoning: boolean;
  /** Whether `stream_options.include_usage` may be sent. */
  readonly streamUsage: boolean;
  /** Whether the model takes `web_search_options`. */
  readonly webSearch: boolean;
}
