import type { Candidate, Filter, PickContext } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type CandidateOptions, makeCandidate, makeContext } from "../candidates.js";
import { deepFreeze } from "./deep-freeze.js";
import { forbidClockAndRandom } from "./no-clock.js";

export interface FilterSetup {
  /** Creates a fresh filter. Called once per test. */
  create(): Filter;
  /** Candidates that it must remove and candidates that it must keep, each with the context of a call. */
  readonly cases: readonly {
    readonly candidate: CandidateOptions;
    readonly context?: Partial<PickContext>;
    readonly rejected: boolean;
  }[];
}

/** Requests as callers may send them: any JSON. */
const oddRequests: readonly unknown[] = [{}, { messages: null }, { messages: [null, 5, "x", {}] }, { tools: "x" }];

/** Tests every promise of the `Filter` contract. */
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
      "$candidate.id: is removed or kept as expected, with a reason that can be shown",
      ({ candidate, context, rejected }) => {
        const reason = create().reject(makeCandidate(candidate), deepFreeze(makeContext(context)));
        expect(reason !== undefined).toBe(rejected);
        expect(reason ?? "a word").toMatch(/\S/u);
        expect((reason ?? "").length).toBeLessThan(500);
      },
    );

    it.each(cases)(
      "$candidate.id: gets the same result again, without clock or random numbers, and its arguments are not changed",
      ({ candidate, context }) => {
        const one = makeCandidate(candidate);
        const asked = deepFreeze(makeContext(context));
        const before = JSON.stringify(one);
        forbidClockAndRandom("a filter must not use a clock or random numbers other than those in its context");
        const filter = create();
        const reasons = Array.from({ length: 3 }, () => filter.reject(one, asked));
        expect(new Set(reasons).size).toBe(1);
        expect(JSON.stringify(one)).toBe(before);
      },
    );

    it("does not throw for any request", () => {
      const candidate: Candidate = makeCandidate({ id: "any" });
      for (const request of oddRequests) {
        const context = makeContext({ request: request as PickContext["request"] });
        expect(() => create().reject(candidate, context)).not.toThrow();
      }
    });
  });
}
