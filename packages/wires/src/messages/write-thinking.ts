import { given } from "../fields.js";
import type { WireName } from "../hub/common.js";
import type { Effort, HubRequest } from "../hub/request.js";
import type { JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import type { MessagesTarget } from "./target.js";

export interface WrittenThinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  /** Tokens of thinking, on top of the answer's, where the request sets no limit. */
  readonly extraTokens: number;
  /** Whether the model will think. */
  readonly on: boolean;
}

/** Tokens that an effort is worth, at models that take a budget. */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};
/** Where each wire says how much to think. */
const paths: Readonly<Record<WireName, string>> = {
  chat: "reasoning_effort",
  responses: "reasoning.effort",
  messages: "output_config.effort",
};
/** Anthropic's smallest. */
const leastBudget = 1_024;

export interface ThinkingRules {
  readonly target: MessagesTarget;
  readonly losses: LossList;
  /** Whether the request forces a tool, which a model that thinks does not take. */
  readonly forcesTool: boolean;
  /** Whether the last calls came without the thinking that led to them. If so, Anthropic refuses a budget. */
  readonly isLost: boolean;
}

const nothing: WrittenThinking = Object.freeze({ extraTokens: 0, on: false });
const unasked: WrittenThinking = Object.freeze({ extraTokens: 0, on: true });

/** What is written for a model that is not asked to think. Some models think nevertheless. */
function idle({ target: { traits } }: ThinkingRules): WrittenThinking {
  return traits.alwaysThinks ? unasked : nothing;
}

/** How much the model thinks: an effort if it decides itself, otherwise a budget. */
export function writeThinking(request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { mode, effort } = request.reasoning;
  if (mode !== undefined) return writeOwn(request, rules);
  if (effort === undefined) return idle(rules);
  const { thinking } = rules.target.traits;
  if (thinking === "adaptive") return adaptive(effort, request, rules);
  if (effort === "none") return nothing;
  const path = paths[request.wire];
  return thinking === "none" ? refused(path, noThinking, rules) : budgetFor(effort, path, request, rules);
}

const noThinking = "The model does not think.";

function refused(path: string, why: string, { losses }: ThinkingRules): WrittenThinking {
  losses.refused(path, why);
  return nothing;
}

/** The field `thinking` of Messages, in the form that this model takes. */
function writeOwn(request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { mode, effort } = request.reasoning;
  const { traits } = rules.target;
  if (mode === "off") return writeOff(request, rules);
  if (traits.thinking === "none" && mode !== "between_tools") return refused("thinking", noThinking, rules);
  if (mode === "budget") return writeBudget(request, rules);
  if (mode === "adaptive" && traits.thinking !== "adaptive")
    return budgetFor(effort === undefined || effort === "none" ? "high" : effort, "thinking", request, rules);
  return asWritten(request, rules, 0);
}

function writeOff(request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { alwaysThinks, thinking } = rules.target.traits;
  if (thinking === "none") return nothing;
  if (!alwaysThinks) return { ...asWritten(request, rules, 0), on: false };
  rules.losses.dropped("thinking", "The model always thinks.");
  return idle(rules);
}

/** As the caller wrote it, with the effort if the model takes both. */
function asWritten(request: HubRequest, { target, losses }: ThinkingRules, extraTokens: number): WrittenThinking {
  const { effort, written = fieldFor(request, target) } = request.reasoning;
  const { thinking, xhigh } = target.traits;
  const level = thinking === "adaptive" && effort !== undefined ? levelOf(effort, xhigh) : undefined;
  if (effort !== undefined && level === undefined)
    losses.dropped(paths[request.wire], "The model has no efforts, and thinking says how much it thinks.");
  return { extraTokens, on: true, ...given({ thinking: written, effort: level }) };
}

/** The field for what was not written as one, such as a call of an SDK. */
function fieldFor(request: HubRequest, target: MessagesTarget): JsonObject {
  const { mode, budgetTokens } = request.reasoning;
  if (mode === "off") return { type: "disabled" };
  const type = mode === "budget" ? "enabled" : "adaptive";
  return { type, ...given({ budget_tokens: budgetTokens }), ...displayOf(request, target) };
}

function writeBudget(request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { traits, interleaved = false } = rules.target;
  const { budgetTokens: budget = leastBudget, effort = effortFor(budget) } = request.reasoning;
  const takesBudget = traits.thinkingBudget ?? traits.thinking === "budget";
  if (!takesBudget) {
    const thinking = { type: "adaptive", ...displayOf(request, rules.target) };
    return { thinking, effort: levelOf(effort, traits.xhigh), extraTokens: budget, on: true };
  }
  if (rules.isLost) return lost("thinking", rules);
  if (budget < leastBudget) return refused("thinking", `budget_tokens must be at least ${String(leastBudget)}.`, rules);
  const limit = request.limits.maxOutputTokens;
  if (limit !== undefined && budget >= limit && !interleaved)
    return refused("thinking", "budget_tokens must be below max_tokens.", rules);
  return asWritten(request, rules, budget);
}

/** The lowest effort whose budget is sufficient. */
function effortFor(budget: number): Effort {
  return (["low", "medium", "high"] as const).find((effort) => budget <= budgets[effort]) ?? "xhigh";
}

/** A budget for an effort, at most half of the limit, since the answer needs the rest. @param path - of the effort */
function budgetFor(effort: Effort, path: string, request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { target, forcesTool, isLost, losses } = rules;
  if (isLost) return lost(path, rules);
  const limit = request.limits.maxOutputTokens ?? target.longestAnswer ?? Infinity;
  const budget = Math.min(budgets[effort], Math.floor(limit / 2));
  if (forcesTool) losses.dropped(path, "The model cannot think if it is made to call a tool.");
  else if (budget < leastBudget) losses.dropped(path, "The limit of the answer leaves no room for thinking.");
  if (forcesTool || budget < leastBudget) return nothing;
  const thinking = { type: "enabled", budget_tokens: budget, ...displayOf(request, target) };
  return { thinking, extraTokens: budget, on: true };
}

function lost(path: string, { losses }: ThinkingRules): WrittenThinking {
  losses.dropped(
    path,
    "The last calls of tools came without the thinking that led to them, so the model cannot think.",
  );
  return nothing;
}

function adaptive(effort: Effort, request: HubRequest, { target, forcesTool, losses }: ThinkingRules): WrittenThinking {
  const { traits } = target;
  const thinks = effort !== "none" && !forcesTool;
  const level = levelOf(effort, traits.xhigh);
  if (level !== effort && effort !== "none")
    losses.converted(paths[request.wire], `The model does not support the effort ${effort}.`);
  return {
    extraTokens: budgets[effort],
    on: thinks || traits.alwaysThinks,
    // Some of these models always think: the lowest effort is the least that they can do.
    effort: level,
    ...given({ thinking: thinks ? { type: "adaptive", ...displayOf(request, target) } : undefined }),
  };
}

function levelOf(effort: Effort, xhigh: boolean): string {
  if (effort === "none" || effort === "minimal") return "low";
  return effort === "xhigh" && !xhigh ? "high" : effort;
}

function displayOf({ reasoning }: HubRequest, { summaries }: MessagesTarget): JsonObject {
  if (reasoning.show === undefined) return summaries === true ? { display: "summarized" } : {};
  return { display: reasoning.show === "none" ? "omitted" : "summarized" };
}
