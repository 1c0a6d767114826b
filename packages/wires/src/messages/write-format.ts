import { isLong } from "@modelyard/core/kit";
import { untranslatable } from "../fields.js";
import type { WireName } from "../hub/common.js";
import type { HubRequest } from "../hub/request.js";
import type { JsonObject } from "../json.js";
import type { ToolNames } from "../tool-names.js";
import type { MessagesTarget } from "./target.js";
import type { WrittenTools } from "./write-tools.js";

/** How the model is made to answer in the form that the request asks for. */
export interface WrittenFormat {
  /** A schema that the model is held to. */
  readonly format?: JsonObject;
  /** Instructions, where the model can be held to a form in no other way. */
  readonly words?: string;
  /** The tools to send instead of the caller's, of which there are none: one whose input is the answer. */
  readonly tools?: WrittenTools;
}

export interface FormatRules {
  readonly target: MessagesTarget;
  readonly names: ToolNames;
  /** Whether the request has tools. */
  readonly hasTools: boolean;
  /** Whether the model will think. If so, it cannot be forced to call a tool. */
  readonly thinks: boolean;
}

/** The tool whose input is the answer. */
const answerTool = "json_answer";
const onlyJson = "Answer with one JSON object and nothing else: no words around it, no code fence.";
const nothing: WrittenFormat = Object.freeze({});
/** Where each wire has the form of the answer. */
const paths: Readonly<Record<WireName, string>> = {
  chat: "response_format",
  responses: "text.format",
  messages: "output_config.format",
};

/** @throws `unsupported_params` for a schema that is too long */
export function writeFormat({ output: { format }, wire }: HubRequest, rules: FormatRules): WrittenFormat {
  if (format === undefined || format.type === "text") return nothing;
  if (format.type === "json")
    return canForce(rules)
      ? answerBy({ type: "object", additionalProperties: true }, undefined, rules)
      : { words: onlyJson };
  const { schema, description } = format;
  // OpenAI accepts 5,000 properties, and names of 120,000 characters in all.
  if (isLong(schema)) untranslatable(paths[wire], "has a schema that is longer than 256 KB. Send a shorter one.");
  const { target } = rules;
  if (target.traits.jsonSchema && target.omits?.includes("output_config") !== true)
    return { format: { type: "json_schema", schema: target.fitSchema(schema) } };
  const isObject = schema["type"] === "object" || schema["type"] === undefined;
  if (isObject && canForce(rules)) return answerBy(schema, description, rules);
  return { words: `${onlyJson} It must fit this JSON schema: ${JSON.stringify(schema)}` };
}

function canForce({ target: { traits, omits = [] }, hasTools, thinks }: FormatRules): boolean {
  return traits.forcedTools && !hasTools && !thinks && !omits.includes("tools") && !omits.includes("tool_choice");
}

function answerBy(schema: JsonObject, description: string | undefined, { names }: FormatRules): WrittenFormat {
  names.answeredBy = answerTool;
  const tool = {
    name: answerTool,
    description: description ?? "Gives the answer. Put the whole answer in here.",
    input_schema: { ...schema, type: "object" },
  };
  const tool_choice = { type: "tool", name: answerTool, disable_parallel_tool_use: true };
  return { tools: { tools: [tool], tool_choice } };
}
