import { isAlias, isMap, isNode, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { ConfigIssue } from "./issues.js";

/** Keys and positions from the root to a value. */
export type Path = readonly (string | number)[];

export function showPath(path: Path): string {
  let text = "";
  for (const part of path) text += typeof part === "number" ? `[${String(part)}]` : text === "" ? part : `.${part}`;
  return text;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One YAML text: its value, its faults, and where each value stands. */
export interface SourceDocument {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  placeOf(path: Path): Place;
}

/** More references than this are an attack, not a configuration. */
const mostAliases = 1_000;

export function readDocument(text: string, file: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number | undefined): Place => {
    if (offset === undefined) return { file, line: 0, column: 0 };
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const issues = document.errors.map((error): ConfigIssue => ({
    path: "",
    message: `YAML: ${firstLine(error.message)}`,
    ...at(error.pos[0]),
  }));
  let value: unknown;
  if (issues.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: mostAliases });
    } catch (cause) {
      issues.push({ path: "", message: `YAML: ${firstLine(String(cause))}`, file, line: 1, column: 1 });
    }
  }
  return { value, issues, placeOf: (path) => at(offsetOf(document.contents, path)) };
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

/** Where a value begins; for a key that is not there, where its nearest parent does. */
function offsetOf(root: Node | null, path: Path): number | undefined {
  let node: unknown = root;
  let offset: number | undefined = root?.range?.[0];
  for (const part of path) {
    if (isAlias(node)) return offset;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isNode(item.key) && String((item.key as { readonly value?: unknown }).value) === String(part),
      );
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = isNode(node) ? (node.range?.[0] ?? offset) : offset;
    } else return offset;
  }
  return offset;
}
