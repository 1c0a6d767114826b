import type { JsonObject } from "@modelyard/core";
import { atOnce, inTurns, type MaybePromise, type Steps } from "@modelyard/core/kit";
import { Fields, given, malformed, nonEmpty, untranslatable } from "../fields.js";
import {
  type Effort,
  efforts,
  type HubFormat,
  type HubReasoning,
  type HubRequest,
  type HubWant,
} from "../hub/request.js";
import { isJsonObject } from "../json.js";
import { readThinking } from "../read-thinking.js";
import { chatExtra } from "./read-content.js";
import { type Conversation, readMessages, readShort } from "./read-messages.js";
import { readParallelCalls, readToolChoice, readTools } from "./read-tools.js";

/** Reads the body of a Chat Completions request. @throws `invalid_request` naming the path that cannot be read */
export function readRequest(body: JsonObject): HubRequest {
  const begun = begin(body);
  return begun.conversation === undefined ? atOnce(requestSteps(begun)) : finished(begun, begun.conversation);
}

/** The same; a long one is read in several turns of the event loop. */
export function readInTurns(body: JsonObject): MaybePromise<HubRequest> {
  const begun = begin(body);
  return begun.conversation === undefined ? inTurns(requestSteps(begun)) : finished(begun, begun.conversation);
}

interface Begun {
  readonly fields: Fields;
  readonly messages: readonly unknown[];
  /** Not set: it is long. */
  readonly conversation: Conversation | undefined;
}

function begin(body: JsonObject): Begun {
  const fields = new Fields(body, "");
  const messages = fields.list("messages") ?? malformed("messages", "is required.");
  return { fields, messages, conversation: readShort(messages, "messages") };
}

function* requestSteps(begun: Begun): Steps<HubRequest> {
  return finished(begun, yield* readMessages(begun.messages, "messages"));
}

function finished({ fields }: Begun, { instructions, turns }: Conversation): HubRequest {
  const sampling = readSampling(fields);
  return {
    wire: "chat",
    model: fields.neededText("model"),
    instructions,
    turns,
    tools: readTools(fields),
    toolChoice: readToolChoice(fields),
    parallelToolCalls: readParallelCalls(fields),
    output: readOutput(fields),
    sampling,
    limits: readLimits(fields),
    reasoning: readReasoning(fields),
    state: given({ store: fields.flag("store") }),
    caching: given({
      key: fields.text("prompt_cache_key"),
      retention: fields.text("prompt_cache_retention"),
      options: fields.object("prompt_cache_options"),
    }),
    context: nothing,
    identity: given({
      user: fields.text("user"),
      safetyIdentifier: fields.text("safety_identifier"),
      metadata: fields.object("metadata"),
    }),
    service: given({ tier: fields.text("service_tier"), moderation: fields.object("moderation") }),
    stream: readStreaming(fields),
    wants: readWants(fields, sampling),
    // Last, since it is what nothing else has asked for.
    extra: chatExtra(fields.rest()) ?? nothing,
  };
}

const nothing = Object.freeze({});
const noWants: readonly HubWant[] = Object.freeze([]);
const wantsReasoning: readonly HubWant[] = Object.freeze(["encrypted_reasoning"]);

/** `include_reasoning` is OpenRouter's. Without it, callers still get what the model thinks as text. */
function readWants(fields: Fields, { logprobs }: HubRequest["sampling"]): readonly HubWant[] {
  // Asking for it marks the field as known, so that only this value is.
  const wanted =
    fields.value["include_reasoning"] === true && fields.flag("include_reasoning") === true ? wantsReasoning : noWants;
  return logprobs === true ? ["logprobs", ...wanted] : wanted;
}

/** What form the answer has. */
function readOutput(fields: Fields): HubRequest["output"] {
  return given({
    format: readFormat(fields.in("response_format")),
    verbosity: fields.text("verbosity"),
    modalities: fields.texts("modalities"),
    audio: fields.object("audio"),
    choices: fields.number("n"),
    prediction: fields.object("prediction"),
  });
}

