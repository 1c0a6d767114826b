import { type Candidate, seededRandom, type Strategy } from "@modelyard/core";
import { assert, describe, expect, it } from "vitest";
import { aborted, failed, firstToken, makeCandidates, makeContext, started, succeeded } from "../../candidates.js";
import { countPicks, feed, start, type StrategySetup, tell, three } from "./kit.js";

/** What is left of a value that goes through JSON; `null` for nothing. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

const notPlain = "snapshot() must give plain JSON data: no Map, no Date, no undefined";
const forgets =
  "a new strategy picks differently after restore(snapshot()): put everything that pick depends on into snapshot() and take " +
  "it over in restore(), or leave both out (then what was learned is lost when the configuration changes)";

/** What a strategy takes from events, and hands on. */
export function describeLearning({ create }: StrategySetup): void {
  describe("what it learns", () => {
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
          firstTokenMs: 0,
          stream: random.next() < 0.5,
          callId: String(Math.floor(random.next() * 5)),
        };
        const kinds = [started, firstToken, succeeded, failed, aborted];
        const event = (kinds[Math.floor(random.next() * kinds.length)] ?? started)(facts);
        expect(() => {
          tell(strategy, event);
        }).not.toThrow();
      }
      expect(candidates).toContain(await strategy.pick(candidates, makeContext({ now: start + 10_000 })));
    });

    it.each([
      ["slow", 500_000],
      ["quick", 1],
    ])("does not mistake a new deployment for the %s one whose index it was given", async (_, durationMs) => {
      const shareOf = async (known: boolean): Promise<number> => {
        const strategy = create();
        const [old] = makeCandidates([{ id: "old" }]);
        if (known) tell(strategy, succeeded({ candidate: old, at: start, durationMs }));
        const now = makeCandidates([{ id: "new" }, { id: "b" }]);
        tell(strategy, succeeded({ candidate: now[1] as Candidate, at: start, durationMs: 5_000 }));
        const counts = await countPicks(strategy, now, makeContext({ seed: 5, now: start + 1_000 }), 1_000);
        return (counts.get("new") ?? 0) / 1_000;
      };
      expect(Math.abs((await shareOf(true)) - (await shareOf(false)))).toBeLessThan(0.08);
    });

    /** The share of one of three, of whom the first is the fastest, after these events of it. */
    const shareAfter = async (position: number, stream: boolean, makes: typeof failed | undefined): Promise<number> => {
      const strategy = create();
      const candidates = three();
      feed(strategy, candidates);
      const candidate = candidates[position] as Candidate;
      for (let count = 0; count < 20; count += 1) {
        const facts = { candidate, at: start + 10 + count, durationMs: 1, stream };
        if (makes === undefined) continue;
        tell(strategy, started(facts));
        tell(strategy, makes({ ...facts, kind: count % 2 === 0 ? "internal_server" : "timeout" }));
      }
      const context = makeContext({ seed: 5, now: start + 1_000, stream });
      return ((await countPicks(strategy, candidates, context, 2_000)).get(candidate.deployment.id) ?? 0) / 2_000;
    };
    const everyone = [0, 1, 2].flatMap((position) => [false, true].map((stream) => ({ position, stream })));

    it.each(everyone)("never likes a deployment better for failing: $position, stream: $stream", async (one) => {
      const { position, stream } = one;
      const before = await shareAfter(position, stream, undefined);
      expect(await shareAfter(position, stream, failed)).toBeLessThanOrEqual(before + 0.05);
    });

    it.each(everyone)(
      "learns nothing from a caller who left: $position, stream: $stream",
      async ({ position, stream }) => {
        const before = await shareAfter(position, stream, undefined);
        expect(Math.abs((await shareAfter(position, stream, aborted)) - before)).toBeLessThan(0.05);
      },
    );

    // Both are optional, as in the contract: without them, what was learned is lost when the configuration changes.
    const remembering = create().snapshot === undefined ? [] : [create];
    it.each(remembering)(
      "keeps what it learned across a snapshot, which is plain JSON, and ignores what it does not understand",
      async () => {
        const strategy = create();
        const candidates = three();
        feed(strategy, candidates);
        const snapshot = strategy.snapshot?.();
        assert.deepEqual(plain(snapshot), snapshot ?? null, notPlain);
        const copy = create();
        copy.restore?.(plain(snapshot));
        for (const nonsense of [null, 5, "x", [], { a: 1 }, { a: { plain: "x", stream: [[1]] } }]) {
          expect(() => copy.restore?.(nonsense)).not.toThrow();
          expect(() => copy.hear?.(nonsense)).not.toThrow();
        }
        const picks = (one: Strategy) =>
          countPicks(one, candidates, makeContext({ seed: 9, now: start + 1_000 }), 1_000);
        assert.deepEqual(await picks(copy), await picks(strategy), forgets);
        // A snapshot of what was restored is as good as the first.
        const twice = create();
        twice.restore?.(plain(copy.snapshot?.()));
        assert.deepEqual(await picks(twice), await picks(strategy), forgets);
      },
    );

    it("has both snapshot and restore, or neither", () => {
      const strategy = create();
      expect(typeof strategy.snapshot).toBe(typeof strategy.restore);
    });

    it("tells other processes what it learned as plain JSON, once, and hears it", () => {
      const strategy = create();
      feed(strategy, three());
      const learned = strategy.learned?.();
      expect(plain(learned)).toEqual(learned ?? null);
      expect(strategy.learned?.()).toBeUndefined();
      expect(() => create().hear?.(plain(learned))).not.toThrow();
    });

    it("has both learned and hear, or neither", () => {
      const strategy = create();
      expect(typeof strategy.learned).toBe(typeof strategy.hear);
    });
  });
}
