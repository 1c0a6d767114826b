/** Keys and positions from the root to a value. */
export type Path = readonly (string | number)[];

export function showPath(path: Path): string {
  let text = "";
  for (const part of path) text += typeof part === "number" ? `[${String(part)}]` : text === "" ? part : `.${part}`;
  return text;
}
