import * as z from "zod";
import { foreignKeys, otherPrices } from "./foreign-keys.js";
import { configFile, requestFields, vendorPrefixes } from "./schema.js";
import { kindSchemas } from "./setting-schemas.js";
import { type Schema, withDefinitions } from "./shared-definitions.js";

const fromEnvironment: Schema = { type: "string", pattern: "^os\\.environ/" };

/** Allows every value to be a reference to an environment variable as well, and every key to have no value. */
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
    // Zod puts ranges next to the alternatives, but editors look for them in the alternative of type `number`.
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

/** Whether a string such as `os.environ/NAME` would not match the schema, e.g. that of a number, flag or enum. */
function refusesReferences(schema: Schema): boolean {
  if (schema.anyOf !== undefined) return schema.anyOf.some(refusesReferences);
  return (
    schema["enum"] !== undefined ||
    schema["pattern"] !== undefined ||
    !/^(?:string|array|object)$/u.test(String(schema["type"]))
  );
}

function optionalValue(schema: Schema): Schema {
  const { description, ...rest } = schema;
  // An alternative that only consists of alternatives is not needed.
  const values = Object.keys(rest).join() === "anyOf" ? (rest.anyOf ?? []) : [rest];
  const alternatives = [...values, ...(refusesReferences(rest) ? [fromEnvironment] : []), { type: "null" }];
  return { ...(description === undefined ? {} : { description }), anyOf: alternatives };
}

/**
 * Adds LiteLLM's keys that have no effect here as deprecated, so that editors strike them through instead of reporting
 * an error.
 */
function withForeign(schema: Schema | undefined, keys: ReadonlyMap<string, string>): void {
  if (schema === undefined) return;
  for (const [key, reason] of keys) {
    schema.properties ??= {};
    schema.properties[key] ??= { description: `LiteLLM's setting, ignored here: it ${reason}.`, deprecated: true };
  }
}

/**
 * Makes the schema of `litellm_params` as strict as the loader: it allows request fields and vendors' settings, but not
 * misspelled keys.
 */
function closeParameters(schema: Schema | undefined): void {
  if (schema === undefined) return;
  schema.properties ??= {};
  for (const field of requestFields)
    schema.properties[field] ??= { description: "The default for this field of requests." };
  schema.patternProperties = { [`^(?:${vendorPrefixes.join("|")})`]: {}, [otherPrices.source]: { deprecated: true } };
  schema.additionalProperties = false;
}

/** Finds the alternative with properties, however deeply `anyOf`s are nested. */
function objectIn(schema: Schema | undefined): Schema | undefined {
  if (schema === undefined || schema.properties !== undefined) return schema;
  return schema.anyOf?.map(objectIn).find((inner) => inner?.properties !== undefined);
}

/** The names of definitions: those of the kinds of settings, by the JSON of their schemas. */
function definitionNames(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [kind, schema] of Object.entries(kindSchemas)) {
    const { $schema: _, ...generated } = z.toJSONSchema(schema, { io: "input" }) as Schema;
    const widened = widen(generated);
    for (const [text, name] of [
      [JSON.stringify(optionalValue(widened)), kind],
      [JSON.stringify(widened), `${kind}_value`],
    ] as const)
      if (!names.has(text)) names.set(text, name);
  }
  return names;
}

/**
 * Returns a JSON Schema (2020-12) of the configuration file, for editors and other tools. It accepts a little more than
 * the loader, because it cannot check environment variables or references between settings.
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
    description:
      "Other files, looked up relative to this one. Their lists are appended to those of this file; their other values replace its own.",
    type: "array",
    items: { type: "string" },
  };
  schema.patternProperties = { "^x-": { description: "A place for YAML anchors. It has no effect by itself." } };
  // `model_list` is not required here, because it may be in an included file.
  delete schema["required"];
  return {
    ...withDefinitions(schema, definitionNames()),
    title: "Modelyard and LiteLLM configuration",
    description: "Deployments, and how requests are routed to them.",
  };
}
