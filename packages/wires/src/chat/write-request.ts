import { given, withRest } from "../fields.js";
import type { WireName } from "../hub/common.js";
import type { HubRequest } from "../hub/request.js";
import { keptMarks } from "../cache-marks.js";
import { LossList } from "../losses.js";
import { reportForeign } from "../report-foreign.js";
import { effortOf } from "../read-thinking.js";
import { shortIdentifier } from "../short-identifier.js";
import { strictness } from "../strict-schema.js";
import type { WrittenRequest } from "../target.js";
import { ToolNames } from "../tool-names.js";
import type { ChatTarget } from "./target.js";
import { type MessageWriting, writeMessages } from "./write-messages.js";
import { writeTools, writeToolChoice } from "./write-tools.js";

/**
 * Writes the body of a Chat Completions request.
 * @throws `invalid_request` if calls and results of tools do not belong together
 */
export function writeRequest(request: HubRequest, target: ChatTarget): WrittenRequest {
  const losses = new LossList(target.dropParams);
  const names = new ToolNames();
  const ownFiles = request.wire !== "messages" && target.vendor === "openai";
  const writing = { target, losses, names, marks: keptMarks(request), ownFiles };
  // Tools first: messages use their names.
  const tools = writeTools(request, writing);
  const value = {
    model: target.model,
    messages: writeMessages(request, writing),
    ...tools,
    ...given({
      tool_choice: writeToolChoice(request.toolChoice, writing),
      parallel_tool_calls: request.parallelToolCalls,
    }),
    ...writeLimits(request, writing),
    ...writeSampling(request, writing),
    ...writeOutput(request, writing),
    ...writeAccount(request, writing),
  };
  reportForeign(request, "chat", losses);
  return { value: withRest(value, request.extra.chat), losses: losses.all, names };
}

function writeLimits({ limits, stream, wire }: HubRequest, { target, losses }: MessageWriting) {
  const { maxOutputTokens, maxToolCalls, taskBudget } = limits;
  if (maxOutputTokens === 0)
    losses.refused(
      wire === "responses" ? "max_output_tokens" : "max_tokens",
      "The model cannot be asked for an answer of 0 tokens.",
    );
  if (maxToolCalls !== undefined)
    losses.dropped("max_tool_calls", "Chat Completions does not limit the number of tool calls.");
  if (taskBudget !== undefined) losses.dropped("output_config.task_budget", "Chat Completions has no such budget.");
  const options = given({
    include_usage: target.streamUsage ? true : undefined,
    include_obfuscation: writeObfuscation(stream.obfuscation, target, losses),
  });
  return {
    ...(maxOutputTokens === undefined || maxOutputTokens === 0 ? {} : { [target.limitField]: maxOutputTokens }),
    ...(stream.on ? { stream: true } : {}),
    ...(stream.on && Object.keys(options).length > 0 ? { stream_options: options } : {}),
  };
}

/** Whether events are padded, so that nobody can tell their text by their length. Only OpenAI does that. */
function writeObfuscation(wanted: boolean | undefined, { vendor }: ChatTarget, losses: MessageWriting["losses"]) {
  if (obfuscating.has(vendor)) return wanted;
  if (wanted === true) losses.dropped("stream_options.include_obfuscation", "The host does not pad its events.");
  return undefined;
}

const obfuscating: ReadonlySet<string> = new Set(["openai", "azure", "azure_ai"]);

function writeSampling({ sampling, wire, wants }: HubRequest, { target, losses }: MessageWriting) {
  const { topK, stop } = sampling;
  if (topK !== undefined && !target.topK) losses.refused("top_k", "The model does not support it.");
  const stops = stop === undefined || stop.length <= target.maxStops ? stop : undefined;
  if (stops !== stop)
    losses.refused(
      wire === "messages" ? "stop_sequences" : "stop",
      `The model accepts at most ${String(target.maxStops)} stop sequences.`,
    );
  return given({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: target.topK ? topK : undefined,
    stop: stops,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    seed: sampling.seed,
    logit_bias: sampling.logitBias,
    logprobs:
      sampling.logprobs ?? (sampling.topLogprobs !== undefined || wants.includes("logprobs") ? true : undefined),
    top_logprobs: sampling.topLogprobs,
  });
}

function writeOutput(request: HubRequest, { losses }: MessageWriting) {
  const { output, reasoning, wire } = request;
  if (reasoning.execution === "pro") losses.refused("reasoning.mode", "Chat Completions has no such mode.");
  else if (reasoning.execution !== undefined) losses.dropped("reasoning.mode", "Chat Completions has no such mode.");
  if (reasoning.context !== undefined) losses.dropped("reasoning.context", "Chat Completions has no such field.");
  if (reasoning.show !== undefined) losses.dropped(showPaths[wire], "Chat Completions has no such field.");
  if (reasoning.mode === "between_tools")
    losses.converted("thinking.type", "Chat Completions only has levels of effort.");
  if (reasoning.budgetTokens !== undefined)
    losses.converted("thinking.budget_tokens", "The budget is one of a few efforts in Chat Completions.");
  return given({
    response_format: writeFormat(request, losses),
    reasoning_effort: writeEffort(request, losses),
    verbosity: output.verbosity,
    modalities: output.modalities,
    audio: output.audio,
    n: output.choices,
    prediction: output.prediction,
  });
}

/** Where each wire says how to show what the model thinks. */
const showPaths: Readonly<Record<WireName, string>> = {
  chat: "reasoning_effort.summary",
  responses: "reasoning.summary",
  messages: "thinking.display",
};

/** OpenAI refuses the highest effort in Chat Completions, of models that take it in Responses. */
function writeEffort({ reasoning, wire }: HubRequest, losses: MessageWriting["losses"]) {
  const effort = effortOf(reasoning);
  if (effort !== "max" || wire === "chat") return effort;
  const path = wire === "messages" ? "output_config.effort" : "reasoning.effort";
  losses.converted(path, "The highest effort of Chat Completions is xhigh.");
  return "xhigh";
}

function writeFormat(request: HubRequest, losses: MessageWriting["losses"]) {
  const { format } = request.output;
  if (format === undefined) return undefined;
  if (format.type !== "json_schema") return { type: format.type === "json" ? "json_object" : "text" };
  const { name = "answer", description, schema } = format;
  const strict = strictness(request, format, losses);
  return { type: "json_schema", json_schema: { name, ...given({ description }), schema, ...given({ strict }) } };
}

function writeAccount({ state, caching, identity, service, wire }: HubRequest, { losses }: MessageWriting) {
  return given({
    store: wire === "chat" ? state.store : undefined,
    prompt_cache_key: caching.key,
    prompt_cache_retention: caching.retention,
    prompt_cache_options: caching.options,
    user:
      wire === "messages" && identity.user !== undefined ? shortIdentifier(identity.user, 64, losses) : identity.user,
    safety_identifier: identity.safetyIdentifier,
    metadata: identity.metadata,
    moderation: service.moderation,
    service_tier: tierOf(service.tier, wire, losses),
  });
}

function tierOf(tier: string | undefined, wire: HubRequest["wire"], losses: MessageWriting["losses"]) {
  if (wire === "messages" && tier === "standard_only") return "default";
  if (tier !== "ultrafast") return tier;
  losses.dropped("service_tier", "Chat Completions has no such tier.");
  return undefined;
}
