import { didYouMean, invalidOption, type JsonObject, type Strategy } from "@modelyard/core";
import { costBased } from "./cost-based.js";
import { latencyBased, type LatencyBasedOptions } from "./latency-based.js";
import { leastBusy } from "./least-busy.js";
import { simpleShuffle } from "./simple-shuffle.js";
import { usageBased } from "./usage-based.js";

type Make = (args: JsonObject) => Strategy;

/** Arguments as LiteLLM spells them: our option, and what turns the value into it. */
const latencyArgs: Readonly<Record<string, { readonly option: keyof LatencyBasedOptions; readonly factor: number }>> = {
  ttl: { option: "ttlMs", factor: 1000 },
  lowest_latency_buffer: { option: "lowestLatencyBuffer", factor: 1 },
  max_latency_list_size: { option: "maxLatencyListSize", factor: 1 },
};

function readNumber(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw invalidOption(`routing_strategy_args.${name}`, "it is not a number.", "Correct it or leave it out.");
}

function checkArgs(args: JsonObject, known: readonly string[], strategy: string): void {
  for (const name of Object.keys(args)) {
    if (known.includes(name)) continue;
    const hint = known.length === 0 ? " It takes none." : didYouMean(name, known);
    throw invalidOption(
      `routing_strategy_args.${name}`,
      `${strategy} has no such argument.${hint}`,
      "Correct it or leave it out.",
    );
  }
}

/** Without arguments of its own; LiteLLM's `ttl` is taken and has nothing to do, since limits are counted by the minute. */
const plain =
  (name: string, make: () => Strategy, known: readonly string[] = []): Make =>
  (args) => {
    checkArgs(args, known, name);
    return make();
  };

const makers: Readonly<Record<string, Make>> = {
  "simple-shuffle": plain("simple-shuffle", simpleShuffle),
  "least-busy": plain("least-busy", leastBusy),
  "usage-based-routing": plain("usage-based-routing", usageBased, ["ttl"]),
  "usage-based-routing-v2": plain("usage-based-routing-v2", usageBased, ["ttl"]),
  "cost-based-routing": plain("cost-based-routing", costBased),
  "latency-based-routing": (args) => {
    checkArgs(args, Object.keys(latencyArgs), "latency-based-routing");
    const options: Record<string, number> = {};
    for (const [name, value] of Object.entries(args)) {
      const known = latencyArgs[name];
      if (known !== undefined) options[known.option] = readNumber(name, value) * known.factor;
    }
    return latencyBased(options);
  },
};

/** Names that `createStrategy` knows: LiteLLM's. */
export const strategyNames: readonly string[] = Object.keys(makers);

/**
 * A built-in strategy by LiteLLM's name.
 * @param args - under LiteLLM's names and units (`ttl` in seconds)
 * @throws `invalid_option` for a name or an argument that does not exist or cannot be read
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
