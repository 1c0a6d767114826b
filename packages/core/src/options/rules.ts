import { invalidOption } from "../errors/index.js";
import { headerNameProblem, headerValueProblem, keyProblem } from "../header-value.js";
import { isJsonObject } from "../json.js";
import { didYouMean } from "../near-names.js";

/** What is wrong with a value, and how to fix it. Never quotes a value that may be a secret. */
export interface Fault {
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

/** Checks one value. @returns `undefined` if it is valid */
export type Rule = (value: unknown, path: string) => Fault | undefined;

/** A rule for every key of a type. The compiler requires one for a key that is added. */
export type RulesOf<Shape> = { readonly [Key in keyof Shape]-?: Rule };

const correct = "Correct it or omit it.";

export function fault(path: string, problem: string, fix: string = correct): Fault {
  return { path, problem, fix };
}

/** The type of a value, without its content. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A value as it was written, for messages that may quote it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}

export const anything: Rule = () => undefined;

export const flag: Rule = (value, path) =>
  typeof value === "boolean" ? undefined : fault(path, `expected true or false, got ${shown(value)}.`);

export const text: Rule = (value, path) =>
  typeof value === "string" ? undefined : fault(path, `expected a string, got ${kindOf(value)}.`);

export const object: Rule = (value, path) =>
  isJsonObject(value) ? undefined : fault(path, `expected an object, got ${kindOf(value)}.`);

/** A string, or one wrapped in a `Secret`, possibly by another copy of this package. */
export const secret: Rule = (value, path) => {
  const isWrapped = isJsonObject(value) && typeof value["reveal"] === "function";
  return isWrapped ? undefined : text(value, path);
};

/** The string in a secret, or `undefined` if it holds none. */
function revealed(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const inner: unknown = (value as { reveal(): unknown }).reveal();
  return typeof inner === "string" ? inner : undefined;
}

function sendable(rule: Rule, problemOf: (text: string) => string | undefined): Rule {
  return (value, path) => {
    const found = rule(value, path);
    if (found !== undefined) return found;
    const problem = problemOf(revealed(value) ?? "");
    return problem === undefined ? undefined : fault(path, problem, "Write it exactly as it should be sent.");
  };
}

/** A key that is sent in a header. */
export const apiKey: Rule = sendable(secret, keyProblem);

/** A string that is sent in a header. */
export const headerText: Rule = sendable(text, (value) => headerValueProblem(value));

const headerSecret: Rule = sendable(secret, (value) => headerValueProblem(value));

/** Headers by name; values may be secrets. */
export const headers: Rule = (value, path) => {
  const found = map(headerSecret)(value, path);
  if (found !== undefined) return found;
  for (const key of Object.keys(value as object)) {
    const problem = headerNameProblem(key);
    if (problem !== undefined) return fault(`${path}[${shown(key)}]`, problem);
  }
  return undefined;
};

export const callable: Rule = (value, path) =>
  typeof value === "function" ? undefined : fault(path, `expected a function, got ${kindOf(value)}.`);

/** A string that is not empty. */
export function name(fix: string): Rule {
  return (value, path) => {
    if (value === undefined || value === "") return fault(path, "a non-empty string is required.", fix);
    return typeof value === "string" ? undefined : fault(path, `expected a string, got ${kindOf(value)}.`, fix);
  };
}

interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  /** Whether `least` itself is too little. */
  readonly above?: boolean;
  readonly whole?: boolean;
  /** Whether `Infinity` is allowed, for "no limit". */
  readonly endless?: boolean;
}

