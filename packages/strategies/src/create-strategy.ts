import type { JsonObject, Strategy } from "@modelyard/core";
import { didYouMean, invalidOption } from "@modelyard/core/kit";
import { costBased } from "./cost-based.js";
import { costSlo, type CostSloOptions } from "./cost-slo.js";
import { latencyBased, type LatencyBasedOptions, mostSamples } from "./latency-based.js";
import { leastBusy } from "./least-busy.js";
import { predictedLatency, type PredictedLatencyOptions } from "./predicted-latency.js";
import { simpleShuffle } from "./simple-shuffle.js";
import { type StrategyName, strategyNames } from "./strategy-names.js";
import { usageBased } from "./usage-based.js";

type Make = (args: JsonObject) => Strategy;

/** An argument in a file, and the option for it. */
interface NumberArg<Options> {
  readonly option: keyof Options;
  /** Converts the unit in files, such as seconds, to that of the option. */
  readonly factor: number;
  readonly good: (value: number) => boolean;
  readonly bad: string;
}
type NumberArgs<Options> = Readonly<Record<string, NumberArg<Options>>>;

/** LiteLLM's arguments. */
const latencyArgs: NumberArgs<LatencyBasedOptions> = {
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

const explore = {
  option: "explore",
  factor: 1,
  good: (value: number) => value >= 0 && value <= 1,
  bad: "is not from 0 to 1",
} as const;
const predictionArgs: NumberArgs<PredictedLatencyOptions> = {
  first_token_weight: {
    option: "firstTokenWeight",
    factor: 1,
    good: (value) => value >= 0 && value <= 1_000,
    bad: "is not from 0 to 1,000",
  },
  explore,
};
const sloArgs: NumberArgs<CostSloOptions> = {
  first_token_target: {
    option: "firstTokenTargetMs",
    factor: 1000,
    good: (value) => value > 0 && value <= 3_600,
    bad: "is not above 0 and at most 3,600",
  },
  token_target: {
    option: "tokenTargetMs",
    factor: 1000,
    good: (value) => value > 0 && value <= 60,
    bad: "is not above 0 and at most 60",
  },
  explore,
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

/** A strategy whose arguments are numbers. */
function withNumbers<Options>(name: string, known: NumberArgs<Options>, make: (options: Options) => Strategy): Make {
  return (args) => {
    const problems = [...unknownArguments(args, Object.keys(known), name)];
    const options: Partial<Record<keyof Options, number>> = {};
    for (const [argument, value] of Object.entries(args)) {
      const row = Object.hasOwn(known, argument) ? known[argument] : undefined;
      if (row === undefined) continue;
      const amount = readNumber(value);
      if (amount === undefined) problems.push({ name: argument, problem: "it must be a number." });
      else if (!row.good(amount)) problems.push({ name: argument, problem: `${String(amount)} ${row.bad}.` });
      else options[row.option] = amount * row.factor;
    }
    refuse(problems);
    return make(options as Options);
  };
}

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

const makers: Readonly<Record<StrategyName, Make>> = {
  "simple-shuffle": plain("simple-shuffle", simpleShuffle),
  "least-busy": plain("least-busy", leastBusy),
  "usage-based-routing": usage("usage-based-routing"),
  "usage-based-routing-v2": usage("usage-based-routing-v2"),
  "cost-based-routing": plain("cost-based-routing", costBased),
  "latency-based-routing": withNumbers("latency-based-routing", latencyArgs, latencyBased),
  "predicted-latency": withNumbers("predicted-latency", predictionArgs, predictedLatency),
  "cost-slo": withNumbers("cost-slo", sloArgs, costSlo),
};

/**
 * Creates a built-in strategy by its name in files.
 * @param args - by their names in files, and in LiteLLM's units (`ttl` in seconds)
 * @throws `invalid_option` for an unknown name or argument, or for a value that is not valid
 */
export function createStrategy(name: string, args: JsonObject = {}): Strategy {
  const make = Object.hasOwn(makers, name) ? makers[name as StrategyName] : undefined;
  if (make !== undefined) return make(args);
  throw invalidOption(
    "routing_strategy",
    `there is no strategy "${name}".${didYouMean(name, strategyNames)}`,
    `Known: ${strategyNames.join(", ")}.`,
  );
}
