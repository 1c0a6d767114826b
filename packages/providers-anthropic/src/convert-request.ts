import type Anthropic from "@anthropic-ai/sdk";
import { type ChatMessage, type JsonObject, RouterError } from "@modelyard/core";
import { type DropParams, isJsonObject, type MaybePromise, type Refusals } from "@modelyard/core/kit";
import { applyRefusals } from "./apply-refusals.js";
import { checkFields, nativeFields } from "./check-fields.js";
import { planJson } from "./convert-json-output.js";
import { type ConvertedMessages, convertMessages } from "./convert-messages.js";
import { convertSampling, type Sampling } from "./convert-sampling.js";
import { convertThinking, type Thinking } from "./convert-thinking.js";
import { convertToolChoice, convertTools, declareUsed, forces } from "./convert-tools.js";
import { traitsOf } from "./model-traits.js";
import { invalidRequest, Unsupported } from "./refuse.js";

export type MessageBody = Anthropic.MessageCreateParams & Sampling;

export interface ConvertedRequest {
  readonly body: MessageBody;
  /** Fields that were omitted. */
  readonly dropped: readonly string[];
  /** Whether the answer is the input of the tool `json_answer`. */
  readonly answersByTool: boolean;
}

/** What decides which fields are refused. */
export interface FieldRules {
  /** The model whose traits count: the base model of a deployment, if it has one. */
  readonly traitsModel: string;
  readonly apiVersion: string;
  /** Whether the beta feature for thinking between tool calls is on. */
  readonly interleaved: boolean;
  readonly refuses: Refusals | undefined;
  /** Fields that are sent even if they would be refused. */
  readonly allowedParams: readonly string[];
}

export interface ConvertOptions extends FieldRules {
  readonly model: string;
  readonly stream: boolean;
  readonly dropParams: DropParams;
  /** Fields that must not be sent. */
  readonly omittedFields: readonly string[];
  /** The most tokens of an answer, if the request does not say. Anthropic requires a number. */
  readonly maxTokens: number;
}

function limitOf(request: JsonObject): number | undefined {
  const field = request["max_completion_tokens"] == null ? "max_tokens" : "max_completion_tokens";
  const limit = request[field];
  if (limit == null) return undefined;
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 0)
    throw invalidRequest(field, `${field} must be a whole number, 0 or more.`);
  return limit;
}

/** The most stop sequences. OpenAI accepts four. */
const mostStops = 1_000;

/** The stop sequences, without blank ones, which Anthropic refuses. */
function stopSequences(request: JsonObject): string[] {
  if (request["stop"] == null && request["stop_sequences"] == null) return [];
  for (const field of ["stop", "stop_sequences"]) {
    const stops = request[field];
    if (Array.isArray(stops) && stops.length > mostStops)
      throw invalidRequest(field, `${field} has more than ${String(mostStops)} entries. Send fewer.`);
  }
  const list = [request["stop"], request["stop_sequences"]].flat() as readonly unknown[];
  return list.filter((stop): stop is string => typeof stop === "string" && stop.trim() !== "");
}

/** Email addresses and telephone numbers. Anthropic refuses requests with such ids: BerriAI/litellm, issue 10106. */
const personal = /[^\s@]@[^\s@]+\.[^\s@]|^\+?[\d\s()-]{7,}$/u;

/** How many characters of an id are searched for them. Anthropic accepts 256; a search through megabytes takes too long. */
const longestUser = 1_024;

