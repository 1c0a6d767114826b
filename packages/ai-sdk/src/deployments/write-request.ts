import type { LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from "@ai-sdk/provider";
import { type HubRequest, type HubTool, type Loss, ToolNames } from "@modelyard/wires";
import { given } from "../given.js";
import { writePrompt } from "./write-prompt.js";

export interface WrittenCall {
  readonly options: LanguageModelV4CallOptions;
  readonly names: ToolNames;
  readonly losses: readonly Loss[];
}

/** Writes a request of any wire as the call of a model of the AI SDK. */
export function writeCall(request: HubRequest): WrittenCall {
  const losses: Loss[] = [];
  const names = new ToolNames();
  const tools = writeTools(request.tools, undefined, names, losses);
  reportUnknown(request, losses);
  const options: LanguageModelV4CallOptions = {
    prompt: writePrompt(request, { names, losses }),
    ...writeSettings(request),
    ...given({
      responseFormat: writeFormat(request),
      tools: tools.length === 0 ? undefined : tools,
      toolChoice: tools.length === 0 ? undefined : writeChoice(request, names, losses),
    }),
    ...parallelOptions(request),
  };
  return { options, names, losses };
}

type Settings = Pick<
  LanguageModelV4CallOptions,
  | "frequencyPenalty"
  | "maxOutputTokens"
  | "presencePenalty"
  | "reasoning"
  | "seed"
  | "stopSequences"
  | "temperature"
  | "topK"
  | "topP"
>;

/** The settings that a deployment or the router may have changed. */
export function writeSettings({ sampling, limits, reasoning }: HubRequest): Settings {
  const { temperature, topP, topK, stop, frequencyPenalty, presencePenalty, seed } = sampling;
  return given({
    maxOutputTokens: limits.maxOutputTokens,
    temperature,
    topP,
    topK,
    stopSequences: stop === undefined ? undefined : [...stop],
    frequencyPenalty,
    presencePenalty,
    seed,
    reasoning: reasoning.mode === "off" ? ("none" as const) : reasoning.effort,
  });
}

function writeFormat({ output: { format } }: HubRequest): LanguageModelV4CallOptions["responseFormat"] {
  if (format === undefined || format.type === "text") return undefined;
  if (format.type === "json") return { type: "json" };
  const { schema, name, description } = format;
  return {
    type: "json",
    schema,
    ...given({ name, description }),
  };
}

const noArguments: LanguageModelV4FunctionTool["inputSchema"] = { type: "object", properties: {} };
const oneText: LanguageModelV4FunctionTool["inputSchema"] = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
};

function writeTools(
  tools: readonly HubTool[],
  namespace: string | undefined,
  names: ToolNames,
  losses: Loss[],
): LanguageModelV4FunctionTool[] {
  return tools.flatMap((tool) => {
    if (tool.type === "namespace") return writeTools(tool.tools, tool.name, names, losses);
    if (tool.type !== "function" && tool.type !== "custom") {
      losses.push({ path: tool.path, kind: "refused", why: "Models of the AI SDK do not know this tool." });
      return [];
    }
    const { name: declared, description, type: kind } = tool;
    const name = names.add({ name: declared, kind, ...given({ namespace }) }, kind === "custom");
    if (typeof name !== "string") {
      losses.push({ path: tool.path, kind: "refused", why: "Another tool has the same name." });
      return [];
    }
    const inputSchema = kind === "custom" ? oneText : ((tool.parameters as typeof oneText | undefined) ?? noArguments);
    const strict = kind === "custom" ? undefined : tool.strict;
    return [{ type: "function" as const, name, inputSchema, ...given({ description, strict }) }];
  });
}

function writeChoice(
  { toolChoice: choice }: HubRequest,
  names: ToolNames,
  losses: Loss[],
): LanguageModelV4CallOptions["toolChoice"] {
  if (choice === undefined) return undefined;
  switch (choice.type) {
    case "tool":
      return { type: "tool", toolName: names.written(choice.name, undefined) };
    case "allowed":
      losses.push({ path: "tool_choice", kind: "converted", why: "Models of the AI SDK choose among all tools." });
      return { type: choice.mode };
    case "vendor":
      losses.push({ path: "tool_choice", kind: "refused", why: "Models of the AI SDK do not know this tool." });
      return undefined;
    default:
      return { type: choice.type };
  }
}

/** What the specification has no setting for, under the names of the SDK's providers that have one. */
function parallelOptions({ parallelToolCalls, identity, caching, service, reasoning }: HubRequest) {
  const openai = given({
    parallelToolCalls,
    user: identity.user,
    safetyIdentifier: identity.safetyIdentifier,
    promptCacheKey: caching.key,
    serviceTier: service.tier,
    reasoningSummary: reasoning.show === "none" ? undefined : reasoning.show,
  });
  const anthropic = given({ disableParallelToolUse: parallelToolCalls === false ? true : undefined });
  const providerOptions = given({
    openai: Object.keys(openai).length === 0 ? undefined : openai,
    anthropic: Object.keys(anthropic).length === 0 ? undefined : anthropic,
  });
  return Object.keys(providerOptions).length === 0
    ? {}
    : { providerOptions: providerOptions as NonNullable<LanguageModelV4CallOptions["providerOptions"]> };
}

/** Fields without which the answer could be another one. */
function reportUnknown({ output, sampling, state, limits }: HubRequest, losses: Loss[]): void {
  const refuse = (path: string, value: unknown): void => {
    if (value !== undefined) losses.push({ path, kind: "refused", why: "Models of the AI SDK have no such setting." });
  };
  refuse("n", (output.choices ?? 1) > 1 ? output.choices : undefined);
  refuse("logit_bias", sampling.logitBias);
  refuse("logprobs", sampling.logprobs === true ? true : undefined);
  refuse("modalities", output.modalities?.includes("audio") === true ? true : undefined);
  refuse("previous_response_id", state.previousResponseId);
  refuse("conversation", state.conversation);
  refuse("prompt", state.promptTemplate);
  refuse("max_tool_calls", limits.maxToolCalls);
}
