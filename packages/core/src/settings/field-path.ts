import { invalidOption } from "../errors/index.js";
import { isJsonObject, type JsonObject } from "../json.js";

/** The path of a field that is not sent, e.g. `user`, `tools[*].input_examples` or `metadata.internal`. */
export interface FieldPath {
  /** The path as configured. */
  readonly path: string;
  /** Keys, positions, and `null` for every element of a list. */
  readonly steps: readonly (string | number | null)[];
}

const piece = /(?:^|\.)(?<key>[^.[\]]+)|\[(?<index>\d+|\*)\]/gu;

/**
 * Reads the path of a field: keys separated by dots, `[0]` for one element of a list, `[*]` for all elements.
 * @param option - for messages
 * @throws `invalid_option`
 */
export function parseFieldPath(path: string, option: string): FieldPath {
  const steps: (string | number | null)[] = [];
  let end = 0;
  for (const { 0: text, index: start, groups } of path.matchAll(piece)) {
    if (start !== end) break;
    end += text.length;
    const { key, index } = groups ?? {};
    steps.push(key ?? (index === "*" ? null : Number(index)));
  }
  if (end !== path.length || path.startsWith(".") || typeof steps.at(-1) !== "string") {
    throw invalidOption(
      option,
      `${JSON.stringify(path)} is not a valid field path.`,
      "Write a field name or a path such as tools[*].strict or metadata.internal.",
    );
  }
  return { path, steps };
}

/** The value without the field, as a copy, or the value itself if it does not have the field. */
export function withoutField(value: unknown, { steps }: FieldPath, at = 0): unknown {
  const step = steps[at];
  if (typeof step === "string") return withoutKey(value, step, steps, at);
  if (!Array.isArray(value)) return value;
  const list: readonly unknown[] = value;
  const items = list.map((item, index) =>
    step === null || step === index ? withoutField(item, { path: "", steps }, at + 1) : item,
  );
  return items.some((item, index) => item !== list[index]) ? items : value;
}

function withoutKey(value: unknown, key: string, steps: FieldPath["steps"], at: number): unknown {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return value;
  const copy: Record<string, unknown> = { ...value };
  if (at === steps.length - 1) {
    delete copy[key];
    return copy;
  }
  const inner = value[key];
  const without = withoutField(inner, { path: "", steps }, at + 1);
  copy[key] = without;
  return without === inner ? value : copy;
}

/** A body without these fields, and the paths of those that it had. */
export function dropFields(
  body: JsonObject,
  fields: readonly FieldPath[],
): { readonly body: JsonObject; readonly dropped: readonly string[] } {
  const dropped: string[] = [];
  let left = body;
  for (const field of fields) {
    const without = withoutField(left, field) as JsonObject;
    if (without !== left) dropped.push(field.path);
    left = without;
  }
  return { body: left, dropped };
}
