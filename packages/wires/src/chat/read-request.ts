import type { JsonObject } from "@modelyard/core";
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
import { chatExtra } from "./read-content.js";
import { readMessages } from "./read-messages.js";
import { readToolChoice, readTools } from "./read-tools.js";

/** Reads the body of a Chat Completions request. @throws `invalid_request` naming the path that cannot be read */
export function readRequest(body: JsonObject): HubRequest {
  const fields = new Fields(body, "");
  const messages = fields.list("messages") ?? malformed("messages", "is required.");
  const known = {
    model: fields.neededText("model"),
    ...readMessages(messages, "messages"),
    tools: readTools(fields),
    ...given({ toolChoice: readToolChoice(fields), parallelToolCalls: fields.flag("parallel_tool_calls") }),
    ...readOutput(fields),
    ...readAccount(fields),
  };
  const extra = chatExtra(fields.rest());
  return { wire: "chat", ...known, wants: wantsOf(known.sampling.logprobs), extra: extra ?? {} };
}

/** What form the answer has, and how it is sampled. */
function readOutput(fields: Fields) {
  const newLimit = fields.number("max_completion_tokens");
  const oldLimit = fields.number("max_tokens");
  const options = fields.in("stream_options");
  return {
    output: given({
      format: readFormat(fields.in("response_format")),
      verbosity: fields.text("verbosity"),
      modalities: fields.texts("modalities"),
      audio: fields.object("audio"),
      choices: fields.number("n"),
      prediction: fields.object("prediction"),
    }),
    sampling: given({
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
    }),
    limits: given({ maxOutputTokens: newLimit ?? oldLimit }),
    reasoning: readReasoning(fields),
    stream: {
      on: fields.flag("stream") ?? false,
      ...given({ usage: options?.flag("include_usage"), obfuscation: options?.flag("include_obfuscation") }),
    },
  };
}

/** What concerns the caller's account: state, caches, identity and service. */
function readAccount(fields: Fields) {
  return {
    state: given({ store: fields.flag("store") }),
    caching: given({
      key: fields.text("prompt_cache_key"),
      retention: fields.text("prompt_cache_retention"),
      options: fields.object("prompt_cache_options"),
    }),
    context: {},
    identity: given({
      user: fields.text("user"),
      safetyIdentifier: fields.text("safety_identifier"),
      metadata: fields.object("metadata"),
    }),
    service: given({ tier: fields.text("service_tier"), moderation: fields.object("moderation") }),
  };
}

function wantsOf(logprobs: boolean | undefined): readonly HubWant[] {
  return logprobs === true ? ["logprobs"] : [];
}

function readStop(fields: Fields): readonly string[] | undefined {
  return typeof fields.value["stop"] === "string" ? [fields.text("stop") as string] : nonEmpty(fields.texts("stop"));
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

/** An effort, or LiteLLM's object of an effort and the summary that is asked for. */
function readReasoning(fields: Fields): HubReasoning {
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
