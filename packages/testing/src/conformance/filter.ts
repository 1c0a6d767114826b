import type { Candidate, Filter, PickContext } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CandidateOptions, makeCandidate, makeContext } from "../candidates.js";
import { deepFreeze } from "./deep-freeze.js";
import { forbidClockAndChance } from "./no-clock.js";

export interface FilterSetup {
  /** A fresh filter for every test. */
  create(): Filter;
  /** What it must leave out, and what it must not: each with the call it is asked about. */
  readonly cases: readonly {
    readonly candidate: CandidateOptions;
    readonly context?: Partial<PickContext>;
    readonly rejected: boolean;
  }[];
}

/** Requests as callers may send them: whatever JSON can say. */
const oddRequests: readonly unknown[] = [{}, { messages: null }, { messages: [null, 5, "x", {}] }, { tools: "x" }];

/** Every sentence of the `Filter` contract, as tests. */
export function describeFilter(name: string, { create, cases }: FilterSetup): void {
  describe(`${name} as a Filter`, () => {
    afterEach(() => {
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    });

    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]+$/u);
    });

    it.each(cases)(
      "$candidate.id: leaves out what it must, in words that can be shown",
      ({ candidate, context, rejected }) => {
        const reason = create().reject(makeCandidate(candidate), deepFreeze(makeContext(context)));
        expect(reason !== undefined).toBe(rejected);
        expect(reason ?? "a word").toMatch(/\S/u);
        expect((reason ?? "").length).toBeLessThan(500);
      },
    );

    it.each(cases)(
      "$candidate.id: says the same again, by nothing but what it is given, and changes none of it",
      ({ candidate, context }) => {
        const one = makeCandidate(candidate);
        const asked = deepFreeze(makeContext(context));
        const before = JSON.stringify(one);
        forbidClockAndChance("a filter reads time and chance from its context only");
        const filter = create();
        const reasons = Array.from({ length: 3 }, () => filter.reject(one, asked));
        expect(new Set(reasons).size).toBe(1);
        expect(JSON.stringify(one)).toBe(before);
      },
    );

    it("throws nothing, whatever the request holds", () => {
      const candidate: Candidate = makeCandidate({ id: "any" });
      for (const request of oddRequests) {
        const context = makeContext({ request: request as PickContext["request"] });
        expect(() => create().reject(candidate, context)).not.toThrow();
      }
    });
  });
}
