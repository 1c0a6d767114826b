import { didYouMean, invalidOption, isJsonObject } from "@modelyard/core/kit";

type Check = (value: unknown, path: string) => void;

function refuse(path: string, value: unknown, expected: string): never {
  throw invalidOption(path, `expected ${expected}, got ${JSON.stringify(value)}.`, "Correct it or omit it.");
}

function number(isValid: (value: number) => boolean, expected: string): Check {
  return (value, path) => {
    if (typeof value !== "number" || !isValid(value)) refuse(path, value, expected);
  };
}

const positive = number((value) => value > 0, "a number above 0");
const notNegative = number((value) => value >= 0, "a number of at least 0");
const share = number((value) => value >= 0 && value <= 1, "a number from 0 to 1");
const factor = number((value) => value > 0 && value < Number.POSITIVE_INFINITY, "a finite number above 0");
const status = number((value) => Number.isInteger(value) && value >= 400 && value <= 599, "a status from 400 to 599");

const flag: Check = (value, path) => {
  if (typeof value !== "boolean") refuse(path, value, "true or false");
};

function oneOf(...words: readonly string[]): Check {
  return (value, path) => {
    if (typeof value !== "string" || !words.includes(value)) refuse(path, value, `one of ${words.join(", ")}`);
  };
}

function object(fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    if (!isJsonObject(value)) refuse(path, value, "an object");
    for (const name of required)
      if (value[name] === undefined) throw invalidOption(`${path}.${name}`, "it is missing.", "Add it.");
    for (const [name, own] of Object.entries(value)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined)
        throw invalidOption(
          `${path}.${name}`,
          `there is no such field.${didYouMean(name, Object.keys(fields))}`,
          "Correct it or omit it.",
        );
      if (own !== undefined) check(own, `${path}.${name}`);
    }
  };
}

const time = { fromMs: notNegative, toMs: notNegative };
const times = ["fromMs", "toMs"];
const kind = oneOf("error", "hang", "stall", "slow", "slow_answers");
const hits = { kind, share, ...time };
const faults: Readonly<Record<string, Check>> = {
  error: object({ ...hits, status, retryAfterMs: notNegative }, ["status", ...times]),
  hang: object(hits, times),
  stall: object(hits, times),
  slow: object({ kind, factor, ...time }, ["factor", ...times]),
  slow_answers: object({ kind, factor, ...time }, ["factor", ...times]),
};

const faultList: Check = (value, path) => {
  if (!Array.isArray(value)) refuse(path, value, "a list");
  for (const [index, fault] of (value as readonly unknown[]).entries()) {
    const own = `${path}.${String(index)}`;
    if (!isJsonObject(fault)) refuse(own, fault, "an object");
    kind(fault["kind"], `${own}.kind`);
    faults[String(fault["kind"])]?.(fault, own);
  }
};

const limit = object({ perMinute: positive, shape: oneOf("bucket", "window"), burst: positive, windowMs: positive }, [
  "perMinute",
]);

const model = object({
  speed: factor,
  promptTokensPerSecond: positive,
  prefills: positive,
  tokenMs: positive,
  sharedBy: positive,
  slots: positive,
  networkMs: notNegative,
  networkJitter: notNegative,
  stragglers: object({ share, meanMs: notNegative }, ["share", "meanMs"]),
  cache: object({ idleMs: notNegative, leastTokens: notNegative, stepTokens: positive, capacityTokens: notNegative }, [
    "idleMs",
  ]),
  limits: object({
    requests: limit,
    tokens: limit,
    charge: oneOf("most", "settled", "used"),
    countsCached: flag,
    headers: oneOf("anthropic", "azure", "none", "openai"),
  }),
  faults: faultList,
  stops: flag,
});

/** @throws `invalid_option` for the first field of a deployment's model that is unknown or not valid */
export function checkModel(value: unknown, path: string): void {
  model(value, path);
}
