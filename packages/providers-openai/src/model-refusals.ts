import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/** What models whose name matches do not accept. */
export interface ModelRefusals {
  readonly models: RegExp;
  readonly fields: readonly string[];
  /** Fields that are refused for some requests only. */
  readonly sometimes?: { readonly fields: readonly string[]; readonly when: (request: JsonObject) => boolean };
  /** Fields that have another name. */
  readonly renames?: Readonly<Record<string, string>>;
}

const penalties = ["presence_penalty", "frequency_penalty"];
const sampling = ["temperature", "top_p", ...penalties, "logit_bias", "logprobs", "top_logprobs"];
/** Reasoning counts toward the token limit, which is why that has another name. */
const renames = { max_tokens: "max_completion_tokens" };

function isAskedToReason({ reasoning_effort: effort }: JsonObject): boolean {
  return effort != null && effort !== "none";
}

/** Source: OpenAI, "Reasoning models" and "Using GPT-5", API reference of chat completions, 2026. */
const openaiModels: readonly ModelRefusals[] = [
  {
    models: /^(?:o3(?:-pro)?|o4-mini)(?:-\d{4}-\d\d-\d\d)?$/u,
    fields: [...sampling, "parallel_tool_calls", "stop", "thinking"],
    renames,
  },
  { models: /^o\d(?:-|$)/u, fields: [...sampling, "parallel_tool_calls", "thinking"], renames },
  {
    models: /^gpt-5(?:-(?:mini|nano|pro|codex))?(?:-\d{4}-\d\d-\d\d)?$/u,
    fields: [...sampling, "stop", "thinking"],
    renames,
  },
  {
    models: /^gpt-4o(?:-mini)?-search-preview/u,
    fields: [...sampling, "n", "parallel_tool_calls", "reasoning_effort", "seed", "stop", "thinking"],
  },
  { models: /^(?:gpt-3\.5|gpt-4|gpt-5-chat|chatgpt-)/u, fields: ["reasoning_effort", "thinking"] },
  {
    models: /^gpt-5[.-]/u,
    fields: ["thinking"],
    sometimes: { fields: sampling, when: isAskedToReason },
    renames,
  },
];

/** "Argument not supported on this model: presencePenalty", also for 0. Source: docs.x.ai, "Reasoning"; lobehub/lobehub#8381. */
const grokModels: readonly ModelRefusals[] = [
  { models: /^grok-(?:beta|2|3(?!-mini))/u, fields: [] },
  { models: /-non-reasoning/u, fields: penalties },
  { models: /^grok-/u, fields: [...penalties, "stop"] },
  // An alias of a model, or a new family.
  { models: /./u, fields: penalties },
];

/** Source: api-docs.deepseek.com, "Reasoning model". */
const deepseekModels: readonly ModelRefusals[] = [
  { models: /^deepseek-reasoner/u, fields: ["logprobs", "top_logprobs"] },
];

/** "invalid temperature: only 1 is allowed for this model". Source: platform.moonshot.ai; HKUDS/nanobot#4967. */
const kimiModels: readonly ModelRefusals[] = [
  {
    models: /^kimi-k2\.[5-9]/u,
    fields: [],
    sometimes: {
      fields: ["temperature", "top_p"],
      when: ({ thinking }) => !isJsonObject(thinking) || thinking["type"] !== "disabled",
    },
  },
];

const byProvider: Readonly<Record<string, readonly ModelRefusals[]>> = {
  openai: openaiModels,
  azure: openaiModels,
  azure_ai: openaiModels,
  github: openaiModels,
  xai: grokModels,
  deepseek: deepseekModels,
  moonshot: kimiModels,
};

/** Fields of Responses that models which reason refuse, under the same names as in a chat. */
const ofResponses: ReadonlySet<string> = new Set(["temperature", "top_p", "top_logprobs"]);

function isAskedToReasonInResponses({ reasoning }: JsonObject): boolean {
  return isJsonObject(reasoning) && reasoning["effort"] != null && reasoning["effort"] !== "none";
}

/** Models that do not reason refuse to be asked for reasoning in encrypted form. */
function wantsOnlyReasoning({ include }: JsonObject): boolean {
  return Array.isArray(include) && include.length > 0 && include.every((one) => one === "reasoning.encrypted_content");
}

/** The same for requests of Responses, which only OpenAI's models are known to serve. */
export function responsesRefusalsOfModel(...names: Parameters<typeof refusalsOfModel>): ModelRefusals | undefined {
  const found = refusalsOfModel(...names);
  if (found === undefined || !openaiModels.includes(found)) return undefined;
  const { models, fields, sometimes } = found;
  const own = fields.filter((field) => ofResponses.has(field));
  if (fields.includes("reasoning_effort"))
    return { models, fields: [...own, "reasoning"], sometimes: { fields: ["include"], when: wantsOnlyReasoning } };
  return {
    models,
    fields: own,
    ...(sometimes === undefined ? {} : { sometimes: { fields: [...ofResponses], when: isAskedToReasonInResponses } }),
  };
}

/**
 * What a model refuses, by the first entry that matches. Models with other names are sent everything.
 * @param baseModel - takes precedence over the deployment's own name, which may be anything
 */
export function refusalsOfModel(
  provider: string,
  model: string,
  baseModel: string | undefined,
): ModelRefusals | undefined {
  // A base model at a host without a table is one of OpenAI's, or one that no table knows.
  const table = byProvider[provider] ?? (baseModel === undefined ? undefined : openaiModels);
  const written = (baseModel ?? model).replace(/^ft:/u, "");
  const name = written.slice(written.lastIndexOf("/") + 1).toLowerCase();
  return table?.find(({ models }) => models.test(name));
}
