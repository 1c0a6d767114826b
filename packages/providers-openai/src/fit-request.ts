import type { JsonObject, OperationName, ProviderCall } from "@modelyard/core";

/** What models of OpenAI's do not take. */
interface ModelRule {
  readonly models: RegExp;
  /** Fields that it refuses. */
  readonly refuses: readonly string[];
  /** Fields that it refuses when it is asked to reason. */
  readonly reasoningRefuses?: readonly string[];
  /** Whether `max_tokens` must be called `max_completion_tokens`. */
  readonly reasons: boolean;
}

const sampling = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
];

/**
 * The first that fits counts. Models of other names, those of other vendors among them, are sent everything.
 * Source: OpenAI, "Reasoning models" and "Using GPT-5", API reference of chat completions, 2026.
 */
const rules: readonly ModelRule[] = [
  {
    models: /^(?:o3(?:-pro)?|o4-mini)(?:-\d{4}-\d\d-\d\d)?$/u,
    refuses: [...sampling, "parallel_tool_calls", "stop", "thinking"],
    reasons: true,
  },
  { models: /^o\d(?:-|$)/u, refuses: [...sampling, "parallel_tool_calls", "thinking"], reasons: true },
  {
    models: /^gpt-5(?:-(?:mini|nano|pro|codex))?(?:-\d{4}-\d\d-\d\d)?$/u,
    refuses: [...sampling, "stop", "thinking"],
    reasons: true,
  },
  { models: /^(?:gpt-3\.5|gpt-4|gpt-5-chat|chatgpt-)/u, refuses: ["reasoning_effort", "thinking"], reasons: false },
  { models: /^gpt-5[.-]/u, refuses: ["thinking"], reasoningRefuses: sampling, reasons: true },
];

/** Names that are kept at once; patterns let callers make up any number. */
const mostKept = 1_000;
const kept = /* @__PURE__ */ new Map<string, ModelRule | undefined>();

function ruleOf(model: string): ModelRule | undefined {
  return kept.has(model) ? kept.get(model) : findRule(model);
}

function findRule(model: string): ModelRule | undefined {
  const rule = rules.find(({ models }) => models.test(model));
  if (kept.size >= mostKept) kept.clear();
  kept.set(model, rule);
  return rule;
}

function refused({ refuses, reasoningRefuses }: ModelRule, request: JsonObject): readonly string[] {
  const effort = request["reasoning_effort"];
  if (reasoningRefuses === undefined || effort === undefined || effort === "none") return refuses;
  return [...refuses, ...reasoningRefuses];
}

export interface Fitted {
  readonly call: ProviderCall;
  readonly dropped: readonly string[];
}

const none: readonly string[] = Object.freeze([]);

/**
 * A call as its model takes it: the limit of tokens under the name it knows, and, where that is wanted, without the fields
 * that it refuses.
 * @returns `undefined`: it goes out as it is
 */
export function fitRequest(operation: OperationName, call: ProviderCall): Fitted | undefined {
  const rule = operation === "chat" ? ruleOf(call.model) : undefined;
  if (rule === undefined) return undefined;
  const { max_tokens: most, max_completion_tokens: mostCompleted } = call.request as unknown as JsonObject;
  const renames = rule.reasons && most !== undefined && mostCompleted === undefined;
  return renames || call.dropParams ? fit(call, rule, renames) : undefined;
}

function fit(call: ProviderCall, rule: ModelRule, renames: boolean): Fitted | undefined {
  const request = call.request as unknown as JsonObject;
  const dropped = call.dropParams ? refused(rule, request).filter((field) => request[field] !== undefined) : none;
  if (!renames && dropped.length === 0) return undefined;
  const { max_tokens: most, ...others } = request;
  const named = renames ? { ...others, max_completion_tokens: most } : request;
  const fitted = Object.fromEntries(Object.entries(named).filter(([field]) => !dropped.includes(field)));
  return { call: { ...call, request: fitted as unknown as ProviderCall["request"], requestText: undefined }, dropped };
}
