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
function readTraits(model: string): ModelTraits {
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

let latest: { readonly model: string; readonly traits: ModelTraits } | undefined;

/** What a model accepts. The same one is often asked for again, several times for each request. */
export function traitsOf(model: string): ModelTraits {
  if (latest?.model !== model) latest = { model, traits: readTraits(model) };
  return latest.traits;
}

/**
 * The longest answers, thinking included, from each version on. Sources: "Max output" on the page of each model below
 * https://platform.claude.com/docs/en/models, and `max_output_tokens` in LiteLLM's model_prices_and_context_window.json.
 */
const longestAnswers: readonly { readonly from: number; readonly tokens: number }[] = [
  { from: 305, tokens: 8_192 },
  { from: 307, tokens: 64_000 },
  // Of Opus 4 and 4.1. Sonnet 4 writes up to 64,000.
  { from: 400, tokens: 32_000 },
  { from: 405, tokens: 64_000 },
  { from: 406, tokens: 128_000 },
];

/** For models before these, and for those whose limits are not known. */
const usualAnswer = 4_096;
/** Up to 4.1, models refuse a prompt that does not fit into the window together with the limit. Most prompts fit with this one. */
const shortOfWindow = 16_000;

/** In tokens. */
export interface AnswerLimits {
  /** The most that the model writes, thinking included. `undefined`: it is not one of Anthropic's. */
  readonly longest: number | undefined;
  /**
   * The limit for agents that set none: the longest answer, since a shorter one could be cut.
   * Source: https://platform.claude.com/docs/en/build-with-claude/context-windows.
   */
  readonly forAgents: number;
}

/** One lookup for both, since it is made for each request. */
export function answerLimits(model: string): AnswerLimits {
  const name = model.toLowerCase();
  if (!name.includes("claude")) return { longest: undefined, forAgents: usualAnswer };
  const version = versionOf(name);
  let longest = usualAnswer;
  for (const { from, tokens } of longestAnswers) if (version >= from) longest = tokens;
  return { longest, forAgents: version >= 405 ? longest : Math.min(longest, shortOfWindow) };
}
