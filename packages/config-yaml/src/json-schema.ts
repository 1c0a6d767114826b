import * as z from "zod";
import { foreignKeys, otherPrices } from "./foreign-keys.js";
import { configFile, requestFields, vendorPrefixes } from "./schema.js";

/** What we read and write of a JSON Schema; the rest is passed on. */
interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
}

const fromEnvironment: Schema = { type: "string", pattern: "^os\\.environ/" };

/** Any value may also come from the environment; a key may also have nothing behind it. */
function widen(schema: Schema): Schema {
  const inner: Schema = { ...schema };
  if (inner.properties !== undefined)
    inner.properties = Object.fromEntries(
      Object.entries(inner.properties).map(([key, value]) => [key, optionalValue(widen(value))]),
    );
  if (typeof inner.additionalProperties === "object") inner.additionalProperties = widen(inner.additionalProperties);
  if (inner.items !== undefined) inner.items = widen(inner.items);
  if (inner.prefixItems !== undefined) inner.prefixItems = inner.prefixItems.map(widen);
  if (inner.anyOf !== undefined) {
    // Ranges are written beside the alternatives; tools look for them at the number.
    const { minimum, exclusiveMinimum, ...rest } = inner;
    const range = {
      ...(minimum === undefined ? {} : { minimum }),
      ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum }),
    };
    return {
      ...rest,
      anyOf: inner.anyOf.map((branch) => widen(branch["type"] === "number" ? { ...branch, ...range } : branch)),
    };
  }
  return inner;
}

/** A number, a flag, one word of several: what a text like `os.environ/NAME` would not fit. */
function isOneOfSome(schema: Schema): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some(isOneOfSome);
  return (
    schema["enum"] !== undefined ||
    schema["pattern"] !== undefined ||
    !/^(?:string|array|object)$/u.test(String(schema["type"]))
  );
}

function optionalValue(schema: Schema): Schema {
  const { description, ...rest } = schema;
  const alternatives = [rest, ...(isOneOfSome(rest) ? [fromEnvironment] : []), { type: "null" }];
  return { ...(description === undefined ? {} : { description }), anyOf: alternatives };
}

/** Adds LiteLLM's keys that are accepted without effect, so that editors cross them out instead of underlining them. */
function withForeign(schema: Schema | undefined, keys: ReadonlyMap<string, string>): void {
  if (schema === undefined) return;
  for (const [key, reason] of keys) {
    schema.properties ??= {};
    schema.properties[key] ??= { description: `LiteLLM's; it ${reason}.`, deprecated: true };
  }
}

/** Closes what the loader checks by itself: request fields and vendors' settings are welcome, typing errors are not. */
function closeParameters(schema: Schema | undefined): void {
  if (schema === undefined) return;
  schema.properties ??= {};
  for (const field of requestFields)
    schema.properties[field] ??= { description: "A request field, where the request does not set it." };
  schema.patternProperties = { [`^(?:${vendorPrefixes.join("|")})`]: {}, [otherPrices.source]: { deprecated: true } };
  schema.additionalProperties = false;
}

/** The schema behind `anyOf`s that holds properties. */
function objectIn(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined || schema.properties !== undefined) return schema;
  return schema.anyOf?.map(objectIn).find((inner) => inner?.properties !== undefined);
}

/**
 * A JSON Schema (2020-12) of the file, for editors and other tools. It is a little wider than the loader: it cannot know
 * the environment, nor what refers to what.
 */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const generated = z.toJSONSchema(configFile, { io: "input" }) as Schema;
  const schema = widen(generated);
  const within = (parent: Schema | undefined, key: string): Schema | undefined => objectIn(parent?.properties?.[key]);
  const itemOf = (list: Schema | undefined): Schema | undefined =>
    list?.items ?? list?.anyOf?.map(itemOf).find((item) => item !== undefined);
  const router = within(schema, "router_settings");
  const litellm = within(schema, "litellm_settings");
  const entry = itemOf(schema.properties?.["model_list"]);
  const shared = itemOf(schema.properties?.["credential_list"]);
  withForeign(schema, foreignKeys.root);
  withForeign(router, foreignKeys.router);
  withForeign(litellm, foreignKeys.litellm);
  withForeign(within(schema, "general_settings"), foreignKeys.general);
  for (const cache of [within(litellm, "cache_params"), within(router, "cache_kwargs")])
    withForeign(cache, foreignKeys.cache);
  withForeign(entry, foreignKeys.entry);
  for (const parameters of [within(entry, "litellm_params"), within(shared, "credential_values")]) {
    closeParameters(parameters);
    withForeign(parameters, foreignKeys.deployment);
  }
  withForeign(within(entry, "model_info"), foreignKeys.modelInfo);
  schema.properties ??= {};
  schema.properties["include"] = {
    description: "Other files, looked up beside this one: their lists extend this file's, anything else replaces it.",
    type: "array",
    items: { type: "string" },
  };
  schema.patternProperties = { "^x-": { description: "For anchors; nothing reads it." } };
  // The model list may be in a file that is included.
  delete schema["required"];
  return {
    ...schema,
    title: "Modelyard and LiteLLM configuration",
    description: "Deployments, and how requests are routed to them.",
  };
}
