import type Anthropic from "@anthropic-ai/sdk";
import type { JsonObject } from "@modelyard/core";
import { isJsonObject, isLong } from "@modelyard/core/kit";
import { fitSchema } from "./fit-schema.js";
import type { ModelTraits } from "./model-traits.js";
import { cannotSend, invalidRequest } from "./refuse.js";

/** The tool whose input is the answer, for models that cannot be made to answer in JSON otherwise. */
export const jsonToolName = "json_answer";

/** How a model is made to answer in JSON. */
export type JsonPlan =
  | { readonly kind: "none" }
  | { readonly kind: "format"; readonly format: Anthropic.JSONOutputFormat }
  | { readonly kind: "tool"; readonly tool: Anthropic.Tool }
  | { readonly kind: "words"; readonly words: string };

export interface JsonRules {
  readonly traits: ModelTraits;
  /** Whether the request has its own tools. */
  readonly hasTools: boolean;
  /** Whether the model will think. If so, it cannot be forced to call a tool. */
  readonly thinks: boolean;
}

const onlyJson = "Answer with one JSON object and nothing else: no words around it, no code fence.";

function answerTool(schema: JsonObject, description: unknown): Anthropic.Tool {
  return {
    name: jsonToolName,
    description: typeof description === "string" ? description : "Gives the answer. Put the whole answer in here.",
    input_schema: { ...schema, type: "object" },
  };
}

function planSchema(given: JsonObject, { traits, hasTools, thinks }: JsonRules): JsonPlan {
  const schema = isJsonObject(given["schema"]) ? given["schema"] : { type: "object" };
  // OpenAI accepts 5,000 properties, and names of 120,000 characters in all.
  if (isLong(schema))
    throw cannotSend("response_format", "The schema of response_format is longer than 256 KB. Send a shorter one.");
  if (traits.jsonSchema) return { kind: "format", format: { type: "json_schema", schema: fitSchema(schema) } };
  const isObject = schema["type"] === "object" || schema["type"] === undefined;
  if (traits.forcedTools && isObject && !hasTools && !thinks)
    return { kind: "tool", tool: answerTool(schema, given["description"]) };
  return { kind: "words", words: `${onlyJson} It must fit this JSON schema: ${JSON.stringify(schema)}` };
}

/** @throws an error for a `response_format` that OpenAI does not know either */
export function planJson(responseFormat: unknown, rules: JsonRules): JsonPlan {
  if (responseFormat == null) return { kind: "none" };
  const format = isJsonObject(responseFormat) ? responseFormat : {};
  switch (format["type"]) {
    case "text":
      return { kind: "none" };
    case "json_schema":
      if (!isJsonObject(format["json_schema"]))
        throw invalidRequest("response_format", "response_format has no json_schema.");
      return planSchema(format["json_schema"], rules);
    case "json_object":
      // `output_config.format` needs a schema.
      return rules.traits.forcedTools && !rules.hasTools && !rules.thinks
        ? { kind: "tool", tool: answerTool({ type: "object", additionalProperties: true }, undefined) }
        : { kind: "words", words: onlyJson };
    default:
      throw cannotSend("response_format", "response_format.type must be text, json_object or json_schema.");
  }
}
