import { describe, expect, it } from "vitest";
import { canonicalJson, sha256Hex, stableId } from "./kit/index.js";

describe("stableId", () => {
  it("agrees with the platform's SHA-256 for texts of any length", async () => {
    for (const text of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 5_000].map((length) => "é€x".repeat(length))) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      expect(sha256Hex(text)).toBe(hex);
    }
  });

  it("agrees with known SHA-256 digests", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256Hex("a".repeat(1_000))).toBe("41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
  });

  it("does not depend on the order of keys", () => {
    expect(stableId({ a: 1, b: { c: 2, d: [3] } })).toBe(stableId({ b: { d: [3], c: 2 }, a: 1 }));
    expect(stableId({ a: 1 })).not.toBe(stableId({ a: 2 }));
    expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}');
  });

  it("depends on everything that JSON would send, and on nothing else", () => {
    const value = { at: new Date(0), list: [undefined, () => 1], call: () => 1, nested: { z: -0, a: Number.NaN } };
    expect(canonicalJson(value)).toBe('{"at":"1970-01-01T00:00:00.000Z","list":[null,null],"nested":{"a":null,"z":0}}');
    expect(canonicalJson({ at: new Date(1) })).not.toBe(canonicalJson({ at: new Date(2) }));
  });
});
