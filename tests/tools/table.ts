import type { Cell, Result } from "./run-cell.js";
import { wireNames } from "./tool.js";

const cellWidth = 11;

/** One line per tool and wire of the vendors, one column per scenario. */
export function table(results: ReadonlyMap<Cell, Result>): string {
  const cells = [...results.keys()];
  const titles = new Set(cells.map(({ tool }) => tool.title));
  const columns = new Set(cells.map(({ scenario }) => scenario.name));
  const titleWidth = Math.max(...[...titles].map(({ length }) => length)) + 2;
  const line = (title: string, texts: readonly string[]): string =>
    `${title.padEnd(titleWidth)}${texts.map((text) => text.padEnd(cellWidth)).join("")}`.trimEnd();
  const lines = [...titles].flatMap((title) =>
    wireNames.flatMap((wire) => {
      const found = cells.filter((cell) => cell.tool.title === title && cell.wire === wire);
      const marks = found.map((cell) => (results.get(cell)?.wrong.length === 0 ? "ok" : "FAIL"));
      return found.length === 0 ? [] : [line(title, [wire, ...marks])];
    }),
  );
  return [line("", ["vendor", ...columns]), ...lines].join("\n");
}
