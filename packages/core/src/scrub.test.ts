import { describe, expect, it } from "vitest";
import { Secret } from "./index.js";
import { scrub, scrubName } from "./kit/index.js";

describe("scrub", () => {
  it("removes an API key in any form, parts of it, and text that looks like a key", () => {
    const secret = new Secret("my-very-secret-key+1");
    const text = `my-very-secret-key+1 my-very-s*** ${encodeURIComponent(secret.reveal())} ${btoa(secret.reveal())} sk-proj-12345 Bearer abc.def`;
    const clean = scrub(text, [secret, undefined]);
    for (const part of ["my-very", btoa(secret.reveal()).slice(0, 8), "sk-proj", "abc.def"])
      expect(clean).not.toContain(part);
  });

  it.each([
    "k",
    "key",
    "none",
    "api",
    "1234",
    "sk",
    "Wrong",
    "Incorrect",
    "provided",
    "authenticate",
    "authentic",
    "production-1",
  ])("keeps ordinary words, whatever the key is: %s", (key) => {
    const text =
      "Wrong API key: cannot authenticate for production. Code 1234, none provided, see /v1/keys (Bearer token).";
    const words = text.replaceAll(/(?<![\w-])(?:provided|authenticate)(?![\w-])/gu, (word) =>
      word === key ? "[key]" : word,
    );
    expect(scrub(text, [new Secret(key)])).toBe(words);
  });

  it.each(["hunter2", "k3y!", "ab_12"])("removes a short key that is not a word, where it stands alone: %s", (key) => {
    expect(scrub(`The key "${key}" is wrong, x=${key}, not in a${key}b.`, [new Secret(key)])).toBe(
      `The key "[key]" is wrong, x=[key], not in a${key}b.`,
    );
  });

  it("removes keys of other vendors by their format", () => {
    for (const key of [
      "sk-proj-1234",
      "AIzaSyA1234567890abcdefghijk",
      "hf_abcdefghijklmnopqrstuv",
      "Bearer abcdefghijklmnop",
    ])
      expect(scrub(`It was (${key}), no.`, [])).toBe("It was ([key]), no.");
  });

  it("takes linear time for a long text and a long key", () => {
    const secret = new Secret("x1".repeat(8_000));
    expect(scrub("ab ".repeat(100_000), [secret])).not.toContain("[key]");
    expect(scrub("x1".repeat(50_000), [secret])).toBe("[key]");
  });

  it("limits the length of the text", () => {
    expect(scrub("x".repeat(100_000), []).length).toBeLessThan(2_100);
  });
});

describe("scrubName", () => {
  it.each(["key", "invalid", "api_key", "k"])(
    "keeps an error code as it is, whatever short key is configured: %s",
    (key) => {
      for (const code of ["invalid_api_key", "invalid-api-key", "insufficient_quota", "api.key.invalid"])
        expect(scrubName(code, [new Secret(key)], 100)).toBe(code);
    },
  );

  it("drops a code that contains a key or is too long, and changes none", () => {
    const secret = new Secret("Qm9-w4x-secret");
    expect(scrubName("bad_Qm9-w4x-secret", [secret], 100)).toBeUndefined();
    expect(scrubName("sk-proj-1234", [], 100)).toBeUndefined();
    expect(scrubName("a".repeat(101), [], 100)).toBeUndefined();
  });
});

describe("the text of a vendor after scrub", () => {
  const key = "a/b+c=d?sehr-geheim";
  const random = "tq7Xw2LmZ9-vB4nK8sPdR3cYfH6jGeUa";

  it.each([
    ["its tail", random.slice(-10)],
    ["its middle", random.slice(9, 19)],
    ["its tail in lower case", random.slice(-10).toLowerCase()],
    ["the tail of its hex", Buffer.from(random).toString("hex").slice(-12)],
    ["a part of an address", `https://api.example.com/v1?x=${random}`],
    ["a field", `key=${random}`],
  ])("contains nothing of a random key, not even %s", (_, form) => {
    const shown = scrub(`It was ${form}. Sorry (${form}), "${form}"`, [new Secret(random)]);
    expect(shown).not.toContain(form);
    expect(shown).toMatch(/^It was [^ ]*\[key\]\. Sorry \([^ ]*\[key\]\), "[^ ]*\[key\]"$/u);
  });

  it.each([
    ["as it is", key],
    ["as a URL has it", encodeURIComponent(key)],
    ["in base64", btoa(key)],
    ["by its first characters", key.slice(0, 8)],
    ["with more behind it", `${key}xyz`],
    ["in capitals", key.toUpperCase()],
    ["in hex", Buffer.from(key).toString("hex")],
    ["in hex, in capitals", Buffer.from(key).toString("hex").toUpperCase()],
    ["in base64 for URLs", Buffer.from(key).toString("base64url")],
    ["masked, but for its head", `${key.slice(0, 3)}*****`],
    ["masked, but for its tail", `*****${key.slice(-4)}`],
    ["masked, but for both", `${key.slice(0, 2)}•••${key.slice(-2)}`],
  ])("contains no configured key %s", (_, form) => {
    const shown = scrub(`The key "${form}" is wrong, ${form} (${form}).`, [new Secret(key)]);
    expect(shown).toBe('The key "[key]" is wrong, [key] ([key]).');
  });
});
