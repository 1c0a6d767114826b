import { type Candidate, type NonEmpty, type PickContext, type Strategy, seededRandom } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aborted, failed, makeCandidates, makeContext, started, succeeded } from "../candidates.js";
import { chiSquareP } from "../chi-square.js";

export interface StrategySetup {
  /** A fresh strategy for every test. */
  create(): Strategy;
  /**
   * Whether equal candidates get equal shares. A strategy that sticks to something about the request says false.
   * @defaultValue true
   */
  readonly fair?: boolean;
}

const start = Date.UTC(2026, 0, 1);
const draws = 6_000;
/** What a pick may read of each candidate: a pick that looks at pairs reads far more. */
const mostReads = 60;

function orders<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    orders(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

const three = (): NonEmpty<Candidate> => makeCandidates([{ id: "a" }, { id: "b" }, { id: "c" }]);

/** Different latencies, plain and streamed: `a` is the fastest. */
function feed(strategy: Strategy, candidates: readonly Candidate[]): void {
  for (const candidate of candidates) {
    const { index } = candidate;
    const at = start + index;
    strategy.observe?.(started({ candidate, at }));
    strategy.observe?.(succeeded({ candidate, at, durationMs: 100 * (index + 1) }));
    strategy.observe?.(started({ candidate, at, stream: true }));
    strategy.observe?.(succeeded({ candidate, at, durationMs: 10 * (index + 1), stream: true }));
  }
}

async function countPicks(
  strategy: Strategy,
  candidates: NonEmpty<Candidate>,
  context: PickContext,
  times = draws,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map(candidates.map((candidate) => [candidate.deployment.id, 0]));
  for (let draw = 0; draw < times; draw += 1) {
    const picked = strategy.pick(candidates, context);
    const { id } = (picked instanceof Promise ? await picked : picked).deployment;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** The candidate, and how often something of it is read. */
function watch(candidate: Candidate, read: () => void): Candidate {
  return new Proxy(candidate, {
    get: (target, key) => {
      read();
      return Reflect.get(target, key) as unknown;
    },
  });
}

/** Every sentence of the `Strategy` contract, as tests. */
export function describeStrategy(name: string, { create, fair = true }: StrategySetup): void {
  describe(`${name} as a Strategy`, () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it("has a name", () => {
      expect(create().name).toMatch(/^[\w.-]+$/u);
    });

    it.each([1, 2, 10, 1_000])("picks one of %i candidates, and changes none of them", async (count) => {
      const candidates = makeCandidates(
        Array.from({ length: count }, (_, index) => ({ id: `d${String(index)}`, rpm: 10, inFlight: index % 3 })),
      );
      const before = JSON.stringify(candidates);
      const strategy = create();
      for (const list of [candidates, Object.freeze([...candidates]) as unknown as NonEmpty<Candidate>]) {
        for (let seed = 1; seed <= 20; seed += 1)
          expect(list).toContain(await strategy.pick(list, makeContext({ seed })));
      }
      expect(JSON.stringify(candidates)).toBe(before);
    });

    it("picks among those it is given now, whoever was there before", async () => {
      const strategy = create();
      const all = three();
      feed(strategy, all);
      const context = makeContext({ seed: 4, now: start + 1_000 });
      for (const up of [all, all.slice(1), all.slice(2), all.slice(0, 2)]) {
        const candidates = up as unknown as NonEmpty<Candidate>;
        for (let count = 0; count < 20; count += 1) expect(up).toContain(await strategy.pick(candidates, context));
      }
    });

    it("looks at each of 1,000 candidates a few times at most", async () => {
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

    it("has no clock and no chance but the context's", async () => {
      const reason = "a strategy reads time and chance from its context only";
      const strategy = create();
      vi.spyOn(Date, "now").mockImplementation(() => {
        throw new Error(reason);
      });
      vi.spyOn(Math, "random").mockImplementation(() => {
        throw new Error(reason);
      });
      vi.spyOn(performance, "now").mockImplementation(() => {
        throw new Error(reason);
      });
      const candidates = three();
      feed(strategy, candidates);
      expect(candidates).toContain(await strategy.pick(candidates, makeContext({ now: start })));
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

    it.runIf(fair)("gives equals equal shares, in whatever order they are listed", async () => {
      for (const order of orders(three())) {
        const counts = await countPicks(create(), order as unknown as NonEmpty<Candidate>, makeContext({ seed: 3 }));
        const shares = ["a", "b", "c"].map((id) => counts.get(id) ?? 0);
        expect(chiSquareP(shares, [1, 1, 1])).toBeGreaterThan(0.01);
      }
    });

    it.runIf(fair)("gives everybody the same share in every listing order, equal or not", async () => {
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

    it("takes any event in any order, also of deployments it has never seen, and of attempts that never began", async () => {
      const strategy = create();
      const candidates = three();
      const [stranger] = makeCandidates([{ id: "unknown", index: 999 }]);
      const random = seededRandom(17);
      for (let count = 0; count < 300; count += 1) {
        const candidate = random.next() < 0.2 ? stranger : (candidates[Math.floor(random.next() * 3)] ?? stranger);
        const facts = {
          candidate,
          at: start + count * 10,
          durationMs: Math.floor(random.next() * 3) * 500,
          stream: random.next() < 0.5,
        };
        const kinds = [started, succeeded, failed, aborted];
        const event = (kinds[Math.floor(random.next() * kinds.length)] ?? started)(facts);
        expect(() => strategy.observe?.(event)).not.toThrow();
      }
      expect(candidates).toContain(await strategy.pick(candidates, makeContext({ now: start + 10_000 })));
    });

    it("does not mistake a new deployment for the one whose index it was given", async () => {
      const shareOf = async (ids: readonly string[]): Promise<number> => {
        const strategy = create();
        const before = makeCandidates(ids.map((id) => ({ id })));
        // Whoever has index 0 was terribly slow.
        strategy.observe?.(succeeded({ candidate: before[0], at: start, durationMs: 500_000 }));
        const now = makeCandidates([{ id: "new" }, { id: "b" }]);
        strategy.observe?.(succeeded({ candidate: now[1] as Candidate, at: start, durationMs: 5_000 }));
        const counts = await countPicks(strategy, now, makeContext({ seed: 5, now: start + 1_000 }), 500);
        return counts.get("new") ?? 0;
      };
      expect(await shareOf(["old", "b"])).toBeGreaterThanOrEqual(await shareOf(["new", "b"]));
    });

    it("never likes a deployment better for failing", async () => {
      const share = async (fails: boolean, stream: boolean): Promise<number> => {
        const strategy = create();
        const candidates = three();
        feed(strategy, candidates);
        const [first] = candidates;
        for (let count = 0; count < 20; count += 1) {
          const facts = { candidate: first, at: start + 10 + count, durationMs: 1, stream };
          if (fails) strategy.observe?.(failed({ ...facts, kind: count % 2 === 0 ? "internal_server" : "timeout" }));
        }
        const context = makeContext({ seed: 5, now: start + 1_000, stream });
        return ((await countPicks(strategy, candidates, context, 2_000)).get("a") ?? 0) / 2_000;
      };
      for (const stream of [false, true])
        expect(await share(true, stream)).toBeLessThanOrEqual((await share(false, stream)) + 0.03);
    });

    it("keeps what it learned across a snapshot, which is plain JSON, and ignores what it does not understand", async () => {
      const strategy = create();
      const candidates = three();
      feed(strategy, candidates);
      const snapshot = strategy.snapshot?.();
      const copy = create();
      copy.restore?.(JSON.parse(JSON.stringify(snapshot ?? null)));
      for (const nonsense of [null, 5, "x", [], { a: 1 }, { a: { plain: "x", stream: [[1]] } }]) {
        expect(() => copy.restore?.(nonsense)).not.toThrow();
        expect(() => copy.hear?.(nonsense)).not.toThrow();
      }
      const picks = (one: Strategy) => countPicks(one, candidates, makeContext({ seed: 9, now: start + 1_000 }), 1_000);
      const learned = strategy.snapshot === undefined ? create() : strategy;
      expect(await picks(copy)).toEqual(await picks(learned));
      // A snapshot of what was restored is as good as the first.
      const twice = create();
      twice.restore?.(JSON.parse(JSON.stringify(copy.snapshot?.() ?? null)));
      expect(await picks(twice)).toEqual(await picks(learned));
    });

    it("has both snapshot and restore, or neither", () => {
      const strategy = create();
      expect(typeof strategy.snapshot).toBe(typeof strategy.restore);
    });

    it("reviews settings in sentences, when it does", () => {
      const sentences = create().review?.(three().map((candidate) => candidate.deployment)) ?? [];
      for (const sentence of sentences) expect(sentence).toMatch(/\S/u);
    });
  });
}
