import { keptMarks } from "../cache-marks.js";
import { writeMark } from "../chat/write-parts.js";
import { given, neutral, withRest } from "../fields.js";
import type { HubRequest, Instruction } from "../hub/request.js";
import { forOtherVendors, messagesOf } from "../instructions.js";
import type { JsonObject } from "../json.js";
import { LossList } from "../losses.js";
import { reportForeign } from "../report-foreign.js";
import { effortOf } from "../read-thinking.js";
import { shortIdentifier } from "../short-identifier.js";
import { strictness } from "../strict-schema.js";
import type { WrittenRequest } from "../target.js";
import { ToolNames } from "../tool-names.js";
import type { ResponsesTarget } from "./target.js";
import { type ItemWriting, writeInstructionMessage, writeTurns } from "./write-items.js";
import { writeTools, writeToolChoice } from "./write-tools.js";

/**
 * Writes the body of a Responses request. Unless the caller says otherwise, the vendor stores nothing: thoughts come back
 * in encrypted form instead.
 * @throws `invalid_request` for the result of a call that no turn before it makes
 */
export function writeRequest(request: HubRequest, target: ResponsesTarget): WrittenRequest {
  const losses = new LossList(target.dropParams);
  const own = request.wire === "responses";
  const ownFiles = request.wire !== "messages" && target.vendor === "openai";
  const names = new ToolNames();
  const writing = { target, losses, names, marks: keptMarks(request), own, ownFiles };
  const tools = writeTools(request.tools, writing);
  const include = writeInclude(request, target, own);
  const value = {
    model: target.model,
    ...writeInput(request, writing),
    ...given({
      tools: tools.length === 0 ? undefined : tools,
      tool_choice: writeToolChoice(request, writing),
      parallel_tool_calls: request.parallelToolCalls,
      text: writeText(request, losses),
      reasoning: writeReasoning(request, target, losses),
      include: include.length === 0 ? undefined : include,
    }),
    ...writeSampling(request, writing),
    ...writeAccount(request, losses),
  };
  reportForeign(request, "responses", losses);
  return { value: withRest(value, request.extra.responses), losses: losses.all, names };
}

/**
 * The first instruction is a field, unless it is marked, or JSON is asked for: the vendor looks for the word in the
 * messages only.
 */
function writeInput(request: HubRequest, writing: ItemWriting) {
  const instructions =
    request.wire === "messages" ? forOtherVendors(request.instructions, writing.losses) : request.instructions;
  const groups = messagesOf(instructions);
  const [first, ...others] = groups;
  const items = writeTurns(request, writing);
  const asField =
    first !== undefined && request.output.format?.type !== "json" && items.length > 0 && isPlain(first, writing);
  // The field has no place for marks. Those that the target does not take are reported.
  if (asField) for (const text of first) writeMark(text, writing);
  const messages = (asField ? others : groups).map((group) => writeInstructionMessage(group, writing));
  return {
    ...(asField ? { instructions: first.map(({ text }) => text).join("\n\n") } : {}),
    input: [...messages, ...items],
  };
}

function isPlain(group: readonly Instruction[], { target, marks }: ItemWriting): boolean {
  return !group.some(({ cache }) => cache !== undefined && target.cacheMarks && marks.has(cache));
}

function writeText(request: HubRequest, losses: LossList): JsonObject | undefined {
  const text = given({ format: writeFormat(request, losses), verbosity: request.output.verbosity });
  return Object.keys(text).length === 0 ? undefined : text;
}

function writeFormat(request: HubRequest, losses: LossList): JsonObject | undefined {
  const { format } = request.output;
  if (format === undefined) return undefined;
  if (format.type !== "json_schema") return { type: format.type === "json" ? "json_object" : "text" };
  const { name = "answer", description, schema } = format;
  const strict = strictness(request, format, losses) ?? false;
  return { type: "json_schema", name, ...given({ description }), schema, strict };
}

