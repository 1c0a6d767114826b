import type { JsonObject } from "../json.js";
import type { Target } from "../target.js";

/** What a model takes; Anthropic answers 400 to the rest. */
export interface ModelTraits {
  /** Whether `temperature`, `top_p` and `top_k` may differ from their defaults. */
  readonly sampling: boolean;
  /** Whether `temperature` and `top_p` may come together. */
  readonly temperatureWithTopP: boolean;
  /** `budget`: a number of tokens; `adaptive`: the model decides, guided by an effort. */
  readonly thinking: "none" | "budget" | "adaptive";
  /** Whether it takes a budget, which the first adaptive models do, too. @defaultValue whether `thinking` is `budget` */
  readonly thinkingBudget?: boolean;
  /** Whether thinking cannot be switched off. */
  readonly alwaysThinks: boolean;
  /** Whether the effort `xhigh` exists. */
  readonly xhigh: boolean;
  /** Whether a tool can be forced. */
  readonly forcedTools: boolean;
  /** Whether answers can be held to a JSON schema. */
  readonly jsonSchema: boolean;
}

/**
 * The first API version that refuses sampling parameters, even at their defaults, documents of the model and citations
 * of the user.
 */
export const strictVersion = "2026-10-21";

/** What a deployment that speaks Messages takes. */
export interface MessagesTarget extends Target {
  readonly traits: ModelTraits;
  /** The header `anthropic-version`. @see strictVersion */
  readonly apiVersion: string;
  /** Tokens of the answer where the request sets no limit, without thinking. */
  readonly maxTokens: number;
  /** The most tokens that the model writes, thinking included. Not set: unknown. */
  readonly longestAnswer?: number;
  /**
   * Whether a request with a `prompt_cache_key`, which has no counterpart here, gets marks for the cache instead.
   * @defaultValue false
   */
  readonly marksByKey?: boolean;
  /** Whether the model may go on thinking between calls of tools, so that a budget may exceed the limit of one answer. @defaultValue false */
  readonly interleaved?: boolean;
  /** Whether messages of the system may stand between others. Elsewhere the next message of the user begins with them. */
  readonly systemTurns: boolean;
  /** Turns a JSON Schema into one that the vendor takes. */
  fitSchema(schema: JsonObject): JsonObject;
}
