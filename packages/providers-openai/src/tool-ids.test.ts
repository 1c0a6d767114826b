import { describe, expect, it, vi } from "vitest";
import { fitsRule, ToolIds } from "./tool-ids.js";

describe("ids of tool calls", () => {
  it("become nine letters and digits, always the same for one id and different for two", () => {
    const ids = new ToolIds({ length: 9 });
    const made = Array.from({ length: 2_000 }, (_, index) => ids.of(`call_${String(index)}`));
    expect(new Set(made).size).toBe(2_000);
    for (const id of made) expect(fitsRule(id, { length: 9 })).toBe(true);
    expect(ids.of("call_7")).toBe(made[7]);
    expect(new ToolIds({ length: 9 }).of("call_7")).toBe(made[7]);
  });

  it.each(["abcDEF123", "000000000"])("stay as they are where they fit: %s", (id) => {
    expect(new ToolIds({ length: 9 }).of(id)).toBe(id);
  });

  it("never become the id of another call", () => {
    const wanted = new ToolIds({ length: 9 }).of("call_1");
    const ids = new ToolIds({ length: 9 });
    expect(ids.of(wanted)).toBe(wanted);
    expect(ids.of("call_1")).not.toBe(wanted);
  });

  it("are only shortened if the host requires no more than that", () => {
    const ids = new ToolIds({ most: 40 });
    expect(ids.of("call_a.b:c")).toBe("call_a.b:c");
    expect(ids.of("x".repeat(41))).toMatch(/^[\dA-Za-z]{24}$/u);
  });

  it("are all different and look random, whatever the original ids are", () => {
    const ids = new ToolIds({ length: 9 });
    const made = Array.from({ length: 100_000 }, (_, index) => String(ids.of(`functions.read_file:${String(index)}`)));
    expect(new Set(made).size).toBe(made.length);
    for (let place = 0; place < 9; place += 1) {
      const counts = new Map<string, number>();
      for (const id of made) counts.set(id.charAt(place), (counts.get(id.charAt(place)) ?? 0) + 1);
      expect(counts.size).toBe(62);
      // Each letter is expected 1,613 times, and 240 is six standard deviations.
      for (const count of counts.values()) expect(Math.abs(count - made.length / 62)).toBeLessThan(240);
    }
  });

  it("take no more work if they were chosen so that their hashes are equal", () => {
    // Long ids of the same length are distinguished by their beginnings and ends.
    const ids = new ToolIds({ length: 9 });
    const around = "x".repeat(600);
    const has = vi.spyOn(Set.prototype, "has");
    const made = Array.from({ length: 1_000 }, (_, index) => ids.of(`${around}${String(index + 1_000)}${around}`));
    const looks = has.mock.calls.length;
    has.mockRestore();
    expect(new Set(made).size).toBe(made.length);
    expect(looks).toBeLessThan(3 * made.length);
  });

  it.each([undefined, 7, null])("that are not strings are left to the vendor: %s", (id) => {
    expect(new ToolIds({ length: 9 }).of(id)).toBe(id);
  });
});
