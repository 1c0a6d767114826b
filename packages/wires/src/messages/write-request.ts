import { atOnce, inTurns, type MaybePromise, type Steps } from "@modelyard/core/kit";
import { keptMarks, markedByKey } from "../cache-marks.js";
import { given, malformed, neutral, nonEmpty, withRest } from "../fields.js";
import type { HubRequest } from "../hub/request.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { saysNothing } from "../lost-turn.js";
import { reportForeign } from "../report-foreign.js";
import type { WrittenRequest } from "../target.js";
import { ToolIds } from "../tool-ids.js";
import { ToolNames } from "../tool-names.js";
import { calledIn } from "./called-tools.js";
import { nativeIn } from "./native-fields.js";
import { withoutSystemTurns } from "./system-turns.js";
import type { MessagesTarget } from "./target.js";
import { TextFiles } from "./text-files.js";
import { ToolInputs } from "./tool-inputs.js";
import type { BlockWriting } from "./write-blocks.js";
import { writeFormat } from "./write-format.js";
import { writeIdentity } from "./write-identity.js";
import { type Message, MessageList, writeSystem } from "./write-messages.js";
import { writeSampling } from "./write-sampling.js";
import { declareCalled, forcesTool, isBounded, type WrittenTools, writeTools } from "./write-tools.js";
import { writeThinking } from "./write-thinking.js";

/**
 * Writes the body of a Messages request.
 * @throws `invalid_request` if calls and results of tools do not belong together
 */
export function writeRequest(request: HubRequest, target: MessagesTarget): WrittenRequest {
  const parts = begun(request, target);
  if (!parts.messages.addShort()) atOnce(parts.messages.steps());
  return atOnce(lastSteps(parts));
}

/** The same; a long one is written in several turns of the event loop. */
export function writeInTurns(request: HubRequest, target: MessagesTarget): MaybePromise<WrittenRequest> {
  const parts = begun(request, target);
  if (!parts.messages.addShort()) return inTurns(allSteps(parts));
  return parts.writing.inputs.isWaiting || parts.writing.texts.isWaiting ? inTurns(lastSteps(parts)) : finished(parts);
}

/** A request that is being written. */
interface RequestParts {
  readonly request: HubRequest;
  readonly writing: BlockWriting;
  readonly tools: WrittenTools;
  readonly messages: MessageList;
}

function begun(read: HubRequest, target: MessagesTarget): RequestParts {
  if (read.wire === "chat" && read.instructions.length === 0 && read.turns.every(saysNothing))
    malformed("messages", "must contain at least one message with content.");
  const losses = new LossList(target.dropParams);
  const marked = target.marksByKey === true ? markedByKey(read) : read;
  if (marked !== read) losses.converted("prompt_cache_key", "Messages has marks for the cache instead.");
  else if (read.wire !== "messages" && read.caching.key !== undefined)
    losses.dropped("prompt_cache_key", "Messages has no such field.");
  const request = target.systemTurns ? marked : withoutSystemTurns(marked, losses);
  const writing = writingFor(request, target, losses);
  // Tools first: calls in messages use their names.
  const tools = writeTools(request, writing);
  return { request, writing, tools, messages: new MessageList(request, writing) };
}

function* allSteps(parts: RequestParts): Steps<WrittenRequest> {
  yield* parts.messages.steps();
  return yield* lastSteps(parts);
}

function* lastSteps(parts: RequestParts): Steps<WrittenRequest> {
  yield* parts.writing.inputs.rest();
  yield* parts.writing.texts.rest();
  return finished(parts);
}

function finished({ request, writing, tools, messages }: RequestParts): WrittenRequest {
  const { losses, names, own } = writing;
  const value = writeFields({ request, tools, messages: messages.finished() }, writing);
  if (!own) reportUnknown(request, losses);
  reportForeign(request, "messages", losses);
  const written = withRest(withRest(value, nativeIn(request)), request.extra.messages);
  const betas = own ? undefined : betasOf(value);
  return betas === undefined
    ? { value: written, losses: losses.all, names }
    : { value: written, losses: losses.all, names, betas };
}

function writingFor(request: HubRequest, target: MessagesTarget, losses: LossList): BlockWriting {
  return {
    target,
    losses,
    names: new ToolNames(),
    ids: new ToolIds(),
    inputs: new ToolInputs(),
    texts: new TextFiles(),
    marks: keptMarks(request),
    own: request.wire === "messages",
  };
}

interface WrittenParts {
  readonly request: HubRequest;
  readonly tools: WrittenTools;
  readonly messages: readonly Message[];
}

/** The fields of the body. What one of them may be depends on others: see {@link writeThinking} and {@link writeFormat}. */
function writeFields({ request, tools, messages }: WrittenParts, writing: BlockWriting): JsonObject {
  const { target, losses, names } = writing;
  const { called, isLost } = calledIn(messages);
  const forced = forcesTool(request) && target.traits.forcedTools;
  const thinking = writeThinking(request, { target, losses, forcesTool: forced, isLost });
  const hasTools = tools.tools !== undefined || called !== undefined;
  const { format, words, tools: answer } = writeFormat(request, { target, names, hasTools, thinks: thinking.on });
  const limit =
    request.limits.maxOutputTokens ??
    Math.min(target.maxTokens + thinking.extraTokens, target.longestAnswer ?? Infinity);
  const body: Record<string, unknown> = { model: target.model, max_tokens: limit };
  add(body, "system", writeSystem(request.instructions, words, writing));
  body["messages"] = messages;
  const sent = tools.tools === undefined && called !== undefined ? declareCalled(called) : tools;
  addAll(body, answer ?? (forced && thinking.on ? unforced(sent, losses) : sent));
  addAll(body, writeSampling(request, target, thinking.on, losses));
  add(body, "stop_sequences", writeStops(request, losses));
  add(body, "thinking", thinking.thinking);
  add(body, "output_config", writeConfig(request, thinking.effort, format));
  addAll(body, writeAccount(request, losses));
  if (request.stream.on) body["stream"] = true;
  return body;
}

