import { type Fields, given } from "./fields.js";
import type { Effort, HubReasoning } from "./hub/request.js";

/** The least budgets that stand for an effort, in tokens: the middle between the budgets that we write. */
const borders: readonly (readonly [least: number, effort: Effort])[] = [
  [12_288, "high"],
  [4_096, "medium"],
  [1_536, "low"],
  [0, "minimal"],
];

/** The effort of a request, for an API that does not have budgets. */
export function effortOf({ mode, effort, budgetTokens = 0 }: HubReasoning): Effort | undefined {
  if (mode === "off") return "none";
  if (effort !== undefined) return effort;
  if (mode === "between_tools") return "low";
  return mode === "budget" ? borders.find(([least]) => budgetTokens >= least)?.[1] : undefined;
}

/** Reads `thinking` of Messages, which callers of Chat Completions may write, too. @param effort - as the request says it elsewhere */
export function readThinking(thinking: Fields, effort: Effort | undefined): HubReasoning {
  const type = thinking.neededText("type");
  const display = thinking.text("display");
  const show = display === undefined ? undefined : display === "omitted" ? ("none" as const) : ("auto" as const);
  const known = given({ budgetTokens: thinking.number("budget_tokens"), effort, show });
  const mode = Object.hasOwn(modes, type) ? modes[type as keyof typeof modes] : "between_tools";
  return { mode, written: thinking.value, ...known };
}

const modes = { enabled: "budget", adaptive: "adaptive", disabled: "off" } as const;
