import type { HubFormat, HubRequest } from "./hub/request.js";
import { isJsonObject, type JsonObject } from "./json.js";
import type { LossList } from "./losses.js";

/**
 * Whether OpenAI is asked to hold the model to a schema. Messages always does; OpenAI does so only with schemas of a certain
 * form, and refuses others.
 */
export function strictness(
  { wire }: HubRequest,
  { strict, schema }: Extract<HubFormat, { readonly type: "json_schema" }>,
  losses: LossList,
): boolean | undefined {
  if (strict !== undefined || wire !== "messages") return strict;
  if (isStrict(schema)) return true;
  losses.converted(
    "output_config.format",
    "OpenAI does not hold models to schemas with optional or further properties.",
  );
  return false;
}

/** Keywords that OpenAI refuses in strict schemas. Source: https://platform.openai.com/docs/guides/structured-outputs. */
const refused = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
];
/** Keywords that hold schemas by name. */
const named = ["properties", "$defs", "definitions"];

/** Whether OpenAI can hold a model to a schema: it, and each one in it, requires all of its properties and allows no others. */
export function isStrict(schema: JsonObject): boolean {
  if (refused.some((keyword) => Object.hasOwn(schema, keyword))) return false;
  const { properties, required, type } = schema;
  if (type === "object" || isJsonObject(properties)) {
    const keys = new Set<unknown>(Array.isArray(required) ? required : []);
    if (schema["additionalProperties"] !== false) return false;
    if (!Object.keys(isJsonObject(properties) ? properties : {}).every((key) => keys.has(key))) return false;
  }
  return innerSchemas(schema).every(isStrict);
}

function innerSchemas(schema: JsonObject): readonly JsonObject[] {
  const { items, anyOf } = schema;
  const lists: readonly unknown[] = [
    ...named.flatMap((keyword) => (isJsonObject(schema[keyword]) ? Object.values(schema[keyword]) : [])),
    ...(Array.isArray(anyOf) ? (anyOf as readonly unknown[]) : []),
    items,
  ];
  return lists.filter(isJsonObject);
}
