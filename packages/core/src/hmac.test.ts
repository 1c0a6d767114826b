import { describe, expect, it } from "vitest";
import { hmacSha256 } from "./kit/index.js";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("hmacSha256", () => {
  // Source: RFC 4231, test cases 1, 2 and 6.
  it.each([
    [new Uint8Array(20).fill(0x0b), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      encode("Jefe"),
      "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [
      new Uint8Array(131).fill(0xaa),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ],
  ])("agrees with the test cases of RFC 4231: key %s", (key, message, expected) => {
    expect(hex(hmacSha256(key, encode(message)))).toBe(expected);
  });

  it("agrees with the platform's for keys and messages of any length", async () => {
    for (const length of [1, 32, 63, 64, 65, 200]) {
      const bytes = encode("é€x".repeat(length));
      const raw = bytes.subarray(0, length);
      const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
      const expected = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
      expect(hex(hmacSha256(raw, bytes))).toBe(hex(expected));
    }
  });
});
