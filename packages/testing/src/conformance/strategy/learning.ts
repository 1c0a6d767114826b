import { type Candidate, seededRandom, type Strategy } from "@modelyard/core";
import { assert, describe, expect, it } from "vitest";
import { aborted, failed, firstToken, makeCandidates, makeContext, started, succeeded } from "../../candidates.js";
import { countPicks, feed, report, start, type StrategySetup, three } from "./kit.js";

/** A value after it has gone through JSON; `null` for `undefined`. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}

const notPlain = "snapshot() must return plain JSON data: no Map, no Date, no undefined";
const forgets =
  "a new strategy picks differently after restore(snapshot()): include everything that pick depends on in snapshot() and read " +
  "it in restore(), or omit both methods (what was learned is then lost when the configuration changes)";

/** What a strategy learns from events, and shares. */
export function describeLearning({ create }: StrategySetup): void {
  describe("learning", () => {
    it("accepts any event in any order, also for unknown deployments and attempts", async () => {
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
          report(strategy, event);
        }).not.toThrow();
      }
      expect(candidates).toContain(await strategy.pick(candidates, makeContext({ now: start + 10_000 })));
    });

    it.each([
      ["slow", 500_000],
      ["quick", 1],
    ])("does not confuse a new deployment with the %s one that had its index", async (_, durationMs) => {
      const shareOf = async (known: boolean): Promise<number> => {
        const strategy = create();
        const [old] = makeCandidates([{ id: "old" }]);
        if (known) report(strategy, succeeded({ candidate: old, at: start, durationMs }));
        const now = makeCandidates([{ id: "new" }, { id: "b" }]);
        report(strategy, succeeded({ candidate: now[1] as Candidate, at: start, durationMs: 5_000 }));
        const counts = await countPicks(strategy, now, makeContext({ seed: 5, now: start + 1_000 }), 1_000);
        return (counts.get("new") ?? 0) / 1_000;
      };
      expect(Math.abs((await shareOf(true)) - (await shareOf(false)))).toBeLessThan(0.08);
    });

    /** The share of one of three candidates after the given events of the first, which is the fastest. */
    const shareAfter = async (position: number, stream: boolean, makes: typeof failed | undefined): Promise<number> => {
      const strategy = create();
      const candidates = three();
      feed(strategy, candidates);
      const candidate = candidates[position] as Candidate;
      for (let count = 0; count < 20; count += 1) {
        const facts = { candidate, at: start + 10 + count, durationMs: 1, stream };
        if (makes === undefined) continue;
        report(strategy, started(facts));
        report(strategy, makes({ ...facts, kind: count % 2 === 0 ? "internal_server" : "timeout" }));
      }
      const context = makeContext({ seed: 5, now: start + 1_000, stream });
      return ((await countPicks(strategy, candidates, context, 2_000)).get(candidate.deployment.id) ?? 0) / 2_000;
    };
    const everyone = [0, 1, 2].flatMap((position) => [false, true].map((stream) => ({ position, stream })));

    it.each(everyone)("never prefers a deployment because it fails: $position, stream: $stream", async (one) => {
      const { position, stream } = one;
      const before = await shareAfter(position, stream, undefined);
      expect(await shareAfter(position, stream, failed)).toBeLessThanOrEqual(before + 0.05);
    });

    it.each(everyone)(
      "ignores calls that their callers aborted: $position, stream: $stream",
      async ({ position, stream }) => {
        const before = await shareAfter(position, stream, undefined);
        expect(Math.abs((await shareAfter(position, stream, aborted)) - before)).toBeLessThan(0.05);
      },
    );

    // Both methods are optional: without them, what was learned is lost when the configuration changes.
    const remembering = create().snapshot === undefined ? [] : [create];
    it.each(remembering)(
      "picks the same after restoring a snapshot, which is plain JSON, and ignores invalid ones",
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
          expect(() => copy.merge?.(nonsense)).not.toThrow();
        }
        const picks = (one: Strategy) =>
          countPicks(one, candidates, makeContext({ seed: 9, now: start + 1_000 }), 1_000);
        assert.deepEqual(await picks(copy), await picks(strategy), forgets);
        // A snapshot of the restored strategy must have the same effect.
        const twice = create();
        twice.restore?.(plain(copy.snapshot?.()));
        assert.deepEqual(await picks(twice), await picks(strategy), forgets);
      },
    );

    it("has both snapshot and restore, or neither", () => {
      const strategy = create();
      expect(typeof strategy.snapshot).toBe(typeof strategy.restore);
    });

    it("returns what it learned as plain JSON, once, for other processes, and accepts theirs", () => {
      const strategy = create();
      feed(strategy, three());
      const delta = strategy.delta?.();
      expect(plain(delta)).toEqual(delta ?? null);
      expect(strategy.delta?.()).toBeUndefined();
      expect(() => create().merge?.(plain(delta))).not.toThrow();
    });

    it("has both delta and merge, or neither", () => {
      const strategy = create();
      expect(typeof strategy.delta).toBe(typeof strategy.merge);
    });
  });
}
