import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { showUnknownKey } from "./path.js";

export interface Converted {
  readonly value: unknown;
  /** The node that each alias refers to. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

export type ReportError = (message: string, offset: number) => void;

/** The name of a key, or `undefined` if the key is a list or mapping. The library represents merge keys as symbols. */
export function keyName(key: unknown): string | undefined {
  if (key === null) return "";
  if (!isScalar(key)) return undefined;
  return typeof key.value === "symbol" ? (key.value.description ?? "") : String(key.value);
}

interface Anchored {
  readonly node: Node;
  /** `undefined` while the value is still being converted. */
  readonly value: { readonly of: unknown } | undefined;
}

/**
 * Converts a document to a plain value. The library's own function takes quadratic time, because it searches all nodes
 * for the target of each alias and compares all keys with each other, and it does not report positions.
 */
export function toValue(document: Document.Parsed, lineOf: (offset: number) => number, report: ReportError): Converted {
  const anchors = new Map<string, Anchored>();
  const targets = new Map<Alias, Node>();

  const convert = (node: unknown): unknown => {
    if (isAlias(node)) return follow(node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, { node: node as Node, value: undefined });
    const value = isMap(node)
      ? mapping(node)
      : isSeq(node)
        ? node.items.map(convert)
        : isScalar(node)
          ? node.value
          : null;
    if (anchor !== undefined) anchors.set(anchor, { node: node as Node, value: { of: value } });
    return value;
  };

  const follow = (alias: Alias): unknown => {
    const found = anchors.get(alias.source);
    const offset = alias.range?.[0] ?? 0;
    if (found === undefined)
      report(
        `"*${showUnknownKey(alias.source)}" refers to an anchor "&${showUnknownKey(alias.source)}" that is not defined above it.`,
        offset,
      );
    else if (found.value === undefined)
      report(`"*${showUnknownKey(alias.source)}" refers to a value that contains it.`, offset);
    else targets.set(alias, found.node);
    return found?.value?.of;
  };

  const mapping = (map: YAMLMap): Record<string, unknown> => {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    const lines = new Map<string, number>();
    for (const pair of map.items) {
      const offset = (pair.key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
      const name = keyName(pair.key);
      const first = name === undefined ? undefined : lines.get(name);
      if (name === undefined) report("a key must be a string.", offset);
      else if (first !== undefined)
        report(`duplicate key "${showUnknownKey(name)}" (first defined on line ${String(first)}).`, offset);
      else if (name === "<<") merge(pair, merged, offset);
      else own.set(name, convert(pair.value));
      if (name !== undefined) lines.set(name, lineOf(offset));
    }
    // `fromEntries` defines properties instead of assigning them, so a key such as "__proto__" is harmless.
    return Object.fromEntries([...merged, ...own]);
  };

  const merge = (pair: Pair, into: Map<string, unknown>, offset: number): void => {
    const value = convert(pair.value);
    for (const source of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof source !== "object" || source === null || Array.isArray(source))
        report('only mappings can be merged by "<<".', offset);
      else for (const [key, entry] of Object.entries(source)) if (!into.has(key)) into.set(key, entry);
    }
  };

  return { value: convert(document.contents), targets };
}
