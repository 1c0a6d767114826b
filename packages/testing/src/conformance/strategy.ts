import type { Candidate, NonEmpty, Strategy } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { aborted, failed, makeCandidates, makeContext, sharesOf, succeeded } from "../candidates.js";

export interface StrategySetup {
  /** A fresh strategy for every test. */
  create(): Strategy;
  /**
   * Whether equal candidates get equal shares. A strategy that sticks to something about the request says false.
   * @defaultValue true
   */
  readonly fair?: boolean;
}

const draws = 20_000;
const start = Date.UTC(2026, 0, 1);

function orders<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Every sentence of the `Strategy` contract, as tests. */
export function describeStrategy(name: string, { create, fair = true }: StrategySetup): void {
  describe(`${name} as a Strategy`, () => {
    const three = (): NonEmpty<Candidate> => makeCandidates([{ id: "a" }, { id: "b" }, { id: "c" }]);
    const feed = (strategy: Strategy, candidates: NonEmpty<Candidate>): void => {
      for (const [index, candidate] of candidates.entries()) {
        strategy.observe?.(succeeded({ candidate, at: start + index, durationMs: 100 * (index + 1) }));
        strategy.observe?.(succeeded({ candidate, at: start + index, durationMs: 10 * (index + 1), stream: true }));
      }
    };

    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]+$/u);
    });

    it.each([1, 2, 10, 1_000])("picks one of %i candidates, and changes none of them", async (count) => {
      const candidates = makeCandidates(
        Array.from({ length: count }, (_, index) => ({ id: `d${String(index)}`, rpm: 10, inFlight: index % 3 })),
      );
      const before = JSON.stringify(candidates);
      const strategy = create();
      for (let seed = 1; seed <= 20; seed += 1)
        expect(candidates).toContain(await strategy.pick(candidates, makeContext({ seed })));
      expect(JSON.stringify(candidates)).toBe(before);
    });

    it("picks the same again from the same past and the same chance", async () => {
      const run = async (): Promise<readonly string[]> => {
        const strategy = create();
        const candidates = three();
        feed(strategy, candidates);
        const context = makeContext({ seed: 7, now: start + 1_000 });
        const picked: string[] = [];
        for (let count = 0; count < 50; count += 1)
          picked.push((await strategy.pick(candidates, context)).deployment.id);
        return picked;
      };
      expect(await run()).toEqual(await run());
    });

    it.runIf(fair)("gives equals equal shares, in whatever order they are listed", () => {
      for (const order of orders(three())) {
        const strategy = create();
        const context = makeContext({ seed: 3 });
        const shares = sharesOf(() => strategy.pick(order as unknown as NonEmpty<Candidate>, context), draws);
        for (const id of ["a", "b", "c"]) expect(Math.abs((shares[id] ?? 0) - 1 / 3)).toBeLessThan(0.02);
      }
    });

    it("takes any event, also of deployments it has never seen", () => {
      const strategy = create();
      const [candidate] = makeCandidates([{ id: "unknown", index: 999 }]);
      for (const event of [
        succeeded({ candidate, at: start, durationMs: 0 }),
        failed({ candidate, at: start, durationMs: 1 }),
        aborted({ candidate, at: start, durationMs: 1 }),
      ]) {
        expect(() => strategy.observe?.(event)).not.toThrow();
      }
    });

    it("never likes a deployment better for failing", () => {
      const share = (fails: boolean): number => {
        const strategy = create();
        const candidates = three();
        feed(strategy, candidates);
        const [first] = candidates;
        for (let count = 0; count < 20; count += 1) {
          const facts = { candidate: first, at: start + 10 + count, durationMs: 1 };
          if (fails) strategy.observe?.(failed({ ...facts, kind: count % 2 === 0 ? "internal_server" : "timeout" }));
        }
        const context = makeContext({ seed: 5, now: start + 1_000 });
        return sharesOf(() => strategy.pick(candidates, context), 2_000)["a"] ?? 0;
      };
      expect(share(true)).toBeLessThanOrEqual(share(false) + 0.03);
    });

    it("keeps what it learned across a snapshot, and ignores what it does not understand", () => {
      const strategy = create();
      const candidates = three();
      feed(strategy, candidates);
      const copy = create();
      copy.restore?.(JSON.parse(JSON.stringify(strategy.snapshot?.() ?? null)));
      for (const nonsense of [null, 5, "x", [], { a: 1 }]) expect(() => copy.restore?.(nonsense)).not.toThrow();
      const shares = (one: Strategy): Record<string, number> => {
        const context = makeContext({ seed: 9, now: start + 1_000 });
        return sharesOf(() => one.pick(candidates, context), 1_000);
      };
      const learned = strategy.snapshot === undefined ? create() : strategy;
      expect(shares(copy)).toEqual(shares(learned));
    });
  });
}