function readSampling(fields: Fields): HubRequest["sampling"] {
  return given({
    temperature: fields.number("temperature"),
    topP: fields.number("top_p"),
    topK: fields.number("top_k"),
    stop: readStop(fields),
    frequencyPenalty: fields.number("frequency_penalty"),
    presencePenalty: fields.number("presence_penalty"),
    seed: fields.number("seed"),
    logitBias: fields.object("logit_bias"),
    logprobs: fields.flag("logprobs"),
    topLogprobs: fields.number("top_logprobs"),
  });
}

function readLimits(fields: Fields): HubRequest["limits"] {
  const newLimit = fields.whole("max_completion_tokens");
  const oldLimit = fields.whole("max_tokens");
  return given({ maxOutputTokens: newLimit ?? oldLimit });
}

function readStreaming(fields: Fields): HubRequest["stream"] {
  const on = fields.flag("stream") ?? false;
  const options = fields.in("stream_options");
  if (options === undefined) return { on };
  return { on, ...given({ usage: options.flag("include_usage"), obfuscation: options.flag("include_obfuscation") }) };
}

/** The most stop sequences. OpenAI takes four. */
const mostStops = 1_000;

/** `stop`, and the same in the words of Messages. */
function readStop(fields: Fields): readonly string[] | undefined {
  const stops = readStops(fields, "stop");
  const more = readStops(fields, "stop_sequences");
  return more === undefined ? stops : [...(stops ?? []), ...more];
}

function readStops(fields: Fields, key: string): readonly string[] | undefined {
  if (typeof fields.value[key] === "string") return [fields.text(key) as string];
  fields.atMost(key, mostStops);
  return nonEmpty(fields.texts(key));
}

function readFormat(format: Fields | undefined): HubFormat | undefined {
  const type = format?.neededText("type");
  if (format === undefined || type === undefined) return undefined;
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema")
    return untranslatable(format.at("type"), 'must be "text", "json_object" or "json_schema".');
  const schema = format.in("json_schema") ?? malformed(format.at("json_schema"), "is required.");
  return {
    type: "json_schema",
    schema: schema.object("schema") ?? {},
    ...given({
      name: schema.text("name"),
      description: schema.text("description"),
      strict: schema.flag("strict"),
    }),
  };
}

/** An effort, LiteLLM's object of an effort and the summary that is asked for, or `thinking` of Messages. */
function readReasoning(fields: Fields): HubReasoning {
  const asked = readAsked(fields);
  const thinking = fields.in("thinking");
  return thinking === undefined ? asked : { ...asked, ...readThinking(thinking, asked.effort) };
}

function readAsked(fields: Fields): HubReasoning {
  if (!isJsonObject(fields.any("reasoning_effort"))) return given({ effort: readEffort(fields, "reasoning_effort") });
  const both = fields.in("reasoning_effort");
  if (both === undefined) return {};
  const summary = both.text("summary");
  const show = summary === undefined ? undefined : readSummary(summary, both.at("summary"));
  return given({ effort: readEffort(both, "effort"), show });
}

const summaries: ReadonlySet<string> = new Set(["auto", "concise", "detailed"]);

/** @throws `unsupported_params` for a word that is not a kind of summary */
export function readSummary(summary: string, path: string): HubReasoning["show"] {
  if (summaries.has(summary)) return summary as HubReasoning["show"];
  return untranslatable(path, `must be one of ${[...summaries].join(", ")}, not "${summary}".`);
}

/** @throws `unsupported_params` for a word that is not an effort */
export function readEffort(fields: Fields, key: string): Effort | undefined {
  const effort = fields.text(key);
  if (effort === undefined || efforts.some((known) => known === effort)) return effort as Effort | undefined;
  return untranslatable(fields.at(key), `must be one of ${efforts.join(", ")}, not "${effort}".`);
}
