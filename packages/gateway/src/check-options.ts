import { didYouMean, type Engine, invalidOption, isJsonObject, originProblem } from "@modelyard/core";
import type { GatewayOptions } from "./options.js";

/** What is wrong with a value, in a sentence; `undefined`: nothing. */
type Rule = (value: unknown) => string | undefined;

function isSecret(value: unknown): value is { reveal(): string } {
  return isJsonObject(value) && typeof value["reveal"] === "function";
}

const text: Rule = (value) => (typeof value === "string" && value !== "" ? undefined : "it is no text, or empty.");
const origins: Rule = (value) =>
  Array.isArray(value) ? value.map(originProblem).find((problem) => problem !== undefined) : "it is no list.";
const above0: Rule = (value) => (typeof value === "number" && value > 0 ? undefined : "it is not above 0.");

const rules: Record<keyof GatewayOptions, Rule> = {
  masterKey: (value) => text(isSecret(value) ? value.reveal() : value),
  keyHeader: text,
  allowedOrigins: origins,
  maxRequestBytes: above0,
  pingMs: above0,
  clock: (value) => (isJsonObject(value) && typeof value["now"] === "function" ? undefined : "it is no clock."),
  routes: (value) => (Array.isArray(value) ? undefined : "it is no list."),
  onError: (value) => (typeof value === "function" ? undefined : "it is no function."),
  onRefused: (value) => (typeof value === "function" ? undefined : "it is no function."),
};

/** Finds what cannot work before anything is built: a misspelt `masterKey` would let everybody in. @throws `invalid_option` */
export function checkGateway(engine: Engine, options: GatewayOptions): void {
  const parts = engine as Partial<Engine> | null | undefined;
  if (![parts?.execute, parts?.models, parts?.state].every((part) => typeof part === "function"))
    throw invalidOption("engine", "it is no router.", "Give what createRouter made: createGateway(router, options).");
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, key)) {
      const near = didYouMean(key, Object.keys(rules)).trim();
      throw invalidOption(key, "there is no such option.", near === "" ? "Take it out." : near);
    }
    const problem = value === undefined ? undefined : rules[key as keyof GatewayOptions](value);
    if (problem !== undefined) throw invalidOption(key, problem, "Correct it or leave it out.");
  }
}