/** Anthropic refuses blank ones. */
function writeStops({ sampling: { stop }, wire }: HubRequest, losses: LossList): readonly string[] | undefined {
  const stops = stop?.filter((one) => one.trim() !== "");
  if (stops?.length !== stop?.length)
    losses.dropped(wire === "messages" ? "stop_sequences" : "stop", "Anthropic does not accept blank stop sequences.");
  return nonEmpty(stops);
}

function add(body: Record<string, unknown>, field: string, value: unknown): void {
  if (value !== undefined) body[field] = value;
}

function addAll(body: Record<string, unknown>, fields: object): void {
  for (const field in fields) add(body, field, (fields as JsonObject)[field]);
}

/** A model that thinks cannot be made to call a tool. */
function unforced(tools: WrittenTools, losses: LossList): WrittenTools {
  losses.refused("tool_choice", "The model cannot be made to call a tool while it thinks.");
  const { name: _, ...choice } = tools.tool_choice ?? {};
  return { ...tools, tool_choice: { ...choice, type: "auto" } };
}

/** Betas for what other wires have without one. A caller of Messages names its betas itself. */
function betasOf({ context_management: edits, mcp_servers: servers }: JsonObject): readonly string[] | undefined {
  if (edits === undefined && servers === undefined) return undefined;
  return nonEmpty([
    ...(edits === undefined ? [] : ["compact-2026-01-12"]),
    ...(servers === undefined ? [] : ["mcp-client-2025-04-04"]),
  ]);
}

function writeConfig({ limits }: HubRequest, effort: string | undefined, format: JsonObject | undefined) {
  if (effort === undefined && format === undefined && limits.taskBudget === undefined) return undefined;
  return given({ effort, format, task_budget: limits.taskBudget });
}

function writeAccount({ identity, service, caching, context, state, wire }: HubRequest, losses: LossList) {
  const own = wire === "messages";
  const compaction = context.compactAt === undefined ? [] : [compactionAt(context.compactAt)];
  const edits = context.edits ?? compaction;
  return {
    metadata: writeIdentity(identity, wire, losses),
    service_tier: tierOf(service.tier, wire, losses),
    speed: own ? service.speed : undefined,
    inference_geo: own ? service.geography : undefined,
    cache_control: caching.auto?.extra?.messages,
    context_management: edits.length === 0 ? undefined : { edits },
    thread: own ? state.thread : undefined,
    container: own ? state.container : undefined,
  };
}

function compactionAt(value: number): JsonObject {
  return { type: "compact_20260112", trigger: { type: "input_tokens", value } };
}

function tierOf(tier: string | undefined, wire: HubRequest["wire"], losses: LossList): string | undefined {
  if (tier === undefined || tier === "auto" || tier === "standard_only") return tier;
  if (tier === "default") return "standard_only";
  const why = "Anthropic only has the tiers auto and default.";
  if (wire === "chat") losses.refused("service_tier", why);
  else losses.dropped("service_tier", why);
  return undefined;
}

/** Fields of OpenAI's that change nothing in an answer, and those that do. */
function reportUnknown(request: HubRequest, losses: LossList): void {
  const { sampling, output, caching, service, limits, reasoning } = request;
  const refuse = (path: string, value: unknown): void => {
    if (value !== undefined) losses.refused(path, "Messages has no such field.");
  };
  const drop = (path: string, value: unknown): void => {
    if (value !== undefined) losses.dropped(path, "Messages has no such field.");
  };
  if ((output.choices ?? 1) > 1) refuse("n", output.choices);
  refuse("frequency_penalty", neutral(sampling.frequencyPenalty, 0));
  refuse("presence_penalty", neutral(sampling.presencePenalty, 0));
  refuse("logit_bias", Object.keys(sampling.logitBias ?? {}).length === 0 ? undefined : sampling.logitBias);
  refuse("logprobs", neutral(sampling.logprobs, false));
  refuse("top_logprobs", neutral(sampling.topLogprobs, 0));
  refuse("modalities", output.modalities?.includes("audio") === true ? output.modalities : undefined);
  if (reasoning.execution === "pro") refuse("reasoning.mode", reasoning.execution);
  refuse("seed", sampling.seed);
  // Coding tools always send it in Responses.
  if (request.wire === "responses") drop("text.verbosity", output.verbosity);
  else refuse("verbosity", output.verbosity);
  drop("prediction", output.prediction);
  drop("prompt_cache_retention", caching.retention);
  drop("prompt_cache_options", isExplicit(caching.options) ? undefined : caching.options);
  if (blocks(service.moderation)) refuse("moderation", service.moderation);
  else drop("moderation", service.moderation);
  if (!request.tools.some(isBounded)) drop("max_tool_calls", limits.maxToolCalls);
  if (request.wants.includes("logprobs") && request.wire === "responses") refuse("include", "logprobs");
  drop("reasoning.context", reasoning.context);
}

/** Marks are explicit in Messages anyway. */
function isExplicit(options: JsonObject | undefined): boolean {
  return options?.["mode"] === "explicit" && Object.keys(options).length === 1;
}

/** Whether moderation may stop an answer, so that the answer could be another without it. */
function blocks(moderation: JsonObject | undefined): boolean {
  const policy = moderation?.["policy"];
  if (!isJsonObject(policy)) return false;
  return Object.values(policy).some((rule) => isJsonObject(rule) && rule["mode"] === "block");
}
