import { keptMarks, markedByKey } from "../cache-marks.js";
import { given, neutral, nonEmpty, withRest } from "../fields.js";
import type { HubRequest } from "../hub/request.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportForeign } from "../report-foreign.js";
import type { WrittenRequest } from "../target.js";
import { ToolIds } from "../tool-ids.js";
import { ToolNames } from "../tool-names.js";
import { nativeIn } from "./native-fields.js";
import type { MessagesTarget } from "./target.js";
import { writeMessages, writeSystem } from "./write-messages.js";
import { writeSampling } from "./write-sampling.js";
import { forcesTool, isBounded, writeTools } from "./write-tools.js";
import { writeThinking } from "./write-thinking.js";

const onlyJson = "Answer with one JSON object and nothing else: no words around it, no code fence.";

/**
 * Writes the body of a Messages request.
 * @throws `invalid_request` if calls and results of tools do not belong together
 */
export function writeRequest(read: HubRequest, target: MessagesTarget): WrittenRequest {
  const losses = new LossList(target.dropParams);
  const request = target.marksByKey === true ? markedByKey(read) : read;
  const names = new ToolNames();
  const own = request.wire === "messages";
  const writing = { target, losses, names, ids: new ToolIds(), marks: keptMarks(request), own };
  // Tools first: calls in messages use their names.
  const tools = writeTools(request, writing);
  const thinking = writeThinking(request, { target, losses, forcesTool: forcesTool(request) });
  const { format, words } = writeFormat(request, target);
  const { longestAnswer = Infinity } = target;
  const value = {
    model: target.model,
    max_tokens: request.limits.maxOutputTokens ?? Math.min(target.maxTokens + thinking.extraTokens, longestAnswer),
    ...given({ system: writeSystem(request.instructions, words, writing) }),
    messages: writeMessages(request, writing),
    ...tools,
    ...writeSampling(request, target, thinking.on, losses),
    ...given({
      stop_sequences: request.sampling.stop,
      thinking: thinking.thinking,
      output_config: writeConfig(request, thinking.effort, format),
      ...writeAccount(request, losses),
      stream: request.stream.on ? true : undefined,
    }),
  };
  if (!own) reportUnknown(request, losses);
  if (request !== read) losses.converted("prompt_cache_key", "Messages has marks for the cache instead.");
  else if (!own && read.caching.key !== undefined) losses.dropped("prompt_cache_key", "Messages has no such field.");
  reportForeign(request, "messages", losses);
  const written = withRest(withRest(value, nativeIn(request)), request.extra.messages);
  return { value: written, losses: losses.all, names, ...given({ betas: own ? undefined : betasOf(value) }) };
}

/** Betas for what other wires have without one. A caller of Messages names its betas itself. */
function betasOf({ context_management: edits, mcp_servers: servers }: JsonObject): readonly string[] | undefined {
  return nonEmpty([
    ...(edits === undefined ? [] : ["compact-2026-01-12"]),
    ...(servers === undefined ? [] : ["mcp-client-2025-04-04"]),
  ]);
}

/** A schema that the model is held to; in words where it cannot be. */
function writeFormat({ output: { format } }: HubRequest, target: MessagesTarget) {
  if (format === undefined || format.type === "text") return {};
  if (format.type === "json") return { words: onlyJson };
  if (target.traits.jsonSchema) return { format: { type: "json_schema", schema: target.fitSchema(format.schema) } };
  return { words: `${onlyJson} It must fit this JSON schema: ${JSON.stringify(format.schema)}` };
}

function writeConfig({ limits }: HubRequest, effort: string | undefined, format: JsonObject | undefined) {
  const config = given({ effort, format, task_budget: limits.taskBudget });
  return Object.keys(config).length === 0 ? undefined : config;
}

function writeAccount({ identity, service, caching, context, state, wire }: HubRequest, losses: LossList) {
  const own = wire === "messages";
  const user = identity.user ?? identity.safetyIdentifier;
  const compaction = context.compactAt === undefined ? [] : [compactionAt(context.compactAt)];
  const edits = context.edits ?? compaction;
  return {
    metadata: user === undefined ? undefined : { user_id: user },
    service_tier: tierOf(service.tier, losses),
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

function tierOf(tier: string | undefined, losses: LossList): string | undefined {
  if (tier === undefined || tier === "auto" || tier === "standard_only") return tier;
  if (tier === "default") return "standard_only";
  losses.dropped("service_tier", "Anthropic has no such tier.");
  return undefined;
}

/** Fields of OpenAI's that change nothing in an answer, and those that do. */
function reportUnknown(request: HubRequest, losses: LossList): void {
  const { sampling, output, identity, caching, service, limits, reasoning } = request;
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
  // The best that a seed promises is an effort.
  drop("seed", sampling.seed);
  drop(request.wire === "responses" ? "text.verbosity" : "verbosity", output.verbosity);
  drop("prediction", output.prediction);
  drop("metadata", identity.metadata);
  drop("safety_identifier", identity.user === undefined ? undefined : identity.safetyIdentifier);
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
