/** A JSON Schema, with the keywords that contain other schemas. */
export interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
}

/** Schemas that are shorter than this take less space than a reference to them. */
const shortest = 60;

/** Replaces the schemas directly below a schema. @param key - the name of the property, or `undefined` elsewhere */
function mapBelow(schema: Schema, change: (inner: Schema, key: string | undefined) => Schema): Schema {
  const named = (schemas: Record<string, Schema>): Record<string, Schema> =>
    Object.fromEntries(Object.entries(schemas).map(([key, inner]) => [key, change(inner, key)]));
  const { properties, patternProperties, additionalProperties, items, prefixItems, anyOf } = schema;
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: named(properties) }),
    ...(patternProperties === undefined ? {} : { patternProperties: named(patternProperties) }),
    ...(typeof additionalProperties === "object"
      ? { additionalProperties: change(additionalProperties, undefined) }
      : {}),
    ...(items === undefined ? {} : { items: change(items, undefined) }),
    ...(prefixItems === undefined ? {} : { prefixItems: prefixItems.map((inner) => change(inner, undefined)) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((inner) => change(inner, undefined)) }),
  };
}

/** Separates what only describes one use of a schema from what it says about values. */
function split({ description, deprecated, ...rule }: Schema): { readonly notes: Schema; readonly rule: Schema } {
  return {
    notes: {
      ...(description === undefined ? {} : { description }),
      ...(deprecated === undefined ? {} : { deprecated }),
    },
    rule,
  };
}

/**
 * Counts how often each schema occurs, with and without its notes. What is within a repeated schema counts only once.
 */
function countSchemas(root: Schema): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const visit = (schema: Schema): Schema => {
    const { rule } = split(schema);
    const texts = new Set([JSON.stringify(schema), JSON.stringify(rule)]);
    const isNew = !counts.has(JSON.stringify(rule));
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    if (isNew) mapBelow(schema, visit);
    return schema;
  };
  mapBelow(root, visit);
  return counts;
}

/**
 * Moves the parts of a schema that occur several times to `$defs`, and refers to them. That makes it several times
 * smaller.
 * @param names - the names of definitions, by the JSON of what they say. Others are named after the first property that
 * uses them
 */
export function withDefinitions(root: Schema, names: ReadonlyMap<string, string>): Schema {
  const counts = countSchemas(root);
  const nameOf = new Map<string, string>();
  const definitions: Record<string, Schema> = {};
  const freeName = (wanted: string): string => {
    let name = wanted;
    for (let number = 2; Object.hasOwn(definitions, name); number += 1) name = `${wanted}_${String(number)}`;
    return name;
  };
  const isShared = (text: string): boolean => text.length >= shortest && (counts.get(text) ?? 0) > 1;
  const reference = (text: string, wanted: string, define: () => Schema): Schema => {
    let name = nameOf.get(text);
    if (name === undefined) {
      name = freeName(wanted);
      nameOf.set(text, name);
      // Reserved before its parts are shared, which may need names as well.
      definitions[name] = {};
      definitions[name] = define();
    }
    return { $ref: `#/$defs/${name}` };
  };
  const shareRule = ({ notes, rule }: ReturnType<typeof split>, key: string | undefined): Schema => {
    const text = JSON.stringify(rule);
    const shared = (): Schema => mapBelow(rule, share);
    return { ...notes, ...(isShared(text) ? reference(text, names.get(text) ?? key ?? "value", shared) : shared()) };
  };
  function share(schema: Schema, key: string | undefined): Schema {
    const parts = split(schema);
    const text = JSON.stringify(schema);
    const isDescribed = Object.keys(parts.notes).length > 0;
    if (!isDescribed || !isShared(text)) return shareRule(parts, key);
    return reference(text, key ?? "value", () => shareRule(parts, undefined));
  }
  return { ...mapBelow(root, share), $defs: definitions };
}
