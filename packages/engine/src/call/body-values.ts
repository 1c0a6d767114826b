import { type Kind, kindRules, type KindValues, parseFieldPath, type Settings } from "@modelyard/core/settings";
import { object, seconds, texts, whole, wrong } from "./field-values.js";

type CallKind<Row> = Row extends { readonly call: { readonly body: readonly string[] } }
  ? Row extends { readonly call: { readonly kind: infer K } }
    ? K
    : Row extends { readonly kind: infer K }
      ? K
      : never
  : never;

/** The kinds of settings that a request's body can set, except those that are read together with others. */
export type BodyKind = Exclude<
  { [Name in keyof Settings]: CallKind<Settings[Name]> }[keyof Settings] & Kind,
  "choice" | "requestFallbacks"
>;

/** A limit of 0 means that the request does not set one. */
function timeLimit(field: string, value: unknown): number | undefined {
  const ms = seconds(field, value);
  return ms > 0 ? ms : undefined;
}

function text(field: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(field, "must be a string.");
  return value;
}

function fieldPaths(field: string, value: unknown): readonly string[] {
  const paths = texts(field, value);
  for (const path of paths) {
    try {
      parseFieldPath(path, field);
    } catch {
      throw wrong(field, "must name fields, or paths to fields such as tools[*].function.strict.");
    }
  }
  return paths;
}

function midStreamFallback(field: string, value: unknown): KindValues["midStreamFallback"] {
  if (kindRules.midStreamFallback(value, field) !== undefined)
    throw wrong(field, 'must be "error", "continue" or {"continue": true, "instruct": true}.');
  return value as KindValues["midStreamFallback"];
}

/**
 * Reads a body's value of each kind. The type makes sure that no kind is missing. `undefined` means that the value sets
 * nothing. Each function throws a `bad_request` that names the field if the value is invalid.
 */
export const readBody: {
  readonly [K in BodyKind]: (field: string, value: unknown) => KindValues[K] | undefined;
} = {
  count: (field, value) => whole(field, value),
  positiveCount: (field, value) => whole(field, value, 1),
  duration: (field, value) => seconds(field, value, Number.MAX_VALUE),
  timeLimit,
  callTimeLimit: timeLimit,
  flag: (_, value) => value === true,
  text,
  texts,
  oneOrMoreTexts: (field, value) => (typeof value === "string" ? [value] : texts(field, value)),
  fields: object,
  dropParams: (field, value) => (Array.isArray(value) ? texts(field, value) : value === true),
  fieldPaths,
  midStreamFallback,
};
