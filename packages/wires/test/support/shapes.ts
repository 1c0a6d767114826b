import type { WireName } from "../../src/index.js";
import { isJsonObject, type JsonObject } from "../../src/json.js";
import type { Recording } from "./recordings.js";

/** What a value looked like in recorded answers: its fields and types, and none of its text. As JSON, for a file. */
export type Shape =
  | string
  | { readonly each: Shape }
  | { readonly byType: Readonly<Record<string, Shape>> }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** Answers and, by their types, events. */
export type Shapes = Readonly<Record<WireName, Readonly<Record<string, Shape>>>>;

/** Objects whose keys a caller, a tool or a web page chose. */
const free: ReadonlySet<string> = new Set(
  "action arguments attributes environment headers input input_schema logit_bias metadata output_schema parameters properties result schema".split(
    " ",
  ),
);
/** Fields with words of the API, which decide how the rest is read. */
const words: ReadonlySet<string> = new Set("finish_reason object phase role status stop_reason type".split(" "));

/** Parts of events that have the shape of an answer, or of a part of it. */
const answerFields: ReadonlySet<string> = new Set(["content_block", "item", "message", "part", "response"]);

export function shapesOf(recordings: readonly Recording[]): Shapes {
  const shapes: Record<WireName, Record<string, Shape | undefined>> = { chat: {}, responses: {}, messages: {} };
  for (const { wire, events, stream } of recordings)
    for (const event of events) {
      const of = shapes[wire];
      const type = typeof event["type"] === "string" && stream ? event["type"] : stream ? "chunk" : "answer";
      const own = Object.fromEntries(Object.entries(event).filter(([key]) => !(stream && answerFields.has(key))));
      of[type] = merged(of[type], shapeOf(own, ""));
      if (!stream) continue;
      const { response, message, item, content_block: block } = event;
      for (const whole of [response, message, ...asAnswers(wire, item ?? block)])
        if (isJsonObject(whole)) of["answer"] = merged(of["answer"], shapeOf(whole, ""));
    }
  return sorted(shapes) as Shapes;
}

function asAnswers(wire: WireName, part: unknown): readonly JsonObject[] {
  if (!isJsonObject(part)) return [];
  return wire === "responses" ? [{ output: [part] }] : [{ content: [part] }];
}

function shapeOf(value: unknown, key: string): Shape {
  if (Array.isArray(value))
    return value.reduce<Shape>((shape, element) => merged(shape, { each: shapeOf(element, key) }), { each: "" });
  if (isJsonObject(value)) {
    if (free.has(key)) return "object";
    const fields = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner, name)]));
    return key !== "" && typeof value["type"] === "string" ? { byType: { [value["type"]]: { fields } } } : { fields };
  }
  if (typeof value === "string" && words.has(key)) return `=${value}`;
  return value === null ? "null" : typeof value;
}

/** What both look like. Structure says more than a single value. */
function merged(one: Shape | undefined, other: Shape): Shape {
  if (one === undefined || one === "" || one === "null") return other;
  if (other === "" || other === "null") return one;
  if (typeof one === "string") return typeof other === "string" ? unionOf(one, other) : other;
  if (typeof other === "string") return one;
  if ("each" in one) return "each" in other ? { each: merged(one.each, other.each) } : one;
  if ("each" in other) return other;
  if ("byType" in one && "byType" in other) return { byType: mergedAll(one.byType, other.byType) };
  if ("fields" in one && "fields" in other) return { fields: mergedAll(one.fields, other.fields) };
  return "byType" in one ? one : other;
}

function unionOf(one: string, other: string): string {
  return [...new Set([...one.split("|"), ...other.split("|")])].toSorted().join("|");
}

function mergedAll(one: Readonly<Record<string, Shape>>, other: Readonly<Record<string, Shape>>) {
  const all: Record<string, Shape> = { ...one };
  for (const [key, shape] of Object.entries(other)) all[key] = merged(all[key], shape);
  return all;
}

function sorted(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Words that say that all went well, where a field has several. */
const usual: ReadonlySet<string> = new Set(["assistant", "completed", "end_turn", "stop"]);

/** A value of our own with every field of a shape, and in lists one element of each type. */
export function sampleOf(shape: Shape, key = ""): unknown {
  if (typeof shape !== "string") {
    if ("each" in shape) return shape.each === "" ? [] : elementsOf(shape.each, key);
    if ("byType" in shape) return elementsOf(shape, key)[0];
    return Object.fromEntries(Object.entries(shape.fields).map(([name, inner]) => [name, sampleOf(inner, name)]));
  }
  const kinds = shape.split("|");
  const said = kinds.filter((kind) => kind.startsWith("=")).map((kind) => kind.slice(1));
  if (said.length > 0) return said.find((word) => usual.has(word)) ?? said[0];
  const kind = kinds.find((one) => one !== "null");
  return key === "arguments" ? '{"a":1}' : scalars[kind ?? "null"]?.(key);
}

/** One of each type. */
export function elementsOf(shape: Shape, key: string): readonly unknown[] {
  if (typeof shape === "string" || !("byType" in shape)) return [sampleOf(shape, key)];
  return Object.values(shape.byType).map((inner) => sampleOf(inner, key));
}

const totals: ReadonlySet<string> = new Set(
  "completion_tokens input_tokens output_tokens prompt_tokens total_tokens".split(" "),
);

const scalars: Readonly<Record<string, (key: string) => unknown>> = {
  string: (key) => `some ${key}`,
  // Details must be less than their sums.
  number: (key) => (totals.has(key) ? 900 : key.length),
  boolean: () => true,
  object: () => ({ a: 1 }),
  null: () => null,
};
