/** What a model accepts. Anthropic answers everything else with a 400. */
export interface ModelTraits {
  /** Whether `temperature`, `top_p` and `top_k` may differ from their defaults. */
  readonly sampling: boolean;
  /** Whether `temperature` and `top_p` may be set together. */
  readonly temperatureWithTopP: boolean;
  /** `budget`: a number of tokens; `adaptive`: the model decides, guided by an effort. */
  readonly thinking: "none" | "budget" | "adaptive";
  /** Whether `thinking: { type: "enabled" }` with a budget is accepted, also by the first adaptive models. */
  readonly thinkingBudget: boolean;
  /** Whether thinking cannot be switched off. */
  readonly alwaysThinks: boolean;
  /** Whether the model continues an answer whose beginning is the last message. */
  readonly prefill: boolean;
  /** Whether the effort `xhigh` exists. */
  readonly xhigh: boolean;
  /** Whether it can be forced to call a tool. */
  readonly forcedTools: boolean;
  /** Whether `output_config.format` can enforce a JSON schema. */
  readonly jsonSchema: boolean;
}

/** What other models accept, on hosts with Anthropic's API: an older version of it. */
const others: ModelTraits = {
  sampling: true,
  temperatureWithTopP: true,
  thinking: "budget",
  thinkingBudget: true,
  alwaysThinks: false,
  prefill: true,
  xhigh: false,
  forcedTools: true,
  jsonSchema: false,
};

const versioned = /claude-(?:[a-z]+-)*(?<major>\d{1,2})(?:[-.](?<minor>\d{1,2}))?(?!\d)/u;

/** `claude-3-5-sonnet-20241022` is 305, `claude-opus-4-6` is 406. A name without a number means a new model. */
function versionOf(model: string): number {
  const groups = versioned.exec(model)?.groups;
  if (groups === undefined) return Number.POSITIVE_INFINITY;
  return Number(groups["major"]) * 100 + Number(groups["minor"] ?? 0);
}

/**
 * Source: https://platform.claude.com/docs, the pages "Migrating to API version 2026-10-21", "Adaptive thinking",
 * "Structured outputs" and each model's "What's new".
 */
export function traitsOf(model: string): ModelTraits {
  const name = model.toLowerCase();
  if (!name.includes("claude")) return others;
  const version = versionOf(name);
  return {
    sampling: version < 407,
    temperatureWithTopP: version < 401,
    thinking: version < 307 ? "none" : version < 406 ? "budget" : "adaptive",
    thinkingBudget: version >= 307 && version < 407,
    alwaysThinks: /mythos|fable/u.test(name),
    prefill: version < 406,
    xhigh: version >= 407,
    forcedTools: version < 501,
    jsonSchema: version >= 405,
  };
}

/**
 * The tokens of a long answer that every model of a version can give beside its thinking, whose budget is added: up to 4.1 some
 * models write 32,000 in all, from 4.5 on 64,000 or more. Source: https://platform.claude.com/docs/en/about-claude/models/overview.
 */
export function longAnswer(model: string): number {
  const name = model.toLowerCase();
  if (!name.includes("claude")) return 4_096;
  const version = versionOf(name);
  if (version < 307) return version >= 305 ? 8_192 : 4_096;
  return version >= 405 ? 31_000 : 15_000;
}
