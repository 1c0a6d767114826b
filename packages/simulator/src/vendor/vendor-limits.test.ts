import { describe, expect, it } from "vitest";
import { Bucket, limitMeter } from "./vendor-limits.js";

const second = 1_000_000;

describe("Bucket", () => {
  it("admits a burst, then what flows back", () => {
    const bucket = new Bucket(60, 10);
    for (let call = 0; call < 10; call += 1) {
      expect(bucket.wait(1, 0)).toBe(0);
      bucket.take(1, 0);
    }
    expect(bucket.wait(1, 0)).toBe(second);
    expect(bucket.wait(1, second)).toBe(0);
    bucket.take(1, second);
    expect(bucket.wait(1, second)).toBe(second);
    bucket.giveBack(5);
    expect(bucket.wait(5, second)).toBe(0);
    expect(bucket.wait(6, second)).toBe(second);
  });

  it("never admits more than its burst at once", () => {
    expect(new Bucket(60, 10).wait(11, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  it("keeps no credit from what is given back", () => {
    const bucket = new Bucket(60, 10);
    bucket.giveBack(100);
    expect(bucket.left(0)).toBeLessThanOrEqual(10);
    bucket.take(10, 0);
    expect(bucket.wait(1, 0)).toBe(second);
  });

  it("says what is left and when it is full again", () => {
    const bucket = new Bucket(600, 100);
    bucket.take(40, 0);
    expect(bucket.left(0)).toBe(60);
    expect(bucket.untilFull(0)).toBe(4 * second);
    expect(bucket.left(second)).toBe(70);
    expect(bucket.untilFull(9 * second)).toBe(0);
  });
});

describe("a calendar window", () => {
  it("admits everything twice around a full minute", () => {
    const window = limitMeter({ perMinute: 100, shape: "window" });
    expect(window.wait(100, 59.9 * second)).toBe(0);
    window.take(100, 59.9 * second);
    expect(window.wait(1, 59.9 * second)).toBeCloseTo(0.1 * second, 0);
    expect(window.wait(100, 60.1 * second)).toBe(0);
    expect(window.wait(101, 60.1 * second)).toBe(Number.POSITIVE_INFINITY);
  });

  it("of one second refuses the eleventh of 600 requests per minute", () => {
    const window = limitMeter({ perMinute: 600, shape: "window", windowMs: 1_000 });
    for (let call = 0; call < 10; call += 1) {
      expect(window.wait(1, call)).toBe(0);
      window.take(1, call);
    }
    expect(window.wait(1, 10)).toBe(second - 10);
    expect(window.wait(1, second)).toBe(0);
  });

  it("takes back what was not used, within the same window", () => {
    const window = limitMeter({ perMinute: 100, shape: "window" });
    window.take(100, 0);
    window.giveBack(60, second);
    expect(window.left(second)).toBe(60);
    window.giveBack(60, 61 * second);
    expect(window.left(61 * second)).toBe(100);
  });
});
