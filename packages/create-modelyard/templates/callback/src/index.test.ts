import { createRouter } from "@modelyard/router";
import { answers, fails, scriptedProvider, VirtualClock } from "@modelyard/testing";
import { describeCallback } from "@modelyard/testing/conformance";
import { expect, it } from "vitest";
import { ledger } from "./index.ts";

// Tests every promise of the contract.
describeCallback("ledger", { create: () => ledger() });

it("adds up what each model group has used", async () => {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ name: "openai", clock });
  provider.script("good", answers("Hello"));
  provider.script("bad", fails("internal_server"));
  const book = ledger();
  const router = createRouter({
    providers: [provider],
    callbacks: [book],
    clock,
    numRetries: 0,
    modelList: [
      { id: "good", modelName: "smart", model: "openai/good", inputCostPerToken: 0.001, outputCostPerToken: 0.001 },
      { id: "bad", modelName: "spare", model: "openai/bad" },
    ],
  });
  const ask = (model: "smart" | "spare"): Promise<unknown> =>
    clock.until(router.completion({ model, messages: [{ role: "user", content: "Hello" }] }));
  await ask("smart");
  await ask("smart");
  await expect(ask("spare")).rejects.toThrow();
  expect(book.accounts.get("smart")).toMatchObject({ requests: 2, failures: 0 });
  expect(book.accounts.get("smart")?.costUsd).toBeCloseTo((book.accounts.get("smart")?.tokens ?? 0) * 0.001);
  expect(book.accounts.get("spare")).toEqual({ requests: 1, failures: 1, tokens: 0, costUsd: 0 });
});
