import type { Candidate, ErrorKind, NonEmpty, Strategy } from "@modelyard/core";
import { type CandidateOptions, failed, firstToken, started, succeeded } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations, start } from "../test/support/draws.js";
import { costBased } from "./cost-based.js";

describeStrategy("costBased", { create: () => costBased() });

type Rows = readonly Omit<CandidateOptions, "id">[];
const price = (inputCostPerToken?: number, outputCostPerToken?: number) => ({
  ...(inputCostPerToken === undefined ? {} : { inputCostPerToken }),
  ...(outputCostPerToken === undefined ? {} : { outputCostPerToken }),
});

const cases: readonly (readonly [string, Rows, { readonly maxOutputTokens?: number }, readonly string[]])[] = [
  ["the lowest price", [price(3, 3), price(1, 1), price(2, 2)], {}, ["b"]],
  ["a price of 0", [price(0, 0), price(1e-9, 1e-9), price()], {}, ["a"]],
  ["any known price over an unknown one", [price(), price(100, 100), price(1)], {}, ["b"]],
  ["all equally when all prices are unknown", [price(), price(1), price(undefined, 1)], {}, ["a", "b", "c"]],
  ["equally cheap deployments at random", [price(1, 2), price(2, 1), price(9, 9)], {}, ["a", "b"]],
  ["cheap input for short answers", [price(1, 9), price(3, 3), price(9, 1)], { maxOutputTokens: 1 }, ["a"]],
  ["cheap output for long answers", [price(1, 9), price(3, 3), price(9, 1)], { maxOutputTokens: 1_000 }, ["c"]],
  [
    "the lowest input price when no output is requested",
    [price(2), price(1), price(3, 0)],
    { maxOutputTokens: 0 },
    ["b"],
  ],
];

describe("costBased", () => {
  it.each(cases)("prefers %s, in every listing order", (_, rows, context, expected) => {
    const all = rows.map((options, index) => ({ id: "abc"[index] ?? "", ...options }));
    for (const order of permutations(all)) {
      for (const candidates of [listed(all, order), frozen(listed(all, order))])
        expectFair(drawn(costBased(), candidates, { seed: 3, ...context }), expected);
    }
  });

  it("warns of unknown prices, with id and model", () => {
    const all = [{ id: "a" }, { id: "b", ...price(1) }, { id: "c", ...price(0, 0) }];
    expect(costBased().review?.(listed(all).map((candidate) => candidate.deployment))).toEqual([
      {
        kind: "unknown_price",
        deploymentId: "a",
        message: expect.stringMatching(/^the price of test\/.+ is unknown/u) as unknown,
      },
      {
        kind: "unknown_price",
        deploymentId: "b",
        message: expect.stringMatching(/^the price of test\/.+ is unknown/u) as unknown,
      },
    ]);
  });
});

describe("costBased with deployments that do not answer", () => {
  const all = [{ id: "cheap", ...price(1, 1) }, { id: "dear", ...price(2, 2) }, { id: "unpriced" }];
  const picked = (strategy: Strategy, candidates: NonEmpty<Candidate>, ms: number) =>
    Object.keys(drawn(strategy, candidates, { now: start + ms, seed: 3 }, 20));
  const begin = (strategy: Strategy, candidate: Candidate, ms: number, callId: string): void => {
    strategy.observe?.(started({ candidate, callId, at: start + ms, stream: true }));
  };
  const answer = (strategy: Strategy, candidate: Candidate, ms: number, callId: string): void => {
    strategy.observe?.(firstToken({ candidate, callId, at: start + ms, firstTokenMs: 500 }));
  };
  const fail = (strategy: Strategy, candidate: Candidate, ms: number, callId: string, kind: ErrorKind): void => {
    strategy.observe?.(failed({ candidate, callId, at: start + ms, durationMs: 5_000, kind, stream: true }));
  };

  it("avoids a deployment whose oldest call waits four times longer than usual", () => {
    for (const order of permutations(all)) {
      const candidates = frozen(listed(all, order));
      const strategy = costBased();
      const cheap = candidates.find((candidate) => candidate.deployment.id === "cheap") as Candidate;
      begin(strategy, cheap, 0, "known");
      answer(strategy, cheap, 500, "known");
      begin(strategy, cheap, 1_000, "silent");
      expect(picked(strategy, candidates, 2_900)).toEqual(["cheap"]);
      expect(picked(strategy, candidates, 3_000)).toEqual(["dear"]);
      answer(strategy, cheap, 4_000, "silent");
      expect(picked(strategy, candidates, 4_000)).toEqual(["cheap"]);
    }
  });

  it("waits ten seconds for a deployment that has never answered, and at least one second for a fast one", () => {
    const candidates = listed(all);
    const strategy = costBased();
    begin(strategy, candidates[0], 0, "first");
    expect(picked(strategy, candidates, 9_999)).toEqual(["cheap"]);
    expect(picked(strategy, candidates, 10_000)).toEqual(["dear"]);
    strategy.observe?.(
      succeeded({ candidate: candidates[0], callId: "first", at: start, durationMs: 1, stream: true }),
    );
    begin(strategy, candidates[0], 20_000, "second");
    expect(picked(strategy, candidates, 20_999)).toEqual(["cheap"]);
    expect(picked(strategy, candidates, 21_000)).toEqual(["dear"]);
  });

  it("avoids a deployment that timed out for as long as the call waited, then tries it with one call at a time", () => {
    const candidates = listed(all);
    const strategy = costBased();
    begin(strategy, candidates[0], 0, "silent");
    fail(strategy, candidates[0], 5_000, "silent", "timeout");
    expect(picked(strategy, candidates, 9_999)).toEqual(["dear"]);
    expect(picked(strategy, candidates, 10_000)).toEqual(["cheap"]);
    begin(strategy, candidates[0], 10_000, "again");
    expect(picked(strategy, candidates, 10_000)).toEqual(["dear"]);
    answer(strategy, candidates[0], 10_500, "again");
    expect(picked(strategy, candidates, 10_500)).toEqual(["cheap"]);
  });

  it("ignores failures other than timeouts, since cooldowns take care of them", () => {
    const candidates = listed(all);
    const strategy = costBased();
    begin(strategy, candidates[0], 0, "failing");
    fail(strategy, candidates[0], 5_000, "failing", "internal_server");
    expect(picked(strategy, candidates, 5_000)).toEqual(["cheap"]);
  });

  it("prefers an answering deployment of unknown price over a silent cheap one, and the cheapest if none answers", () => {
    const candidates = listed(all);
    const strategy = costBased();
    for (const candidate of candidates.slice(0, 2)) begin(strategy, candidate, 0, "silent");
    expect(picked(strategy, candidates, 10_000)).toEqual(["unpriced"]);
    begin(strategy, candidates[2] as Candidate, 0, "silent");
    expect(picked(strategy, candidates, 10_000)).toEqual(["cheap"]);
  });

  it("does not confuse a new deployment with the silent one that had its index", () => {
    const strategy = costBased();
    begin(strategy, listed(all)[0], 0, "silent");
    const after = listed([
      { id: "new", ...price(1, 1) },
      { id: "dear", ...price(2, 2) },
    ]);
    expect(picked(strategy, after, 60_000)).toEqual(["new"]);
  });
});
