import type { Target } from "../target.js";

/** What a deployment that speaks Responses takes. */
export interface ResponsesTarget extends Target {
  /** Whether the model thinks, so that its encrypted thoughts are asked for and sent back. */
  readonly reasoning: boolean;
  /** Whether it takes marks for its cache (OpenAI, from gpt-5.6 on). */
  readonly cacheMarks: boolean;
  /** Whether it takes `frequency_penalty` and `presence_penalty`, which only other hosts do. */
  readonly penalties: boolean;
}
