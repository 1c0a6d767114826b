import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What a person reads in one sitting. */
const most = 900;

it(`the sources of the router have at most ${String(most)} lines in all`, () => {
  const folder = join(import.meta.dirname, "../packages/router/src");
  const sources = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const lines = sources.map((name) => readFileSync(join(folder, name), "utf8").split("\n").length - 1);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(most);
});
