import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settingRows } from "../packages/core/src/settings/index.js";

const page = new URL("../docs/security.md", import.meta.url);

/** The rows of the tables: the documented value, and the constant that sets it. */
const rows = [
  ...readFileSync(page, "utf8").matchAll(
    /^\| (?<what>[^|]+?) +\| (?<most>[^|]+?) +\| [^|]+ \| \[`(?<name>[\w.]+)`\]\((?<path>[^)]+)\) +\|$/gmu,
  ),
].map(
  ({ groups = {} }) =>
    [groups["what"] ?? "", groups["most"] ?? "", groups["name"] ?? "", groups["path"] ?? ""] as const,
);

/** Converts a documented value to bytes, milliseconds or a plain number. */
const units: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1024 * 1024,
  s: 1_000,
  day: 86_400_000,
  days: 86_400_000,
};

function valueOf(text: string): number {
  const { amount = "", unit } = /^(?<amount>[\d,]+)(?: (?<unit>\w+))?$/u.exec(text)?.groups ?? {};
  return Number(amount.replaceAll(",", "")) * (unit === undefined ? 1 : (units[unit] ?? Number.NaN));
}

/** The default of a setting, or the number that a source assigns to a name: `name = 4 * 1024`, `name: 50` or `name ?? 30_000`. */
function valueIn(path: string, name: string): number {
  const setting = path.includes("/core/src/settings/") ? settingRows.find(([row]) => row === name)?.[1] : undefined;
  if (setting !== undefined) return Number(setting.default);
  const source = readFileSync(new URL(path, page), "utf8");
  const written = new RegExp(`\\b${name}(?: =|:| \\?\\?) (?<product>\\d[\\d_ *]*)`, "u").exec(source)?.groups?.[
    "product"
  ];
  return (written ?? "")
    .split("*")
    .reduce((product, factor) => product * Number(factor.replaceAll(/[_ ]/gu, "") || "x"), 1);
}

describe("the bounds in docs/security.md", () => {
  it("can all be parsed", () => {
    const tables = readFileSync(page, "utf8").split("## Bounds")[1] ?? "";
    const lines = tables.split("\n").filter((line) => /^\| (?!What|---)/u.test(line));
    expect(lines.length).toBeGreaterThan(50);
    expect(rows).toHaveLength(lines.length);
  });

  it.each(rows)("match the code: %s, %s", (_, most, name, path) => {
    expect(valueIn(path, name)).toBe(valueOf(most));
  });
});
