import { canonicalJson, isLong } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { digestOf } from "./long-identity.js";

/** The same data with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

const data = fc
  .tuple(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: "binary", maxLength: 20 }), fc.nat(400_000))
  .map(([value, text, length]) => ({
    value,
    text: text.repeat(Math.ceil(length / Math.max(1, text.length))),
    more: [text],
  }));

describe("the identity of long data", () => {
  it("is the same for the same data, whatever the order of its keys, and different for other data", async () => {
    await fc.assert(
      fc.asyncProperty(data, data, async (left, right) => {
        const [first, again, other] = [await digestOf(left), await digestOf(reversed(left)), await digestOf(right)];
        expect(again).toBe(first);
        expect(first === other).toBe(canonicalJson(left) === canonicalJson(right));
      }),
      { numRuns: 40 },
    );
  });

  it("depends on every character, also where a string is cut into pieces", async () => {
    const around = 256 * 1024 - 1;
    const texts = ["😀", "😁", "\uD83D", "x"].map((middle) => `${"a".repeat(around)}${middle}b`);
    const digests = await Promise.all(texts.map((text) => digestOf({ text })));
    expect(new Set(digests).size).toBe(texts.length);
  });

  it("is undefined for data that refers to itself", async () => {
    const list: unknown[] = Array.from({ length: 2_000 }, () => "x".repeat(200));
    list.push({ list });
    await expect(digestOf(list)).rejects.toThrow(RangeError);
  });

  it.each([
    ["one long string", { content: "x".repeat(1024 * 1024) }],
    ["many small values", { list: Array.from({ length: 60_000 }, (_, index) => ({ role: index })) }],
    ["numbers", { list: Array.from({ length: 400_000 }, () => 7) }],
  ])("is computed in pieces, between which the event loop turns: %s", async (_, value) => {
    const digest = vi.spyOn(crypto.subtle, "digest");
    expect(isLong(value)).toBe(true);
    await digestOf(value);
    const longest = Math.max(...digest.mock.calls.map(([, bytes]) => bytes.byteLength));
    const pieces = digest.mock.calls.length;
    digest.mockRestore();
    expect(pieces).toBeGreaterThanOrEqual(Math.floor(canonicalJson(value).length / (256 * 1024)));
    expect(longest).toBeLessThan(2 * 256 * 1024);
  });
});
