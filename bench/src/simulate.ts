// Runs all strategies through all scenarios of the simulator, and writes the results into docs/routing.md and the plots into docs/public.
// `simulate.js SCENARIO STRATEGY`: regular expressions that select what is run; then nothing is written.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Strategy } from "@modelyard/core";
import { compareStrategies, type Scenario, scenarios } from "@modelyard/simulator";
import { createStrategy } from "@modelyard/strategies";
import { plotsOf } from "./simulate/plots.js";
import { type Compared, tablesOf } from "./simulate/tables.js";

const docs = join(import.meta.dirname, "../../docs");
const page = join(docs, "routing.md");
const seeds = [1, 2, 3, 4, 5];
const strategyNames = [
  "simple-shuffle",
  "least-busy",
  "usage-based-routing",
  "latency-based-routing",
  "predicted-latency",
];
const [scenarioPattern = "", strategyPattern = ""] = process.argv.slice(2);

function matches(pattern: string, name: string): boolean {
  return pattern === "" || new RegExp(`^(?:${pattern})$`, "u").test(name);
}

const strategies = Object.fromEntries(
  strategyNames
    .filter((name) => matches(strategyPattern, name))
    .map((name) => [name, (): Strategy => createStrategy(name)]),
);
const compared = new Map<string, Compared>();
for (const scenario of Object.values<Scenario>(scenarios)) {
  if (!matches(scenarioPattern, scenario.name)) continue;
  const results = await compareStrategies({
    scenario,
    strategies,
    seeds,
    onProgress: (runs, all) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${scenario.name}: ${String(runs)} of ${String(all)} runs `);
    },
  });
  process.stderr.write(`\r${scenario.name}: ${scenario.title}\n`);
  compared.set(scenario.name, results);
}

const text = tablesOf(compared);
process.stdout.write(`${text}\n`);
if (scenarioPattern === "" && strategyPattern === "") {
  const [before = "", rest = ""] = readFileSync(page, "utf8").split("<!-- results -->\n");
  const [, after = ""] = rest.split("<!-- end of results -->\n");
  writeFileSync(page, `${before}<!-- results -->\n\n${text}\n\n<!-- end of results -->\n${after}`);
  mkdirSync(join(docs, "public"), { recursive: true });
  for (const [file, svg] of plotsOf(compared)) writeFileSync(join(docs, "public", file), svg);
}