function writeReasoning(
  { reasoning, wire }: HubRequest,
  { summaries }: ResponsesTarget,
  losses: LossList,
): JsonObject | undefined {
  const own = wire === "responses";
  if (reasoning.mode === "between_tools") losses.converted("thinking.type", "Responses only has levels of effort.");
  if (reasoning.budgetTokens !== undefined)
    losses.converted("thinking.budget_tokens", "The budget is one of a few efforts in Responses.");
  const effort = effortOf(reasoning);
  const usual = summaries === true && effort !== undefined && effort !== "none" ? ("detailed" as const) : undefined;
  const written = given({
    effort,
    summary: reasoning.show === "none" ? undefined : (reasoning.show ?? usual),
    context: own ? reasoning.context : undefined,
    mode: own ? reasoning.execution : undefined,
  });
  return Object.keys(written).length === 0 ? undefined : written;
}

function writeInclude(request: HubRequest, target: ResponsesTarget, own: boolean): readonly string[] {
  const include = request.wants.flatMap((want) => {
    if (typeof want === "object") return want.wire === "responses" ? [want.value] : [];
    if (want === "logprobs") return ["message.output_text.logprobs"];
    // OpenAI refuses to return what other models do not think.
    return own || target.reasoning ? ["reasoning.encrypted_content"] : [];
  });
  if (own || !target.reasoning || include.includes("reasoning.encrypted_content")) return include;
  return [...include, "reasoning.encrypted_content"];
}

/** OpenAI's smallest limit of an answer, in tokens. */
const leastOutput = 16;

function writeSampling({ sampling, limits, output, stream, wire }: HubRequest, { target, losses }: ItemWriting) {
  const refuse = (path: string, value: unknown): void => {
    if (value !== undefined) losses.refused(path, "Responses has no such field.");
  };
  refuse("top_k", sampling.topK);
  refuse(wire === "messages" ? "stop_sequences" : "stop", sampling.stop);
  refuse("logit_bias", Object.keys(sampling.logitBias ?? {}).length === 0 ? undefined : sampling.logitBias);
  refuse("n", (output.choices ?? 1) > 1 ? output.choices : undefined);
  refuse("modalities", output.modalities?.includes("audio") === true ? output.modalities : undefined);
  if (!target.penalties) {
    refuse("frequency_penalty", neutral(sampling.frequencyPenalty, 0));
    refuse("presence_penalty", neutral(sampling.presencePenalty, 0));
  }
  if (sampling.seed !== undefined) losses.dropped("seed", "Responses has no such field.");
  if (output.prediction !== undefined) losses.dropped("prediction", "Responses has no such field.");
  const { maxOutputTokens: limit } = limits;
  if (limit === 0) losses.refused("max_tokens", "The model cannot be asked for an answer of 0 tokens.");
  else if (limit !== undefined && limit < leastOutput)
    losses.converted("max_tokens", `OpenAI's lowest limit is ${String(leastOutput)}.`);
  const { obfuscation } = stream;
  return given({
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.topLogprobs,
    frequency_penalty: target.penalties ? sampling.frequencyPenalty : undefined,
    presence_penalty: target.penalties ? sampling.presencePenalty : undefined,
    max_output_tokens: limit === undefined || limit === 0 ? undefined : Math.max(limit, leastOutput),
    max_tool_calls: limits.maxToolCalls,
    stream: stream.on ? true : undefined,
    stream_options: stream.on && obfuscation !== undefined ? { include_obfuscation: obfuscation } : undefined,
  });
}

function writeAccount(request: HubRequest, losses: LossList) {
  const { state, caching, context, identity, service, limits, wire } = request;
  const own = wire === "responses";
  const asIdentifier = wire === "messages" ? identity.user : identity.safetyIdentifier;
  if (limits.taskBudget !== undefined) losses.dropped("output_config.task_budget", "Responses has no such field.");
  return given({
    store: own ? state.store : (state.store ?? false),
    previous_response_id: own ? state.previousResponseId : undefined,
    conversation: own ? state.conversation : undefined,
    background: own ? state.background : undefined,
    prompt: own ? state.promptTemplate : undefined,
    prompt_cache_key: caching.key,
    prompt_cache_retention: caching.retention,
    prompt_cache_options: caching.options,
    truncation: context.truncation,
    context_management:
      context.compactAt === undefined ? undefined : [{ type: "compaction", compact_threshold: context.compactAt }],
    user: wire === "messages" ? undefined : identity.user,
    safety_identifier: asIdentifier === undefined ? undefined : shortIdentifier(asIdentifier, 128, losses),
    metadata: identity.metadata,
    moderation: service.moderation,
    service_tier: wire === "messages" && service.tier === "standard_only" ? "default" : service.tier,
  });
}
