import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as root from "../src/index.js";
import * as kit from "../src/kit/index.js";

const text = readFileSync(new URL("../src/index.ts", import.meta.url), "utf8").replaceAll(/\/\/.*/gu, "");

/** What the root exports, types included. */
const names = [...text.matchAll(/\{(?<list>[^}]*)\}/gu)].flatMap(({ groups }) =>
  (groups?.["list"] ?? "")
    .split(",")
    .map((name) => name.trim().replace(/^type /u, ""))
    .filter((name) => name !== ""),
);

describe("exports of @modelyard/core", () => {
  it("lists every export of the root by its name, so that a new one is a decision", () => {
    expect(text).not.toMatch(/export \*/u);
    expect(names).toEqual(expect.arrayContaining(Object.keys(root)));
  });

  it("has at most 95 names at the root: what only authors of parts need belongs in kit/index.ts", () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeLessThanOrEqual(95);
  });

  it("exports no name from both the root and the kit", () => {
    expect(Object.keys(kit).filter((name) => names.includes(name))).toEqual([]);
  });
});
