import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { scrub, Secret } from "./index.js";

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
  it.each([
    ["as it is", key],
    ["as a URL has it", encodeURIComponent(key)],
    ["in base64", btoa(key)],
    ["by its first characters", key.slice(0, 8)],
    ["with more behind it", `${key}xyz`],
  ])("shows no key of ours %s", (_, form) => {
    const shown = scrub(`The key "${form}" is wrong, ${form} (${form}).`, [new Secret(key)]);
    expect(shown).toBe('The key "[key]" is wrong, [key] ([key]).');
  });
});
