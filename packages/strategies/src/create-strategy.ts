import type { JsonObject, Strategy } from "@modelyard/core";
import { didYouMean, invalidOption } from "@modelyard/core/kit";
import { costBased } from "./cost-based.js";
import { latencyBased, type LatencyBasedOptions, mostSamples } from "./latency-based.js";
import { leastBusy } from "./least-busy.js";
import { simpleShuffle } from "./simple-shuffle.js";
import { usageBased } from "./usage-based.js";

type Make = (args: JsonObject) => Strategy;

interface LatencyArg {
  readonly option: keyof LatencyBasedOptions;
  /** Converts LiteLLM's unit to ours. */
  readonly factor: number;
  readonly good: (value: number) => boolean;
  readonly bad: string;
}

/** LiteLLM's arguments, and our options for them. */
const latencyArgs: Readonly<Record<string, LatencyArg>> = {
  ttl: { option: "ttlMs", factor: 1000, good: (value) => value > 0, bad: "is not above 0" },
  lowest_latency_buffer: {
    option: "lowestLatencyBuffer",
    factor: 1,
    good: (value) => value >= 0,
    bad: "is below 0",
  },
  max_latency_list_size: {
    option: "maxLatencyListSize",
    factor: 1,
    good: (value) => Number.isInteger(value) && value >= 1 && value <= mostSamples,
    bad: "is not a whole number from 1 to 10,000",
  },
};

interface ArgumentProblem {
  readonly name: string;
  readonly problem: string;
}

/** Reads a number, also from a string, as everywhere in the configuration file. `undefined`: not a number. */
function readNumber(value: unknown): number | undefined {
  const amount = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof amount === "number" && Number.isFinite(amount) ? amount : undefined;
}

function unknownArguments(args: JsonObject, known: readonly string[], strategy: string): readonly ArgumentProblem[] {
  return Object.keys(args)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      name,
      problem: `${strategy} has no such argument.${known.length === 0 ? " It has no arguments." : didYouMean(name, known)}`,
    }));
}

/**
 * @throws `invalid_option` for the first problem; its message contains the others too, so that all can be corrected at
 * once
 */
function refuse(problems: readonly ArgumentProblem[]): void {
  const [first, ...others] = problems;
  if (first === undefined) return;
  const more = others.map(({ name, problem }) => ` ${name}: ${problem}`).join("");
  throw invalidOption(`routing_strategy_args.${first.name}`, `${first.problem}${more}`, "Correct it or omit it.");
}

function checkArgs(args: JsonObject, known: readonly string[], strategy: string): void {
  refuse(unknownArguments(args, known, strategy));
}

/** A strategy without arguments. */
const plain =
  (name: string, make: () => Strategy): Make =>
  (args) => {
    checkArgs(args, [], name);
    return make();
  };

/**
 * LiteLLM's `ttl` only has a meaning at its default of 60 seconds, since usage is counted per minute. Any other value
 * causes a warning.
 */
const usage =
  (name: string): Make =>
  (args) => {
    const { ttl } = args;
    const strategy = usageBased();
    const seconds = ttl === undefined ? 60 : readNumber(ttl);
    const wrong = seconds === undefined ? [{ name: "ttl", problem: "it must be a number." }] : [];
    refuse([...unknownArguments(args, ["ttl"], name), ...wrong]);
    if (seconds === 60) return strategy;
    return {
      ...strategy,
      review: () => [`routing_strategy_args.ttl has no effect under ${name}: usage is counted per minute.`],
    };
  };

const makers: Readonly<Record<string, Make>> = {
  "simple-shuffle": plain("simple-shuffle", simpleShuffle),
  "least-busy": plain("least-busy", leastBusy),
  "usage-based-routing": usage("usage-based-routing"),
  "usage-based-routing-v2": usage("usage-based-routing-v2"),
  "cost-based-routing": plain("cost-based-routing", costBased),
  "latency-based-routing": (args) => {
    const problems = [...unknownArguments(args, Object.keys(latencyArgs), "latency-based-routing")];
    const options: Record<string, number> = {};
    for (const [name, value] of Object.entries(args)) {
      const known = Object.hasOwn(latencyArgs, name) ? latencyArgs[name] : undefined;
      if (known === undefined) continue;
      const amount = readNumber(value);
      if (amount === undefined) problems.push({ name, problem: "it must be a number." });
      else if (!known.good(amount)) problems.push({ name, problem: `${String(amount)} ${known.bad}.` });
      else options[known.option] = amount * known.factor;
    }
    refuse(problems);
    return latencyBased(options);
  },
};

/** LiteLLM's names of the strategies that `createStrategy` can create. */
export const strategyNames: readonly string[] = Object.keys(makers);

/**
 * Creates a built-in strategy by LiteLLM's name.
 * @param args - by LiteLLM's names and in its units (`ttl` in seconds)
 * @throws `invalid_option` for an unknown name or argument, or for a value that is not valid
 */
export function createStrategy(name: string, args: JsonObject = {}): Strategy {
  const make = Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (make !== undefined) return make(args);
  throw invalidOption(
    "routing_strategy",
    `there is no strategy "${name}".${didYouMean(name, strategyNames)}`,
    `Known: ${strategyNames.join(", ")}.`,
  );
}
