// What the engine itself costs: picks of each strategy, and a whole completion over a provider that answers at once.
import { type Candidate, type NonEmpty, type Provider, systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { createStrategy, strategyNames } from "@modelyard/strategies";
import { makeCandidates, makeContext } from "@modelyard/testing";

/** Best of several rounds, in microseconds: what the code costs, without what the machine did meanwhile. */
function best(run: (count: number) => void, count: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round += 1) {
    const began = performance.now();
    run(count);
    least = Math.min(least, ((performance.now() - began) * 1000) / count);
  }
  return least;
}

const sizes = [3, 10, 100, 1_000] as const;
process.stdout.write(`${"pick, us".padEnd(30)}${sizes.map((size) => String(size).padStart(9)).join("")}\n`);
for (const name of strategyNames) {
  const cells = sizes.map((size) => {
    const strategy = createStrategy(name);
    const candidates = Object.freeze([
      ...makeCandidates(
        Array.from({ length: size }, (_, index) => ({
          id: `d${String(index)}`,
          rpm: 100 + index,
          tpm: 10_000,
          inputCostPerToken: 1,
          outputCostPerToken: 1,
        })),
      ),
    ]) as unknown as NonEmpty<Candidate>;
    const context = makeContext();
    return best((count) => {
      for (let draw = 0; draw < count; draw += 1) void strategy.pick(candidates, context);
    }, 100_000 / size);
  });
  process.stdout.write(`${name.padEnd(30)}${cells.map((cell) => cell.toFixed(2).padStart(9)).join("")}\n`);
}

const value = {
  id: "x",
  object: "chat.completion" as const,
  created: 0,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant" as const, content: "hi" }, finish_reason: "stop" as const }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const answer = Promise.resolve({ kind: "answer" as const, value });
const instant: Provider = { name: "openai", specVersion: 1, operations: ["chat"], call: () => answer };
const request = { model: "g0", messages: [{ role: "user" as const, content: "hello" }] };

async function completions(deployments: number, groups: number): Promise<number> {
  const router = createRouter({
    providers: [instant],
    clock: systemClock,
    modelList: Array.from({ length: deployments * groups }, (_, index) => ({
      modelName: `g${String(index % groups)}`,
      model: "openai/m",
      apiKey: String(index),
    })),
  });
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round += 1) {
    const began = performance.now();
    for (let count = 0; count < 5_000; count += 1) await router.completion(request);
    least = Math.min(least, (performance.now() - began) / 5);
  }
  return least;
}

process.stdout.write("\ncompletion over an instant provider, us\n");
for (const [deployments, groups] of [
  [3, 1],
  [10, 1],
  [1_000, 1],
  [3, 1_000],
] as const) {
  const us = await completions(deployments, groups);
  process.stdout.write(
    `${`${String(deployments)} deployments, ${String(groups)} groups`.padEnd(30)}${us.toFixed(2).padStart(9)}\n`,
  );
}
