import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { StrategyChoice } from "@modelyard/config-yaml";
import { invalidOption, type JsonObject, type Strategy } from "@modelyard/core";
import { createStrategy } from "@modelyard/strategies";

function isStrategy(value: unknown): value is Strategy {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Strategy>).name === "string" &&
    typeof (value as Partial<Strategy>).pick === "function"
  );
}

/**
 * A strategy by name, or from a module of the user's: `./my-strategy.mjs`, whose export `strategy` (or default) is a
 * function of `routing_strategy_args`, or a strategy.
 * @param folder - where the file stands that names it
 */
export async function loadStrategy({ name, args }: StrategyChoice, folder: string): Promise<Strategy> {
  if (!/^\.{0,2}\//u.test(name) && !/\.[cm]?js$/u.test(name)) return createStrategy(name, args);
  const path = resolve(folder, name);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidOption(
      "routing_strategy",
      `${path} cannot be loaded: ${cause instanceof Error ? cause.message : "unknown"}.`,
      "Correct the path or the module.",
    );
  }
  const exported = module["strategy"] ?? module["default"];
  const strategy: unknown =
    typeof exported === "function" ? (exported as (args: JsonObject) => unknown)(args) : exported;
  if (isStrategy(strategy)) return strategy;
  throw invalidOption(
    "routing_strategy",
    `${path} exports no strategy.`,
    'Export a function "strategy" that returns an object with name and pick.',
  );
}