/** Anthropic's only metadata is an opaque id of the user. It does not change the answer. */
function metadata(request: JsonObject, unsupported: Unsupported): { readonly metadata?: Anthropic.Metadata } {
  const own = isJsonObject(request["metadata"]) ? request["metadata"]["user_id"] : undefined;
  const user = own ?? request["user"] ?? request["safety_identifier"];
  if (typeof user !== "string" || user === "") return {};
  if (!personal.test(user.slice(0, longestUser))) return { metadata: { user_id: user } };
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
  for (let index = 0; index < nativeFields.length; index += 1) {
    const field = nativeFields[index] as (typeof nativeFields)[number];
    if (request[field] != null) passed[field] = request[field];
  }
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

/** Anthropic requires these; `stream` determines the form of the answer. */
const required: ReadonlySet<string> = new Set(["model", "messages", "max_tokens", "stream"]);

/** Removes fields that must not be sent, into which others may have been converted. @returns the removed ones */
function omit(body: Record<string, unknown>, fields: readonly string[]): readonly string[] {
  const found = fields.filter((field) => body[field] !== undefined && !required.has(field));
  for (const field of found) delete body[field];
  if (found.includes("tools")) delete body["tool_choice"];
  return found;
}

/** A model that thinks cannot be forced to call a tool. */
function chooseWhileThinking(callers: ToolSet, unsupported: Unsupported): ToolSet {
  if (!forces(callers.tool_choice)) return callers;
  unsupported.refuse("tool_choice", "no tool can be forced while the model thinks");
  return { ...callers, tool_choice: { type: "auto" } };
}

/** The fields of a request that are refused unless they may be dropped. It does not read the messages. */
export function unsupportedFields(given: JsonObject, rules: FieldRules): readonly string[] {
  const unsupported = new Unsupported(rules.allowedParams);
  const traits = traitsOf(rules.traitsModel);
  try {
    const request = applyRefusals(given, rules.refuses, unsupported);
    checkFields(request, unsupported);
    const tools = callersTools(request, new Set(), traits, unsupported);
    const thinking = think(
      request,
      tools,
      { ...rules, thinkingIsLost: false, maxTokens: limitOf(request) },
      unsupported,
    );
    if (thinking.thinks) chooseWhileThinking(tools, unsupported);
    convertSampling(request, { traits, apiVersion: rules.apiVersion, thinks: thinking.thinks }, unsupported);
    serviceTier(request, unsupported);
  } catch (thrown) {
    // A request that is wrong is refused when it is converted.
    if (RouterError.isInstance(thrown) && thrown.kind === "unsupported_params")
      return [...unsupported.refused, thrown.param ?? "messages"];
  }
  return unsupported.refused;
}

interface ThinkRules extends FieldRules {
  readonly thinkingIsLost: boolean;
  readonly maxTokens: number | undefined;
}

function think(
  request: JsonObject,
  tools: ToolSet,
  { traitsModel, interleaved, thinkingIsLost, maxTokens }: ThinkRules,
  unsupported: Unsupported,
): Thinking & { readonly thinks: boolean } {
  const traits = traitsOf(traitsModel);
  const rules = { traits, maxTokens, forcesTool: forces(tools.tool_choice), thinkingIsLost, interleaved };
  const thinking = convertThinking(request, rules, unsupported);
  return { ...thinking, thinks: thinking.config !== undefined && thinking.config.type !== "disabled" };
}

/**
 * Converts OpenAI's chat request into Anthropic's. A long one is converted in several turns of the event loop.
 * @throws (or rejects with) `invalid_request` for a request that is wrong, `unsupported_params` for fields without an equivalent
 */
export function convertRequest(given: JsonObject, options: ConvertOptions): MaybePromise<ConvertedRequest> {
  const unsupported = new Unsupported(options.allowedParams);
  const request = applyRefusals(given, options.refuses, unsupported);
  checkFields(request, unsupported);
  const messages = convertMessages((request["messages"] ?? []) as readonly ChatMessage[]);
  const parts = { given, request, unsupported, options };
  return messages instanceof Promise ? convertLater(messages, parts) : convertWith(messages, parts);
}

/** A request whose messages are being converted. */
interface RequestParts {
  readonly given: JsonObject;
  /** The request without what its deployment refuses. */
  readonly request: JsonObject;
  readonly unsupported: Unsupported;
  readonly options: ConvertOptions;
}

async function convertLater(messages: Promise<ConvertedMessages>, parts: RequestParts): Promise<ConvertedRequest> {
  return convertWith(await messages, parts);
}

function convertWith(
  { system, messages, calledTools, thinkingIsLost }: ConvertedMessages,
  { given, request, unsupported, options }: RequestParts,
): ConvertedRequest {
  const { model, apiVersion, omittedFields } = options;
  const traits = traitsOf(options.traitsModel);
  const asked = callersTools(request, calledTools, traits, unsupported);
  const limit = limitOf(request);
  const thinking = think(request, asked, { ...options, thinkingIsLost, maxTokens: limit }, unsupported);
  const { thinks } = thinking;
  const callers = thinks ? chooseWhileThinking(asked, unsupported) : asked;
  const plan = planJson(request["response_format"], {
    traits: { ...traits, jsonSchema: traits.jsonSchema && !omittedFields.includes("output_config") },
    hasTools: callers.tools !== undefined || omittedFields.includes("tools") || omittedFields.includes("tool_choice"),
    thinks,
  });
  const sampling = convertSampling(request, { traits, apiVersion, thinks }, unsupported);
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
  const dropped = unsupported.settle(model, options.dropParams);
  const { passed } = unsupported;
  const sent: MessageBody =
    passed === undefined ? body : { ...Object.fromEntries([...passed].map((field) => [field, given[field]])), ...body };
  const answersByTool = plan.kind === "tool";
  if (omittedFields.length === 0) return { body: sent, dropped, answersByTool };
  const omitted = omit(sent as unknown as Record<string, unknown>, omittedFields);
  return { body: sent, dropped: [...dropped, ...omitted], answersByTool };
}
