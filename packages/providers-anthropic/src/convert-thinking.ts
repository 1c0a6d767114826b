import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";
import type { ModelTraits } from "./model-traits.js";
import { cannotSend, type Unsupported } from "./refuse.js";

export interface Thinking {
  readonly config: Anthropic.ThinkingConfigParam | undefined;
  readonly effort: Anthropic.OutputConfig["effort"];
  /** Tokens for thinking, in addition to those of the answer, if the request does not set a limit. */
  readonly extraTokens: number;
}

export interface ThinkingRules {
  readonly traits: ModelTraits;
  /** The request's limit of tokens, including those for thinking. */
  readonly maxTokens: number | undefined;
  /** Whether the request forces a tool call. If so, the model cannot think. */
  readonly forcesTool: boolean;
  /** Whether the last tool calls came without the thinking that led to them. If so, Anthropic refuses a budget. */
  readonly thinkingIsLost: boolean;
  /** Whether thinking may continue between tool calls. If so, its budget may exceed the limit of one answer. */
  readonly interleaved: boolean;
}

const budgets: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
/** The smallest budget that Anthropic accepts. */
const leastBudget = 1_024;
const nothing: Thinking = { config: undefined, effort: undefined, extraTokens: 0 };

function adaptive(effort: string, { traits, forcesTool }: ThinkingRules): Thinking {
  const level =
    effort === "none" || effort === "minimal" ? "low" : effort === "xhigh" && !traits.xhigh ? "high" : effort;
  return {
    // Some of these models always think: `none` becomes the lowest effort.
    config: effort === "none" || forcesTool ? undefined : { type: "adaptive" },
    effort: level as Anthropic.OutputConfig["effort"],
    extraTokens: effort === "none" ? 0 : (budgets[effort] ?? 0),
  };
}

/** The lowest effort whose budget is sufficient. */
function effortOf(budget: number): string {
  return ["low", "medium", "high"].find((effort) => budget <= (budgets[effort] ?? 0)) ?? "xhigh";
}

/** A budget for an effort, at most half of the limit, since the answer needs the rest. `field` is the source of the effort. */
function budgetFor(effort: string, field: string, rules: ThinkingRules, unsupported: Unsupported): Thinking {
  const budget = Math.min(budgets[effort] ?? leastBudget, Math.floor((rules.maxTokens ?? Infinity) / 2));
  if (budget < leastBudget || rules.forcesTool || rules.thinkingIsLost) {
    unsupported.leaveOut(field);
    return nothing;
  }
  return { config: { type: "enabled", budget_tokens: budget }, effort: undefined, extraTokens: budget };
}

/** Anthropic's own field `thinking`, in the form that this model accepts. */
function convertOwn(
  own: JsonObject,
  effort: string | undefined,
  rules: ThinkingRules,
  unsupported: Unsupported,
): Thinking {
  const { traits } = rules;
  const config = own as unknown as Anthropic.ThinkingConfigParam;
  const level = traits.thinking === "adaptive" && effort !== undefined ? adaptive(effort, rules).effort : undefined;
  const asItIs: Thinking = { config, effort: level, extraTokens: 0 };
  switch (own["type"]) {
    case "enabled":
      return convertBudget(own, effort, rules, unsupported);
    case "adaptive":
      if (traits.thinking === "none") return refuseThinking("the model does not think", unsupported);
      return traits.thinking === "adaptive"
        ? asItIs
        : budgetFor(effort === undefined || effort === "none" ? "high" : effort, "thinking", rules, unsupported);
    case "disabled":
      if (traits.thinking === "none") return nothing;
      if (traits.alwaysThinks) unsupported.leaveOut("thinking");
      return traits.alwaysThinks ? nothing : asItIs;
    default:
      // The vendor's error will say what is wrong with it.
      return asItIs;
  }
}

function convertBudget(
  own: JsonObject,
  effort: string | undefined,
  rules: ThinkingRules,
  unsupported: Unsupported,
): Thinking {
  const { traits, maxTokens } = rules;
  const budget = typeof own["budget_tokens"] === "number" ? own["budget_tokens"] : leastBudget;
  if (traits.thinking === "none") return refuseThinking("the model does not think", unsupported);
  if (!traits.thinkingBudget) {
    const { effort: level } = adaptive(effort ?? effortOf(budget), rules);
    const shown = own["display"] === undefined ? {} : { display: own["display"] };
    const config = { type: "adaptive", ...shown } as Anthropic.ThinkingConfigParam;
    return { config, effort: level, extraTokens: budget };
  }
  if (rules.thinkingIsLost) {
    unsupported.leaveOut("thinking");
    return nothing;
  }
  if (budget < leastBudget) return refuseThinking(`budget_tokens must be at least ${String(leastBudget)}`, unsupported);
  if (maxTokens !== undefined && budget >= maxTokens && !rules.interleaved)
    return refuseThinking("budget_tokens must be below max_tokens", unsupported);
  const level = traits.thinking === "adaptive" && effort !== undefined ? adaptive(effort, rules).effort : undefined;
  return { config: own as unknown as Anthropic.ThinkingConfigParam, effort: level, extraTokens: budget };
}

function refuseThinking(reason: string, unsupported: Unsupported): Thinking {
  unsupported.refuse("thinking", reason);
  return nothing;
}

function readEffort({ reasoning_effort: effort }: JsonObject): string | undefined {
  if (effort == null) return undefined;
  if (effort === "none" || (typeof effort === "string" && budgets[effort] !== undefined)) return effort;
  throw cannotSend("reasoning_effort", `reasoning_effort must be none, ${Object.keys(budgets).join(", ")}.`);
}

/** Converts `reasoning_effort` into a budget or an effort. Anthropic's own field `thinking` takes precedence. */
export function convertThinking(request: JsonObject, rules: ThinkingRules, unsupported: Unsupported): Thinking {
  const own = request["thinking"];
  const effort = readEffort(request);
  const { traits } = rules;
  if (isJsonObject(own)) return convertOwn(own, effort, rules, unsupported);
  if (effort === undefined) return nothing;
  if (traits.thinking === "adaptive") return adaptive(effort, rules);
  if (effort === "none") return nothing;
  if (traits.thinking === "none") {
    unsupported.refuse("reasoning_effort", "the model does not think");
    return nothing;
  }
  return budgetFor(effort, "reasoning_effort", rules, unsupported);
}
