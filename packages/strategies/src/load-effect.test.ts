import { seededRandom } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { LoadEffect } from "./load-effect.js";

interface Met {
  readonly load: number;
  readonly promptTokens: number;
}

/** The effect after `count` samples of a deployment whose calls take `secondsOf(...)`, plus or minus `noise`. */
function after(count: number, secondsOf: (met: Met) => number, noise = 0, effect = new LoadEffect(false)): LoadEffect {
  const random = seededRandom(5);
  for (let sample = 0; sample < count; sample += 1) {
    const met = { load: 4_000 * random.next(), promptTokens: 2_000 * random.next() };
    const seconds = secondsOf(met) * (1 + noise * (random.next() - 0.5));
    effect.add({ at: sample, seconds, weight: 1, met });
  }
  return effect;
}

describe("LoadEffect", () => {
  it("measures what each unit of load adds if calls queue", () => {
    const { perLoad, perToken } = after(40, ({ load, promptTokens }) => 0.15 + (load + promptTokens) / 4_000);
    expect(Math.abs(perLoad * 4_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs(perToken * 4_000 - 1)).toBeLessThan(0.1);
  });

  it("is 0 if calls do not queue, even if longer prompts take longer", () => {
    const { perLoad, perToken } = after(40, ({ promptTokens }) => 0.2 + promptTokens / 10_000, 0.2);
    // A millisecond per thousand tokens.
    expect(perLoad).toBeLessThan(0.01 / 1_000);
    expect(perToken).toBeGreaterThan(0.07 / 1_000);
  });

  it("is never negative", () => {
    const { perLoad, perToken } = after(40, ({ load, promptTokens }) => 5 - load / 4_000 - promptTokens / 2_000);
    expect([perLoad, perToken]).toEqual([0, 0]);
  });

  it("starts at half of what one call takes, or at the effect measured at the other deployments", () => {
    const sample = { at: 0, seconds: 2, weight: 1, met: { load: 0, promptTokens: 1_000 } };
    const alone = new LoadEffect(false);
    alone.add(sample);
    expect(alone.perLoad * 1_000).toBeCloseTo(1);
    expect(alone.perToken).toBe(0);
    const others = after(40, ({ load }) => 0.15 + load / 4_000);
    const among = new LoadEffect(false, others);
    among.add(sample);
    expect(among.perLoad).toBeCloseTo(others.perLoad);
  });

  it("is counted per call for plain answers", () => {
    const effect = new LoadEffect(true);
    for (let sample = 0; sample < 40; sample += 1)
      effect.add({
        at: sample,
        seconds: 0.02 + 0.001 * (sample % 7),
        weight: 100,
        met: { load: sample % 7, promptTokens: 10 },
      });
    expect(Math.abs(effect.perLoad * 1_000 - 1)).toBeLessThan(0.15);
  });

  it("follows changes", () => {
    const effect = after(60, ({ load }) => 0.15 + load / 4_000);
    const { perLoad } = after(60, ({ load }) => 0.15 + load / 400, 0, effect);
    expect(perLoad).toBeGreaterThan(1.2 / 1_000);
  });

  it("ignores samples with unknown load, and invalid snapshots", () => {
    const effect = after(40, ({ load }) => 0.15 + load / 4_000);
    const before = effect.snapshot();
    effect.add({ at: 0, seconds: 9, weight: 1, met: undefined });
    for (const nonsense of [null, 5, [], {}, { ...before, weight: "1" }, { ...before, seconds: Number.NaN }])
      effect.restore(nonsense);
    expect(effect.snapshot()).toEqual(before);
    const copy = new LoadEffect(false);
    copy.restore(JSON.parse(JSON.stringify(before)));
    expect(copy.snapshot()).toEqual(before);
  });
});
