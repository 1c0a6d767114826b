import { describe, expect, it } from "vitest";
import { seededRandom } from "./index.js";
import { systemRandom } from "./kit/index.js";

describe("systemRandom", () => {
  it("generates ids of 128 bits that use every digit in every position", () => {
    const ids = Array.from({ length: 2_000 }, () => systemRandom.id());
    expect(ids.filter((id) => !/^[0-9a-f]{32}$/u.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    // By chance, a digit would be missing at a position with a probability of less than 1 in 10^50.
    for (let place = 0; place < 32; place += 1) expect(new Set(ids.map((id) => id[place])).size).toBe(16);
  });
});

describe("seededRandom", () => {
  it("repeats itself for the same seed", () => {
    const [one, other] = [seededRandom(4), seededRandom(4)];
    expect(Array.from({ length: 5 }, () => one.next())).toEqual(Array.from({ length: 5 }, () => other.next()));
  });
});
