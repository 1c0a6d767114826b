import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "./index.js";

const key = "a/b+c=d?sehr-geheim";

describe("Secret", () => {
  it("reveals its text only through reveal()", () => {
    const secret = new Secret("hush");
    expect([String(secret), JSON.stringify({ secret }), secret.toString()]).toEqual([
      "[secret]",
      '{"secret":"[secret]"}',
      "[secret]",
    ]);
    expect(secret.reveal()).toBe("hush");
  });
});

describe("a Secret", () => {
  it.each<readonly [string, (secret: Secret) => string]>([
    ["inspected", (secret) => inspect({ secret }, { showHidden: true, depth: 9 })],
    ["inspected by itself", (secret) => inspect(secret)],
    ["put into a text", (secret) => `${String(secret)} ${JSON.stringify({ secret })}`],
    ["listed", (secret) => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)])],
    ["part of an error", (secret) => inspect(Object.assign(new Error("x", { cause: secret }), { secret }))],
  ])("is not readable when it is %s", (_, show) => {
    expect(show(new Secret(key))).not.toContain("geheim");
  });
});
