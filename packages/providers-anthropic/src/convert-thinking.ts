import type Anthropic from "@anthropic-ai/sdk";
import { isJsonObject, type JsonObject } from "@modelyard/core";
import type { ModelTraits } from "./model-traits.js";
import { badRequest, type Unsupported } from "./refuse.js";

export interface Thinking {
  readonly config: Anthropic.ThinkingConfigParam | undefined;
  readonly effort: Anthropic.OutputConfig["effort"];
  /** Tokens of thinking, on top of the answer's, where the request sets no limit. */
  readonly extraTokens: number;
}

export interface ThinkingRules {
  readonly traits: ModelTraits;
  /** Most tokens, thinking included, as the request says. */
  readonly maxTokens: number | undefined;
  /** Whether the request forces a tool: then Anthropic lets nobody think. */
  readonly forcesTool: boolean;
  /** Whether the last tool calls came without the thinking that led to them: then a budget is refused. */
  readonly thinkingIsLost: boolean;
}

const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
/** Anthropic's smallest. */
const leastBudget = 1_024;
const nothing: Thinking = { config: undefined, effort: undefined, extraTokens: 0 };

function adaptive(effort: string, { traits, forcesTool }: ThinkingRules): Thinking {
  const level =
    effort === "none" || effort === "minimal" ? "low" : effort === "xhigh" && !traits.xhigh ? "high" : effort;
  return {
    // Some of these models cannot be told not to think: `none` is as little as they can.
    config: effort === "none" || forcesTool ? undefined : { type: "adaptive" },
    effort: level as Anthropic.OutputConfig["effort"],
    extraTokens: effort === "none" ? 0 : (budgets[effort] ?? 0),
  };
}

/** `reasoning_effort` as a budget or an effort; `thinking`, Anthropic's own, wins and is sent as it is. */
export function convertThinking(request: JsonObject, rules: ThinkingRules, unsupported: Unsupported): Thinking {
  const own = request["thinking"];
  const effort = request["reasoning_effort"];
  const { traits, maxTokens, forcesTool, thinkingIsLost } = rules;
  if (effort != null && effort !== "none" && (typeof effort !== "string" || budgets[effort] === undefined))
    throw badRequest("reasoning_effort", `reasoning_effort must be none, ${Object.keys(budgets).join(", ")}.`);
  if (isJsonObject(own)) {
    const config = own as unknown as Anthropic.ThinkingConfigParam;
    const level = traits.thinking === "adaptive" && effort != null ? adaptive(effort, rules).effort : undefined;
    return { config, effort: level, extraTokens: config.type === "enabled" ? config.budget_tokens : 0 };
  }
  if (effort == null) return nothing;
  if (traits.thinking === "adaptive") return adaptive(effort, rules);
  if (effort === "none") return nothing;
  if (traits.thinking === "none") {
    unsupported.refuse("reasoning_effort", "the model does not think");
    return nothing;
  }
  // Half of the limit at most: the other half is the answer's.
  const budget = Math.min(budgets[effort] ?? leastBudget, Math.floor((maxTokens ?? Infinity) / 2));
  if (budget < leastBudget || forcesTool || thinkingIsLost) {
    unsupported.leaveOut("reasoning_effort");
    return nothing;
  }
  return { config: { type: "enabled", budget_tokens: budget }, effort: undefined, extraTokens: budget };
}
