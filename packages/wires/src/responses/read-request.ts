import { readEffort, readSummary } from "../chat/read-request.js";
import { Fields, given, malformed, untranslatable } from "../fields.js";
import type { HubFormat, HubReasoning, HubRequest, HubWant, Instruction } from "../hub/request.js";
import type { HubTool } from "../hub/tools.js";
import type { JsonObject } from "../json.js";
import { readInput } from "./read-items.js";
import { responsesExtra } from "./read-parts.js";
import { readFound, readToolChoice, readTools } from "./read-tools.js";

/** Reads the body of a Responses request. @throws `invalid_request` naming the path that cannot be read */
export function readRequest(body: JsonObject): HubRequest {
  const fields = new Fields(body, "");
  const { declared, ...input } = readInput(fields.any("input"), readInstructions(fields));
  const known = {
    // Stored prompts and conversations may name the model.
    model: fields.text("model") ?? malformed("model", "is required."),
    ...input,
    tools: [...readTools(fields.each("tools")), ...declared.flatMap(readDeclared)],
    ...given({ toolChoice: readToolChoice(fields), parallelToolCalls: fields.flag("parallel_tool_calls") }),
    ...readOutput(fields),
    ...readAccount(fields),
    wants: (fields.texts("include") ?? []).map(readWant),
  };
  return { wire: "responses", ...known, extra: responsesExtra(fields.rest()) ?? {} };
}

function readDeclared(item: Fields): readonly HubTool[] {
  return item.text("type") === "tool_search_output" ? readFound(item) : readTools(item.each("tools"));
}

function readInstructions(fields: Fields): readonly Instruction[] {
  const text = fields.text("instructions");
  return text === undefined ? [] : [{ role: "system", text, place: "field", path: "instructions" }];
}

const wanted: Readonly<Record<string, HubWant>> = {
  "reasoning.encrypted_content": "encrypted_reasoning",
  "message.output_text.logprobs": "logprobs",
};

function readWant(value: string): HubWant {
  return Object.hasOwn(wanted, value) ? (wanted[value] as HubWant) : { wire: "responses", value };
}

function readOutput(fields: Fields) {
  const text = fields.in("text");
  const topLogprobs = fields.number("top_logprobs");
  return {
    output: given({ format: readFormat(text?.in("format")), verbosity: text?.text("verbosity") }),
    sampling: given({
      temperature: fields.number("temperature"),
      topP: fields.number("top_p"),
      frequencyPenalty: fields.number("frequency_penalty"),
      presencePenalty: fields.number("presence_penalty"),
      topLogprobs: topLogprobs === 0 ? undefined : topLogprobs,
    }),
    limits: given({
      maxOutputTokens: fields.number("max_output_tokens"),
      maxToolCalls: fields.number("max_tool_calls"),
    }),
    reasoning: readReasoning(fields.in("reasoning")),
    stream: {
      on: fields.flag("stream") ?? false,
      ...given({ obfuscation: fields.in("stream_options")?.flag("include_obfuscation") }),
    },
  };
}

function readFormat(format: Fields | undefined): HubFormat | undefined {
  const type = format?.neededText("type");
  if (format === undefined || type === undefined) return undefined;
  if (type === "text") return { type: "text" };
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema")
    return untranslatable(format.at("type"), 'must be "text", "json_object" or "json_schema".');
  return {
    type: "json_schema",
    schema: format.object("schema") ?? malformed(format.at("schema"), "is required."),
    ...given({ name: format.text("name"), description: format.text("description"), strict: format.flag("strict") }),
  };
}

function readReasoning(reasoning: Fields | undefined): HubReasoning {
  if (reasoning === undefined) return {};
  const summary = reasoning.text("summary") ?? reasoning.text("generate_summary");
  return given({
    effort: readEffort(reasoning, "effort"),
    show: summary === undefined ? undefined : readSummary(summary, reasoning.at("summary")),
    context: reasoning.text("context"),
    execution: reasoning.text("mode"),
  });
}

function readAccount(fields: Fields) {
  const conversation = fields.value["conversation"];
  const management = fields.each("context_management");
  return {
    state: given({
      previousResponseId: fields.text("previous_response_id"),
      conversation:
        typeof conversation === "string" ? fields.text("conversation") : fields.in("conversation")?.text("id"),
      store: fields.flag("store"),
      background: fields.flag("background"),
      promptTemplate: fields.object("prompt"),
    }),
    caching: given({
      key: fields.text("prompt_cache_key"),
      retention: fields.text("prompt_cache_retention"),
      options: fields.object("prompt_cache_options"),
    }),
    context: given({
      truncation: fields.text("truncation"),
      compactAt: management.find((edit) => edit.text("type") === "compaction")?.number("compact_threshold"),
    }),
    identity: given({
      user: fields.text("user"),
      safetyIdentifier: fields.text("safety_identifier"),
      metadata: fields.object("metadata"),
    }),
    service: given({ tier: fields.text("service_tier"), moderation: fields.object("moderation") }),
  };
}
