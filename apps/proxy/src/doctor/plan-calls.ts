import type { DeploymentOptions, JsonObject, OperationName, RouterConfig } from "@modelyard/core";
import { operations } from "@modelyard/core/kit";
import type { Explanation, YamlRouter } from "modelyard";
import { type Connection, connectionOf } from "../explain/connection.js";
import { nameCoveredBy } from "../explain/name-covered-by.js";

/** The most tokens that an answer may have. Models that reason need some before the first word. */
const mostAnswerTokens = 128;
/** More tokens than the prompt has with any vendor's tokenizer and chat template. */
const promptTokens = 50;

const messages = [{ role: "user", content: "Reply with the word OK." }];

/** The request for each operation that a deployment can be for. Operations without one are not called. */
const requests: Readonly<Partial<Record<OperationName, JsonObject>>> = {
  chat: { messages, max_completion_tokens: mostAnswerTokens },
  text_completion: { prompt: "The word OK:", max_tokens: 16 },
  embeddings: { input: "OK" },
  messages: { messages, max_tokens: mostAnswerTokens },
  responses: { input: "Reply with the word OK.", max_output_tokens: mostAnswerTokens },
};

/**
 * Requests with the fields that clients often set, with values other than the defaults, to find out which are refused.
 */
export const commonFields: Readonly<Partial<Record<OperationName, JsonObject>>> = {
  chat: {
    messages,
    temperature: 0.5,
    top_p: 0.5,
    presence_penalty: 0.5,
    frequency_penalty: 0.5,
    stop: ["###"],
    n: 2,
    seed: 1,
    logprobs: true,
    top_logprobs: 2,
    logit_bias: { 50256: -1 },
    response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } },
    tools: [{ type: "function", function: { name: "a", parameters: { type: "object", properties: {} } } }],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning_effort: "low",
  },
};

/** A deployment to call. */
export interface PlannedCall extends Connection {
  readonly deployment: Explanation["deployments"][number];
  /** The model group that it belongs to. */
  readonly group: string;
  readonly operation: OperationName;
  readonly request: JsonObject | undefined;
  /** Why it is not called, if it is not. */
  readonly skipped: string | undefined;
  /** The most that the call can cost, in US dollars, or `undefined` if a price is unknown. */
  readonly mostCostUsd: number | undefined;
}

/** What a deployment is for: as its mode says, or else by the name of its model. */
function operationOf({ info, model, baseModel }: DeploymentOptions, served: readonly OperationName[]): OperationName {
  const mode = info?.["mode"];
  const named = Object.values(operations).find(({ litellm }) => litellm?.mode !== undefined && litellm.mode === mode);
  if (named !== undefined) return named.name;
  const likely = /embed/iu.test(baseModel ?? model) ? "embeddings" : "chat";
  return served.includes(likely) ? likely : (served.find((one) => requests[one] !== undefined) ?? likely);
}

function costOf(
  operation: OperationName,
  request: JsonObject,
  { prices }: Explanation["deployments"][number],
): number | undefined {
  const { inputCostPerToken: input, outputCostPerToken: output } = prices;
  const answerTokens = operations[operation].maxOutputTokens(request) ?? mostAnswerTokens;
  if (input === undefined || (answerTokens > 0 && output === undefined)) return undefined;
  return promptTokens * input + answerTokens * (output ?? 0);
}

/** The deployments to call: those that would serve a name, or all. */
export function planCalls(yaml: YamlRouter, name: string | undefined): readonly PlannedCall[] {
  const { config, router, providers } = yaml;
  const names = name === undefined ? router.state().groups.map((group) => group.name) : [name];
  const env = { ...process.env, ...config.environment };
  return names.flatMap((asked) => {
    const isPattern = asked.includes("*");
    const explanation = router.explain(nameCoveredBy(asked));
    return explanation.deployments.map((deployment): PlannedCall => {
      const options = config.router.modelList[deployment.position];
      const operation =
        options === undefined
          ? "chat"
          : operationOf(options, providers.find((one) => one.name === deployment.provider)?.operations ?? []);
      const request = requests[operation];
      const covers = isPattern && options?.model.includes("*") === true;
      const skipped = covers
        ? `it serves any model. Name one of them with --model, e.g. --model ${asked.replaceAll("*", "MODEL")}.`
        : request === undefined
          ? `doctor does not call ${operation}.`
          : undefined;
      return {
        ...connectionOf(yaml, deployment, env),
        deployment,
        group: explanation.group ?? asked,
        operation,
        request,
        skipped,
        mostCostUsd: skipped === undefined && request !== undefined ? costOf(operation, request, deployment) : 0,
      };
    });
  });
}

/** A configuration in which each planned call has a model group of its own, without retries, limits or fallbacks. */
export function configFor(config: RouterConfig, calls: readonly PlannedCall[]): RouterConfig {
  const groups = calls.flatMap(({ group }, index) => {
    const own = config.groups?.[group];
    return own === undefined ? [] : [[nameOf(index), own] as const];
  });
  return {
    ...config,
    modelList: calls.flatMap(({ deployment }, index) => {
      const options = config.modelList[deployment.position];
      if (options === undefined) return [];
      const model = options.model.includes("*") ? `${deployment.provider}/${deployment.model}` : options.model;
      const { id: _id, ...rest } = options;
      return [{ ...rest, modelName: nameOf(index), model }];
    }),
    groups: Object.fromEntries(groups),
    modelGroupAlias: {},
    routingGroups: {},
    fallbacks: {},
    contextWindowFallbacks: {},
    contentPolicyFallbacks: {},
    defaultFallbacks: [],
    enableTagFiltering: false,
    cacheResponses: false,
  };
}

/** The name of the model group of a planned call. */
export function nameOf(index: number): string {
  return `doctor-${String(index)}`;
}
