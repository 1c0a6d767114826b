import type Anthropic from "@anthropic-ai/sdk";
import { type ChatMessage, isJsonObject, type JsonObject } from "@modelyard/core";
import { checkFields, nativeFields } from "./check-fields.js";
import { planJson } from "./convert-json-output.js";
import { convertMessages } from "./convert-messages.js";
import { convertSampling, type Sampling } from "./convert-sampling.js";
import { convertThinking, type Thinking } from "./convert-thinking.js";
import { convertToolChoice, convertTools, declareUsed, forces } from "./convert-tools.js";
import { traitsOf } from "./model-traits.js";
import { badRequest, Unsupported } from "./refuse.js";

export type MessageBody = Anthropic.MessageCreateParams & Sampling;

export interface ConvertedRequest {
  readonly body: MessageBody;
  /** Fields that were left out. */
  readonly dropped: readonly string[];
  /** Whether the answer comes as the input of the tool `json_answer`. */
  readonly answersByTool: boolean;
}

export interface ConvertOptions {
  readonly model: string;
  readonly apiVersion: string;
  readonly stream: boolean;
  readonly dropParams: boolean;
  /** Most tokens of an answer where the request does not say; Anthropic insists on a number. */
  readonly maxTokens: number;
}

function limitOf(request: JsonObject): number | undefined {
  const field = request["max_completion_tokens"] == null ? "max_tokens" : "max_completion_tokens";
  const limit = request[field];
  if (limit == null) return undefined;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0)
    throw badRequest(field, `${field} must be a whole number of at least 0.`);
  return limit;
}

/** Blank stop sequences are refused by Anthropic. */
function stopSequences(request: JsonObject): string[] {
  const list = [request["stop"], request["stop_sequences"]].flat() as readonly unknown[];
  return list.filter((stop): stop is string => typeof stop === "string" && stop.trim() !== "");
}

/** Addresses of mail and numbers of telephones. Anthropic refuses requests with such ids: BerriAI/litellm, issue 10106. */
const personal = /[^\s@]@[^\s@]+\.[^\s@]|^\+?[\d\s()-]{7,}$/u;

/** Anthropic knows one kind of metadata: an opaque id of the user. It changes nothing in an answer. */
function metadata(request: JsonObject, unsupported: Unsupported): { readonly metadata?: Anthropic.Metadata } {
  const own = isJsonObject(request["metadata"]) ? request["metadata"]["user_id"] : undefined;
  const user = own ?? request["user"] ?? request["safety_identifier"];
  if (typeof user !== "string" || user === "") return {};
  if (!personal.test(user)) return { metadata: { user_id: user } };
  unsupported.leaveOut(own != null ? "metadata" : request["user"] != null ? "user" : "safety_identifier");
  return {};
}

function serviceTier(
  request: JsonObject,
  unsupported: Unsupported,
): { readonly service_tier?: "auto" | "standard_only" } {
  const tier = request["service_tier"];
  if (tier == null) return {};
  if (tier === "auto" || tier === "standard_only") return { service_tier: tier };
  if (tier === "default") return { service_tier: "standard_only" };
  unsupported.refuse("service_tier", "auto or default");
  return {};
}

function outputConfig(
  request: JsonObject,
  effort: Thinking["effort"],
  format: Anthropic.JSONOutputFormat | undefined,
): { readonly output_config?: Anthropic.OutputConfig } {
  const own = request["output_config"];
  if (!isJsonObject(own) && effort == null && format === undefined) return {};
  return {
    output_config: {
      ...(effort == null ? {} : { effort }),
      ...(format === undefined ? {} : { format }),
      ...(own as Anthropic.OutputConfig | undefined),
    },
  };
}

function nativeOf(request: JsonObject): Partial<MessageBody> {
  const passed: Record<string, unknown> = {};
  for (const field of nativeFields) if (request[field] != null) passed[field] = request[field];
  return passed;
}

/** The tools of a request and the choice among them. */
interface ToolSet {
  readonly tools?: Anthropic.ToolUnion[];
  readonly tool_choice?: Anthropic.ToolChoice;
}

function callersTools(
  request: JsonObject,
  calledTools: ReadonlySet<string>,
  traits: ReturnType<typeof traitsOf>,
  unsupported: Unsupported,
): ToolSet {
  const tools = convertTools(request["tools"]);
  if (tools === undefined)
    return calledTools.size === 0 ? {} : { tools: declareUsed(calledTools), tool_choice: { type: "none" } };
  const choice = convertToolChoice(request, traits, unsupported);
  return choice === undefined ? { tools } : { tools, tool_choice: choice };
}

/**
 * A chat request in OpenAI's words as one in Anthropic's.
 * @throws `bad_request` for what makes no sense to Anthropic, `unsupported_params` for what it has nothing like
 */
export function convertRequest(request: JsonObject, options: ConvertOptions): ConvertedRequest {
  const { model, apiVersion, dropParams } = options;
  const traits = traitsOf(model);
  const unsupported = new Unsupported();
  checkFields(request, unsupported);
  const { system, messages, calledTools, thinkingIsLost } = convertMessages(
    (request["messages"] ?? []) as readonly ChatMessage[],
  );
  const callers = callersTools(request, calledTools, traits, unsupported);
  const limit = limitOf(request);
  const forcesTool = forces(callers.tool_choice);
  const thinking = convertThinking(request, { traits, maxTokens: limit, forcesTool, thinkingIsLost }, unsupported);
  const thinks = thinking.config !== undefined && thinking.config.type !== "disabled";
  const plan = planJson(request["response_format"], { traits, hasTools: callers.tools !== undefined, thinks });
  const sampling = convertSampling(
    request,
    { traits, apiVersion, thinksByBudget: thinking.config?.type === "enabled" },
    unsupported,
  );
  const toolSet: ToolSet =
    plan.kind === "tool"
      ? { tools: [plan.tool], tool_choice: { type: "tool", name: plan.tool.name, disable_parallel_tool_use: true } }
      : callers;
  const instructions =
    plan.kind === "words" ? [...(system ?? []), { type: "text" as const, text: plan.words }] : system;
  const stops = stopSequences(request);
  const body = {
    ...nativeOf(request),
    model,
    max_tokens: limit ?? options.maxTokens + thinking.extraTokens,
    ...(instructions === undefined ? {} : { system: instructions }),
    messages,
    ...toolSet,
    ...sampling,
    ...(stops.length === 0 ? {} : { stop_sequences: stops }),
    ...(thinking.config === undefined ? {} : { thinking: thinking.config }),
    ...outputConfig(request, thinking.effort, plan.kind === "format" ? plan.format : undefined),
    ...metadata(request, unsupported),
    ...serviceTier(request, unsupported),
    ...(options.stream ? { stream: true as const } : {}),
  } satisfies MessageBody;
  return { body, dropped: unsupported.settle(model, dropParams), answersByTool: plan.kind === "tool" };
}
