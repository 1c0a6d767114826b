import { stripVTControlCharacters } from "node:util";

/** The number of characters of a text in a terminal, without colors. */
export function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

export function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - widthOf(cell)));
}

/** Formats rows as lines whose cells begin in the same columns. Rows may have different numbers of cells. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Wraps a list at a width. The first line begins with `lead`, and the others are indented as far. */
export function wrapped(lead: string, items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  let line = lead;
  let empty = true;
  for (const [index, item] of items.entries()) {
    const piece = index === items.length - 1 ? item : `${item},`;
    if (!empty && line.length + piece.length + 1 > width) {
      lines.push(line);
      line = " ".repeat(lead.length);
      empty = true;
    }
    line += empty ? piece : ` ${piece}`;
    empty = false;
  }
  return [...lines, line];
}
