import * as z from "zod";
import type { Path } from "./path.js";
import type { Finding } from "./findings.js";
import { meantKeys, suggestedKeys, suggestion, unknownKey } from "./unknown-keys.js";

type Issue = z.core.$ZodIssue;

function keyPath(path: readonly PropertyKey[]): Path {
  return path.filter((part): part is string | number => typeof part !== "symbol");
}

/** Unwraps optional, nullable and piped schemas. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return bare(schema.unwrap());
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}

/** The schemas that may apply to the value at a path. */
function schemasAt(root: unknown, path: Path): readonly unknown[] {
  let level: readonly unknown[] = [root];
  for (const part of path) {
    level = level.flatMap(alternatives).flatMap((schema): readonly unknown[] => {
      if (schema instanceof z.ZodObject) return [(schema.shape as Readonly<Record<string, unknown>>)[String(part)]];
      if (schema instanceof z.ZodArray) return [schema.element];
      return schema instanceof z.ZodRecord ? [schema.valueType] : [];
    });
  }
  return level.flatMap(alternatives);
}

function alternatives(schema: unknown): readonly unknown[] {
  const inner = bare(schema);
  return inner instanceof z.ZodUnion ? inner.options.flatMap(alternatives) : [inner];
}

/** The keys that an object at a path may have. */
function knownKeys(root: z.ZodType, path: Path): readonly string[] {
  return schemasAt(root, path).flatMap((schema) =>
    schema instanceof z.ZodObject ? Object.keys(schema.shape as object) : [],
  );
}

/** Whether the value's type matches this branch of a union, so that its issues are about nested values. */
function isInside(branch: readonly Issue[]): boolean {
  return branch.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys");
}

/** Converts a Zod issue to findings in plain sentences, each with the path of its value. */
export function toFindings(issue: Issue, root: z.ZodType, above: Path = []): readonly Finding[] {
  const path = [...above, ...keyPath(issue.path)];
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(root, path);
    return issue.keys.map((key) =>
      meantKeys(key, known).length === 0
        ? { ...unknownKey([...path, key], known, `Known keys: ${known.join(", ")}.`), harmless: true }
        : {
            path: [...path, key],
            message: `unknown key.${suggestion(key, known)}`,
            unknown: true,
            meant: suggestedKeys(key, known),
          },
    );
  }
  if (issue.code === "invalid_union") {
    const inside = issue.errors.find(isInside);
    if (inside !== undefined && inside.length > 0) return inside.flatMap((inner) => toFindings(inner, root, path));
    return [found(path, unionSentence(issue.errors))];
  }
  return [found(path, sentence(issue))];
}

const required = "it is required";

function found(path: Path, problem: string): Finding {
  return { path, message: `${problem}.`, ...(problem === required ? { kind: "required" } : {}) };
}

/** Says why a value matches no branch of a union: its format if the type matches one of them, otherwise its type. */
function unionSentence(branches: readonly (readonly Issue[])[]): string {
  const closest = branches.find((branch) => branch.every((issue) => issue.code !== "invalid_type"));
  if (closest !== undefined) return [...new Set(closest.map(sentence))].join(", and ");
  const kindsWanted = branches.flat().flatMap((issue) => {
    if (issue.code === "invalid_type") return [kind(issue.expected)];
    return issue.code === "invalid_value" ? issue.values.map((value) => JSON.stringify(value)) : [];
  });
  const received = branches.flat().find((issue) => issue.code === "invalid_type");
  if (received?.message.endsWith("received undefined") === true) return required;
  return `it must be ${[...new Set(kindsWanted)].join(" or ")}${received === undefined ? "" : `, not ${receivedKind(received)}`}`;
}

function receivedKind(issue: Issue): string {
  return kind(issue.message.split(" ").at(-1) ?? "");
}

/** Describes an issue without showing the value, which may be a secret. */
function sentence(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.endsWith("received undefined")) return required;
      return issue.expected === "int"
        ? "it must be a whole number"
        : `it must be ${kind(issue.expected)}, not ${receivedKind(issue)}`;
    case "too_small":
      if (issue.origin === "array" || issue.origin === "string") return "it must not be empty";
      return `it must be ${issue.inclusive === true ? "at least" : "above"} ${String(issue.minimum)}`;
    case "too_big":
      return `it must be at most ${String(issue.maximum)}`;
    case "invalid_value":
      return `it must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_format":
      return `it ${issue.message}`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a mapping",
  record: "a mapping",
  boolean: "true or false",
  string: "a string",
  number: "a number",
  int: "a whole number",
  null: "empty",
};

function kind(name: string): string {
  return kinds[name] ?? name;
}