export function numeric({ least, most, above = false, whole = false, endless = false }: NumberRange): Rule {
  const kind = whole ? "a whole number" : "a number";
  return (value, path) => {
    const good =
      typeof value === "number" &&
      (Number.isFinite(value) || (endless && value === Number.POSITIVE_INFINITY)) &&
      (least === undefined || (above ? value > least : value >= least)) &&
      (most === undefined || value <= most) &&
      (!whole || Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
    if (good) return undefined;
    // The largest safe integer stands for "no limit", which is only worth mentioning when it is exceeded.
    const upTo = most === Number.MAX_SAFE_INTEGER && !(typeof value === "number" && value > most) ? undefined : most;
    const range = rangeOf(least, upTo, above);
    return fault(path, `it must be ${kind}${range} (got ${shown(value)}).`);
  };
}

function rangeOf(least: number | undefined, most: number | undefined, above: boolean): string {
  if (least === undefined) return most === undefined ? "" : ` up to ${String(most)}`;
  if (above) return ` above ${String(least)}${most === undefined ? "" : `, up to ${String(most)}`}`;
  return most === undefined ? `, ${String(least)} or more` : ` from ${String(least)} to ${String(most)}`;
}

export const positive = numeric({ least: 0, above: true });
export const atLeastZero = numeric({ least: 0 });
export const count = numeric({ least: 0, whole: true });

export function choice(known: readonly string[]): Rule {
  const choices = known.map((one) => JSON.stringify(one)).join(", ");
  return (value, path) => {
    if (typeof value === "string" && known.includes(value)) return undefined;
    const near = typeof value === "string" ? didYouMean(value, known).trim() : "";
    return fault(path, `it must be one of ${choices} (got ${shown(value)}).`, near === "" ? correct : near);
  };
}

export function list(item: Rule, fix?: string): Rule {
  return (value, path) => {
    if (!Array.isArray(value)) return fault(path, `expected a list, got ${kindOf(value)}.`, fix);
    for (const [position, entry] of value.entries()) {
      const found = item(entry, `${path}[${String(position)}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** An object whose keys are chosen by the user. */
export function map(item: Rule, fix?: string): Rule {
  return (value, path) => {
    if (!isJsonObject(value)) return fault(path, `expected an object, got ${kindOf(value)}.`, fix);
    for (const [key, entry] of Object.entries(value)) {
      const found = entry === undefined ? undefined : item(entry, `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

interface ShapeOptions<Shape> {
  /** Keys whose rules are also applied to `undefined`. */
  readonly required?: readonly (keyof Shape & string)[];
  /** The error for a key that the shape does not have. */
  readonly unknown?: (key: string, path: string) => Fault;
  /** How to write it. */
  readonly fix?: string;
}

/** An object with these keys and no others; `undefined` counts as omitted. */
export function shape<Shape extends object>(
  rules: RulesOf<Shape>,
  {
    required = [],
    fix,
    unknown = (key, path) => noSuchOption(key, path, Object.keys(rules)),
  }: ShapeOptions<Shape> = {},
): Rule {
  const byKey = new Map<string, Rule>(Object.entries<Rule>(rules));
  return (value, path) => {
    if (!isJsonObject(value))
      return fault(path === "" ? "options" : path, `expected an object, got ${kindOf(value)}.`, fix);
    const under = (key: string): string => (path === "" ? key : `${path}.${key}`);
    for (const [key, entry] of Object.entries(value)) {
      const rule = byKey.get(key);
      if (rule === undefined) return unknown(key, under(key));
      const found = entry === undefined ? undefined : rule(entry, under(key));
      if (found !== undefined) return found;
    }
    for (const key of required) {
      const found = value[key] === undefined ? byKey.get(key)?.(undefined, under(key)) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export function noSuchOption(key: string, path: string, known: Iterable<string>): Fault {
  return fault(path, "unknown option.", didYouMean(key, known).trim() || "Remove it.");
}

/**
 * For factories: rejects invalid options before anything is built.
 * @param place - the factory that these options are for, e.g. `openai`
 * @throws `invalid_option` with the path and the fix
 */
export function checkOptions(options: unknown, rule: Rule, place: string): void {
  refuse(rule(options, place));
}

/** @throws `invalid_option` if a fault was found */
export function refuse(found: Fault | undefined): void {
  if (found !== undefined) throw invalidOption(found.path, found.problem, found.fix);
}
