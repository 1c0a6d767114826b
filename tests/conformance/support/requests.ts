import type { JsonObject } from "@modelyard/core";
import type { WireName } from "./cells.js";
import { said } from "./scripted-model.js";
import { question, weatherTool } from "./sdk.js";

/** What a request asks for. */
export type RequestKind = "JSON" | "text" | "thoughts" | "tools";

const schema = {
  type: "object",
  properties: { city: { type: "string" }, sunny: { type: "boolean" } },
  required: ["city", "sunny"],
  additionalProperties: false,
} as const;
const { name, description, parameters } = weatherTool;
const messages = [{ role: "user", content: question }];

/** Requests as people write them by hand, without the model. */
export const requests: Readonly<Record<WireName, Readonly<Record<RequestKind, JsonObject>>>> = {
  chat: {
    text: { messages },
    tools: { messages, tools: [{ type: "function", function: { name, description, parameters } }] },
    thoughts: { messages, reasoning_effort: "low" },
    JSON: { messages, response_format: { type: "json_schema", json_schema: { name: "city", schema, strict: true } } },
  },
  responses: {
    text: { input: question },
    tools: { input: question, tools: [{ type: "function", name, description, parameters, strict: true }] },
    thoughts: { input: question, reasoning: { effort: "low", summary: "auto" } },
    JSON: { input: question, text: { format: { type: "json_schema", name: "city", schema, strict: true } } },
  },
  messages: {
    text: { messages, max_tokens: 4_096 },
    tools: { messages, max_tokens: 4_096, tools: [{ name, description, input_schema: parameters }] },
    thoughts: { messages, max_tokens: 4_096, thinking: { type: "enabled", budget_tokens: 2_048 } },
    JSON: { messages, max_tokens: 4_096, output_config: { format: { type: "json_schema", schema } } },
  },
};

/** What must be in the answer's JSON, quotes escaped. */
export const expected: Readonly<Record<RequestKind, string>> = {
  text: said.text,
  tools: said.call.id,
  thoughts: said.text,
  JSON: JSON.stringify(said.json).slice(1, -1),
};
