import type { JsonObject } from "@modelyard/core";
import { isJsonObject } from "@modelyard/core/kit";

/**
 * The formats of strings that Anthropic enforces. Source: `transformJSONSchema` of @anthropic-ai/sdk 1.12.0, to whose
 * results a test compares this file.
 */
const enforcedFormats: ReadonlySet<unknown> = new Set([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** Thrown for a schema that has no such form. */
class UnfitSchema extends Error {}

/** The keywords of one level of a schema that are not converted yet. What remains at the end becomes a description. */
class Keywords {
  readonly #left: Map<string, unknown>;

  constructor(schema: JsonObject) {
    this.#left = new Map(Object.entries(schema));
  }

  take(keyword: string): unknown {
    const value = this.#left.get(keyword);
    this.#left.delete(keyword);
    return value;
  }

  /** Takes a value if it can be enforced, and leaves it for the description if not. */
  takeIf(keyword: string, isEnforced: (value: unknown) => boolean): Converted {
    const value = this.#left.get(keyword);
    if (value === undefined || !isEnforced(value)) return {};
    this.#left.delete(keyword);
    return { [keyword]: value };
  }

  get isEmpty(): boolean {
    return this.#left.size === 0;
  }

  toString(): string {
    return `{${[...this.#left].map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`).join(", ")}}`;
  }
}

type Converted = Record<string, unknown>;

function isPrimitive(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function convertEach(schemas: unknown): Converted {
  if (!isJsonObject(schemas)) throw new UnfitSchema();
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, convert(schema)]));
}

function areLiterals(values: unknown): boolean {
  return Array.isArray(values) && values.length > 0 && values.every(isPrimitive);
}

/** The alternatives. `oneOf` becomes `anyOf`, because Anthropic does not know it. */
function alternativesOf(keywords: Keywords): Converted | undefined {
  const [anyOf, oneOf, allOf] = ["anyOf", "oneOf", "allOf"].map((keyword) => keywords.take(keyword));
  const any = [anyOf, oneOf].find((list) => Array.isArray(list));
  if (any !== undefined) return { anyOf: convertList(any) };
  return Array.isArray(allOf) ? { allOf: convertList(allOf) } : undefined;
}

function convertList(schemas: readonly unknown[]): readonly Converted[] {
  return schemas.map((schema) => convert(schema));
}

function convertObject(keywords: Keywords): Converted {
  const properties = convertEach(keywords.take("properties") ?? {});
  keywords.take("additionalProperties");
  const required = keywords.take("required");
  return { properties, additionalProperties: false, ...(required === undefined ? {} : { required }) };
}

function convertString(keywords: Keywords): Converted {
  return keywords.takeIf("format", (format) => enforcedFormats.has(format));
}

function convertArray(keywords: Keywords): Converted {
  const items = keywords.take("items");
  const minItems = keywords.takeIf("minItems", (count) => count === 0 || count === 1);
  return items === undefined ? minItems : { items: convert(items), ...minItems };
}

/** Adds what cannot be enforced to a description. */
function describe(description: unknown, unenforced: Keywords): unknown {
  if (unenforced.isEmpty) return description;
  return typeof description === "string" && description !== ""
    ? `${description}\n\n${unenforced.toString()}`
    : unenforced.toString();
}

const typed: Readonly<Record<string, (keywords: Keywords) => Converted>> = {
  object: convertObject,
  string: convertString,
  array: convertArray,
};

function convert(schema: unknown): Converted {
  if (!isJsonObject(schema)) throw new UnfitSchema();
  const keywords = new Keywords(schema);
  const converted: Converted = {};
  const definitions = keywords.take("$defs");
  if (definitions !== undefined) converted["$defs"] = convertEach(definitions);
  const reference = keywords.take("$ref");
  if (reference !== undefined) return { ...converted, $ref: reference };
  const literals = { ...keywords.takeIf("enum", areLiterals), ...keywords.takeIf("const", isPrimitive) };
  const hasLiterals = Object.keys(literals).length > 0;
  const declared = keywords.take("type");
  const type = hasLiterals ? undefined : declared;
  const alternatives = alternativesOf(keywords);
  // It names the dialect, and constrains nothing.
  keywords.take("$schema");
  Object.assign(converted, literals);
  if (alternatives !== undefined) Object.assign(converted, alternatives);
  else if (type !== undefined) converted["type"] = type;
  else if (!hasLiterals) throw new UnfitSchema();
  const description = keywords.take("description");
  const title = keywords.take("title");
  if (title !== undefined) converted["title"] = title;
  if (typeof type === "string" && Object.hasOwn(typed, type)) Object.assign(converted, typed[type]?.(keywords));
  const described = describe(description, keywords);
  if (described !== undefined) converted["description"] = described;
  return converted;
}

/**
 * A schema in the form that Anthropic accepts for output in JSON. What it cannot enforce becomes part of a description.
 * A schema without such a form is returned unchanged: the vendor's error will say what is wrong with it.
 */
export function fitSchema(schema: JsonObject): JsonObject {
  try {
    return convert(schema);
  } catch (thrown) {
    if (thrown instanceof UnfitSchema) return schema;
    throw thrown;
  }
}
