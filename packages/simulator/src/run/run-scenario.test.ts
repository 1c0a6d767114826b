import { leastBusy, simpleShuffle } from "@modelyard/strategies";
import { expect, it } from "vitest";
import { compareStrategies, runScenario } from "./run-scenario.js";
import { scenarios } from "./scenarios.js";

it("compareStrategies gives each strategy and seed the same requests and the same reference", async () => {
  const progress: string[] = [];
  const results = await compareStrategies({
    scenario: scenarios.S1,
    requests: 300,
    seeds: [1, 2],
    strategies: { "simple-shuffle": simpleShuffle, "least-busy": leastBusy },
    onProgress: (runs, all) => {
      progress.push(`${String(runs)}/${String(all)}`);
    },
  });
  const [shuffle = [], busy = []] = [results["simple-shuffle"], results["least-busy"]];
  expect(progress).toEqual(["1/4", "2/4", "3/4", "4/4"]);
  expect(shuffle.map(({ seed }) => seed)).toEqual([1, 2]);
  expect(shuffle.map(({ reference }) => reference)).toEqual(busy.map(({ reference }) => reference));
  expect(shuffle[0]?.reference).not.toEqual(shuffle[1]?.reference);
  expect(busy[1]).toEqual(await runScenario({ scenario: scenarios.S1, requests: 300, seed: 2, strategy: leastBusy }));
});
