import type { Candidate, NonEmpty } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeCandidates, makeContext } from "../candidates.js";
import { chiSquareP } from "../chi-square.js";
import { deepFreeze } from "./deep-freeze.js";
import { forbidClockAndRandom } from "./no-clock.js";
import { countPicks, draws, feed, start, type StrategySetup, three } from "./strategy/kit.js";
import { describeLearning } from "./strategy/learning.js";

export type { StrategySetup } from "./strategy/kit.js";

/** Most reads of each candidate in one pick; a pick that compares pairs reads far more. */
const mostReads = 60;

function orders<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Wraps a candidate, and counts how often it is read. */
function watch(candidate: Candidate, read: () => void): Candidate {
  return new Proxy(candidate, {
    get: (target, key) => {
      read();
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** Tests every promise of the `Strategy` contract. */
export function describeStrategy(name: string, setup: StrategySetup): void {
  const { create, fair = true } = setup;
  describe(`${name} as a Strategy`, () => {
    afterEach(() => {
      vi.restoreAllMocks();
      vi.unstubAllGlobals();
    });

    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]+$/u);
    });

    it.each([1, 2, 10, 1_000])("picks one of %i candidates and does not change them", async (count) => {
      const candidates = makeCandidates(
        Array.from({ length: count }, (_, index) => ({ id: `d${String(index)}`, rpm: 10, inFlight: index % 3 })),
      );
      const before = JSON.stringify(candidates);
      const strategy = create();
      for (const list of [[...candidates], Object.freeze([...candidates])] as unknown as NonEmpty<Candidate>[]) {
        for (let seed = 1; seed <= 20; seed += 1) {
          expect(list).toContain(await strategy.pick(list, makeContext({ seed })));
          // Compared one by one: the order and the candidates must be the same.
          expect(list.every((candidate, index) => candidate === candidates[index])).toBe(true);
        }
      }
      expect(JSON.stringify(candidates)).toBe(before);
    });

    it("picks only from the current candidates, whatever the earlier ones were", async () => {
      const strategy = create();
      const all = three();
      feed(strategy, all);
      const context = makeContext({ seed: 4, now: start + 1_000 });
      for (const up of [all, all.slice(1), all.slice(2), all.slice(0, 2)]) {
        const candidates = up as unknown as NonEmpty<Candidate>;
        for (let count = 0; count < 20; count += 1) expect(up).toContain(await strategy.pick(candidates, context));
      }
    });

    it("does not change the context", async () => {
      const request = { model: "group", messages: [{ role: "user", content: "hi" }] };
      const context = deepFreeze(makeContext({ request, metadata: { session: "a" } }));
      const candidates = three();
      expect(candidates).toContain(await create().pick(candidates, context));
    });

    it("reads each of 1,000 candidates only a few times", async () => {
      let reads = 0;
      const strategy = create();
      const candidates = makeCandidates(
        Array.from({ length: 1_000 }, (_, index) => ({ id: `d${String(index)}`, rpm: 10, tpm: 1_000 })),
      );
      feed(strategy, candidates);
      const watched = candidates.map((candidate) =>
        watch(candidate, () => {
          reads += 1;
        }),
      ) as unknown as NonEmpty<Candidate>;
      for (let count = 0; count < 10; count += 1) await strategy.pick(watched, makeContext({ seed: count }));
      expect(reads / 10).toBeLessThan(mostReads * candidates.length);
    });

    it("uses no clock and no random numbers but those of the context", async () => {
      const strategy = create();
      forbidClockAndRandom("a strategy must not use a clock or random numbers other than those in its context");
      const candidates = three();
      feed(strategy, candidates);
      expect(candidates).toContain(await strategy.pick(candidates, makeContext({ now: start })));
    });

    it("picks the same again after the same events with the same random numbers", async () => {
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

    it.runIf(fair)("gives equal candidates equal shares in every listing order", async () => {
      for (const order of orders(three())) {
        const counts = await countPicks(create(), order as unknown as NonEmpty<Candidate>, makeContext({ seed: 3 }));
        const shares = ["a", "b", "c"].map((id) => counts.get(id) ?? 0);
        expect(chiSquareP(shares, [1, 1, 1])).toBeGreaterThan(0.01);
      }
    });

    it.runIf(fair)("gives each candidate the same share in every listing order", async () => {
      const unequal = makeCandidates([
        { id: "a", rpm: 100, requestsUsed: 10, tokensUsed: 10, inFlight: 1 },
        { id: "b", rpm: 300, requestsUsed: 10, tokensUsed: 10, inFlight: 2 },
        { id: "c", rpm: 200, requestsUsed: 10, tokensUsed: 10, inFlight: 1 },
      ]);
      const sharesIn = async (order: readonly Candidate[]): Promise<readonly number[]> => {
        const strategy = create();
        feed(strategy, unequal);
        const context = makeContext({ seed: 13, now: start + 1_000 });
        const counts = await countPicks(strategy, order as unknown as NonEmpty<Candidate>, context);
        return ["a", "b", "c"].map((id) => (counts.get(id) ?? 0) / draws);
      };
      const first = await sharesIn(unequal);
      for (const order of orders(unequal)) {
        for (const [index, share] of (await sharesIn(order)).entries())
          expect(Math.abs(share - (first[index] ?? 0))).toBeLessThan(0.04);
      }
    });

    it("gives the same share of new sessions to each candidate in every listing order, if it spreads them", () => {
      const unequal = makeCandidates([
        { id: "a", rpm: 100 },
        { id: "b", rpm: 300 },
        { id: "c", rpm: 200 },
      ]);
      const strategy = create();
      const sharesIn = (order: readonly Candidate[]): readonly number[] => {
        const shares = strategy.spreads?.(order as unknown as NonEmpty<Candidate>) ?? order.map(() => 1);
        const listed = Array.from(shares, (share, index) => [order[index]?.deployment.id ?? "", share] as const);
        return listed.toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, share]) => share);
      };
      const first = sharesIn(unequal);
      expect(first).toHaveLength(3);
      expect(first.every((share) => share >= 0 && Number.isFinite(share))).toBe(true);
      for (const order of orders(unequal)) expect(sharesIn(order)).toEqual(first);
    });

    it("returns sentences from review, if it has one", () => {
      const remarks = create().review?.(three().map((candidate) => candidate.deployment)) ?? [];
      for (const remark of remarks) {
        const { message, kind } = typeof remark === "string" ? { message: remark, kind: "review" } : remark;
        expect(message).toMatch(/\S/u);
        expect(kind).toMatch(/^\w+$/u);
      }
    });

    describeLearning(setup);
  });
}
