import { given } from "../fields.js";
import type { WireName } from "../hub/common.js";
import type { Effort, HubRequest } from "../hub/request.js";
import { isJsonObject, type JsonObject } from "../json.js";
import type { LossList } from "../losses.js";
import { nativeIn } from "./native-fields.js";
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
  messages: "thinking",
};
/** Anthropic's smallest. */
const leastBudget = 1_024;

export interface ThinkingRules {
  readonly target: MessagesTarget;
  readonly losses: LossList;
  /** Whether the request forces a tool, which a model that thinks does not take. */
  readonly forcesTool: boolean;
}

/** How much the model thinks: an effort if it decides itself, otherwise a budget. */
export function writeThinking(request: HubRequest, rules: ThinkingRules): WrittenThinking {
  const { reasoning, wire } = request;
  const { traits } = rules.target;
  const path = paths[wire];
  const effort = reasoning.mode === "off" ? "none" : (reasoning.effort ?? (reasoning.mode && "high"));
  const nothing: WrittenThinking = { extraTokens: 0, on: false };
  const native = nativeIn(request)?.["thinking"];
  if (isJsonObject(native)) return asWritten(native);
  if (reasoning.written !== undefined) return { thinking: reasoning.written, extraTokens: 0, on: true };
  if (effort === undefined) return nothing;
  if (traits.thinking === "adaptive") return adaptive(effort, request, rules);
  if (effort === "none") return nothing;
  if (traits.thinking === "none") {
    rules.losses.refused(path, "The model does not support thinking.");
    return nothing;
  }
  const limit = request.limits.maxOutputTokens ?? rules.target.longestAnswer;
  const asked = reasoning.budgetTokens ?? budgets[effort];
  // Half of the limit is for the answer.
  const budget = limit === undefined || asked < limit ? asked : Math.floor(limit / 2);
  if (budget < leastBudget || rules.forcesTool) {
    rules.losses.dropped(path, "The limit of the answer leaves no room for thinking, or the request forces a tool.");
    return nothing;
  }
  return {
    thinking: { type: "enabled", budget_tokens: budget, ...displayOf(request, rules.target) },
    extraTokens: budget,
    on: true,
  };
}

/** What a caller of Chat Completions wrote in Anthropic's words is sent as it is. */
function asWritten({ type, budget_tokens: budget }: JsonObject): WrittenThinking {
  return { extraTokens: typeof budget === "number" ? budget : 0, on: type !== "disabled" };
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
