import type { JsonObject } from "@modelyard/core";
import { createError, isJsonObject, jsonExcess } from "@modelyard/core/kit";

/** The path of a field, or of an entry of a list. */
export function pathOf(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${String(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

/**
 * For what is wrong whichever deployment serves the request.
 * @throws an `invalid_request` that names the path
 */
export function malformed(path: string, problem: string): never {
  throw createError({ kind: "invalid_request", param: path, message: `${path} ${problem}` });
}

/**
 * For what cannot be translated, but may be right: a word that a vendor has added to its API since, for example. A
 * deployment that has the caller's own API may serve it.
 * @throws an `unsupported_params` that names the path
 */
export function untranslatable(path: string, problem: string): never {
  throw createError({ kind: "unsupported_params", param: path, message: `${path} ${problem}` });
}

/**
 * Reads the fields of a JSON object, and knows which were never asked for. A field that is `null` counts as not given.
 * Every method throws an `invalid_request` that names the path if the field is of another type. Private methods would make
 * each object a hundred bytes larger.
 */
export class Fields {
  readonly path: string;
  readonly value: JsonObject;
  /** Fields that are given and were asked for, each once. A list is quicker than a set, since there are few of them. */
  #asked: string[] | undefined;
  /** What was read of objects in this one. */
  #inner: InnerFields[] | undefined;

  constructor(value: unknown, path: string) {
    this.path = path;
    this.value = isJsonObject(value) ? value : this.fail(path, "must be an object.");
  }

  /** @throws the error that names the path */
  fail(path: string, problem: string): never {
    return malformed(path, problem);
  }

  /** For what may only be newer than this code. @throws the error that names the path */
  unknown(path: string, problem: string): never {
    return untranslatable(path, problem);
  }

  /** Called for a field of a wrong type. @throws unless such fields are ignored */
  protected wrongType(path: string, problem: string): void {
    this.fail(path, problem);
  }

  /** The fields of an object elsewhere, read as strictly as these. */
  of(value: unknown, path: string): Fields {
    return new Fields(value, path);
  }

  at(key: string): string {
    return pathOf(this.path, key);
  }

  /** The field as it is. */
  any(key: string): unknown {
    const value = Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    if (value === undefined || value === null) return undefined;
    if (this.#asked === undefined) this.#asked = [key];
    else if (!this.#asked.includes(key)) this.#asked.push(key);
    return value;
  }

  text(key: string): string | undefined {
    const value = this.any(key);
    if (value === undefined || typeof value === "string") return value;
    this.wrongType(this.at(key), "must be a string.");
    return undefined;
  }

  neededText(key: string): string {
    return this.text(key) ?? this.fail(this.at(key), "is required.");
  }

  number(key: string): number | undefined {
    const value = this.any(key);
    if (value === undefined || typeof value === "number") return value;
    this.wrongType(this.at(key), "must be a number.");
    return undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.any(key);
    if (value === undefined || typeof value === "boolean") return value;
    this.wrongType(this.at(key), "must be true or false.");
    return undefined;
  }

  object(key: string): JsonObject | undefined {
    const value = this.any(key);
    if (value === undefined || isJsonObject(value)) return value;
    this.wrongType(this.at(key), "must be an object.");
    return undefined;
  }

  /** The fields of an object in this one. */
  in(key: string): Fields | undefined {
    const inner = this.#inner ?? noInner;
    for (let index = 0; index < inner.length; index += 1) if (inner[index]?.key === key) return inner[index]?.fields;
    const value = this.object(key);
    if (value === undefined) return undefined;
    const fields = this.of(value, this.at(key));
    (this.#inner ??= []).push({ key, fields });
    return fields;
  }

  /** The same; empty if there is no object. */
  inOrEmpty(key: string): Fields {
    return this.in(key) ?? this.of({}, this.at(key));
  }

  list(key: string): readonly unknown[] | undefined {
    const value = this.any(key);
    if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
    this.wrongType(this.at(key), "must be a list.");
    return undefined;
  }

  /** A whole number, 0 or more. */
  whole(key: string): number | undefined {
    const value = this.number(key);
    if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
    this.wrongType(this.at(key), "must be a whole number, 0 or more.");
    return undefined;
  }

  /** @throws if a list has more entries than anybody needs, which would take long to read */
  atMost(key: string, most: number): void {
    const value = this.value[key];
    if (Array.isArray(value) && value.length > most)
      this.fail(this.at(key), `has more than ${String(most)} entries. Send fewer.`);
  }

  /** The objects of a list. */
  each(key: string): readonly Fields[] {
    const list = this.list(key);
    return list === undefined ? noFields : list.map((entry, index) => this.of(entry, pathOf(this.at(key), index)));
  }

  /** What a field holds that is text, or a list of objects. */
  textOrEach(key: string): readonly Fields[] | string | undefined {
    const value = this.any(key);
    if (value === undefined || typeof value === "string") return value;
    if (Array.isArray(value)) return this.each(key);
    this.wrongType(this.at(key), "must be a string or a list of objects.");
    return undefined;
  }

  texts(key: string): readonly string[] | undefined {
    const list = this.list(key);
    const wrong = list?.findIndex((entry) => typeof entry !== "string") ?? -1;
    if (wrong >= 0) this.fail(pathOf(this.at(key), wrong), "must be a string.");
    return list as readonly string[] | undefined;
  }

  /** Counts fields as asked for. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) if (this.#asked?.includes(key) !== true) (this.#asked ??= []).push(key);
  }

  /** The fields that were not read, also of inner objects that were read; `undefined`: none. */
  rest(): JsonObject | undefined {
    let left: [key: string, value: unknown][] | undefined;
    // Loops without iterators: without them, every field of every answer would cost an object until V8 has optimized the code.
    const { value } = this;
    for (const key in value)
      if (value[key] != null && this.#asked?.includes(key) !== true) (left ??= []).push([key, value[key]]);
    const inner = this.#inner ?? noInner;
    for (let index = 0; index < inner.length; index += 1) {
      const { key, fields } = inner[index] as InnerFields;
      const rest = fields.rest();
      if (rest !== undefined) (left ??= []).push([key, rest]);
    }
    return left === undefined ? undefined : Object.fromEntries(left);
  }
}

interface InnerFields {
  readonly key: string;
  readonly fields: Fields;
}

const noInner: readonly InnerFields[] = [];
const noFields: readonly Fields[] = [];

/**
 * The fields of what a vendor answered. One of a wrong type counts as not given, since many hosts imitate an API
 * imperfectly. Without one that is needed, the answer is an `invalid_response`.
 */
export class AnswerFields extends Fields {
  override fail(path: string, problem: string): never {
    throw createError({ kind: "invalid_response", message: `The vendor's answer cannot be read: ${path} ${problem}` });
  }

  override unknown(path: string, problem: string): never {
    this.fail(path, problem);
  }

  protected override wrongType(): void {
    // As if it were not there.
  }

  override of(value: unknown, path: string): Fields {
    return new AnswerFields(value, path);
  }

  /** Entries that are not objects are ignored. */
  override each(key: string): readonly Fields[] {
    const list = this.list(key) ?? noFields;
    if (list.length === 0) return noFields;
    const fields: Fields[] = [];
    for (let index = 0; index < list.length; index += 1)
      if (isJsonObject(list[index])) fields.push(this.of(list[index], pathOf(this.at(key), index)));
    return fields;
  }

  override texts(key: string): readonly string[] | undefined {
    return this.list(key)?.filter((entry) => typeof entry === "string");
  }
}

/** An object without the fields that are `undefined`. It may be frozen. */
export function given<Value extends object>(value: Value): Given<Value> {
  for (const key in value) if (value[key] === undefined) return withoutUndefined(value);
  return value;
}

/** Optional fields may hold `undefined` before, and are missing after. */
export type Given<Value> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & {
  [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>;
};

function withoutUndefined<Value extends object>(value: Value): Given<Value> {
  let present: Value | undefined;
  for (const key in value) if (value[key] !== undefined) (present ??= {} as Value)[key] = value[key];
  return present ?? (nothing as Value);
}

const nothing = Object.freeze({});

/** An object with more fields, which {@link Fields.rest} found. Objects in it get theirs. */
export function withRest(value: JsonObject, rest: JsonObject | undefined): JsonObject {
  if (rest === undefined) return value;
  const whole = { ...value };
  for (const [key, more] of Object.entries(rest)) {
    const own = Object.hasOwn(whole, key) ? whole[key] : undefined;
    whole[key] = isJsonObject(own) && isJsonObject(more) ? withRest(own, more) : more;
  }
  return whole;
}

/** A field of what a vendor wrote, if it is a string. Readers of streams use it, which keep no account of fields. */
export function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

/** The same for a number. */
export function numberIn(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === "number" ? value : undefined;
}

/** The same for an object. */
export function objectIn(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key];
  return isJsonObject(value) ? value : undefined;
}

/** The fields of an object that are not known; `undefined`: there are none. */
export function unknownIn(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let left: [key: string, value: unknown][] | undefined;
  for (const key in object) if (object[key] !== null && !known.has(key)) (left ??= []).push([key, object[key]]);
  return left === undefined ? undefined : Object.fromEntries(left);
}

/** A list; `undefined` if nothing is in it. */
export function nonEmpty<Entry>(list: readonly Entry[] | undefined): readonly Entry[] | undefined {
  return list?.length === 0 ? undefined : list;
}

/** A value; `undefined` if it says what would hold without it. */
export function neutral<Value>(value: Value | undefined, otherwise: Value): Value | undefined {
  return value === otherwise ? undefined : value;
}

/** JSON in a text that somebody else wrote; `undefined`: it is not JSON, or its shape is beyond the bounds for vendors. */
export function parseJson(text: string): unknown {
  try {
    return jsonExcess(text) === undefined ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
