import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "./index.js";
import { scrub } from "./kit/index.js";

const key = "a/b+c=d?sehr-geheim";

describe("a secret", () => {
  it.each<readonly [string, (secret: Secret) => string]>([
    ["inspected", (secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
    ["inspected by itself", (secret) => inspect(secret)],
    ["put into a text", (secret) => `${String(secret)} ${JSON.stringify({ secret })}`],
    ["listed", (secret) => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ["part of an error", (secret) => inspect(Object.assign(new Error("x", { cause: secret }), { secret }))],
  ])("is not seen when it is %s", (_, show) => {
    expect(show(new Secret(key))).not.toContain("geheim");
  });
});

describe("a vendor's text", () => {
  const random = "tq7Xw2LmZ9-vB4nK8sPdR3cYfH6jGeUa";

  it.each([
    ["its tail", random.slice(-10)],
    ["its middle", random.slice(9, 19)],
    ["its tail in lower case", random.slice(-10).toLowerCase()],
    ["the tail of its hex", Buffer.from(random).toString("hex").slice(-12)],
    ["a part of an address", `https://api.example.com/v1?x=${random}`],
    ["a field", `key=${random}`],
  ])("shows nothing of a random key, not even %s", (_, form) => {
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
  ])("shows no key of ours %s", (_, form) => {
    const shown = scrub(`The key "${form}" is wrong, ${form} (${form}).`, [new Secret(key)]);
    expect(shown).toBe('The key "[key]" is wrong, [key] ([key]).');
  });
});
