import { type Alias, isAlias, isMap, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Path } from "./path.js";
import { keyName } from "./to-value.js";

export interface FoundNode {
  /** Where the value's key begins; `undefined`: it was not written. */
  readonly exact: number | undefined;
  /** The same, or where the nearest parent that was written begins. */
  readonly nearest: number | undefined;
}

/** Finds where values stand in a text, whether they were written there, by reference, or merged in. */
export class NodeFinder {
  readonly #root: Node | null;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #pairs = new Map<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(root: Node | null, targets: ReadonlyMap<Alias, Node>) {
    this.#root = root;
    this.#targets = targets;
  }

  find(path: Path): FoundNode {
    let node: Node | null | undefined = this.#root;
    let nearest: number | undefined = node?.range?.[0];
    for (const part of path) {
      node = this.#target(node);
      if (isMap(node)) {
        const pair = this.#pairOf(node, String(part));
        if (pair === undefined) return { exact: undefined, nearest };
        nearest = (pair.key as Node | null)?.range?.[0] ?? nearest;
        node = pair.value as Node | null;
      } else if (isSeq(node) && typeof part === "number" && part < node.items.length) {
        node = node.items[part] as Node | null;
        nearest = node?.range?.[0] ?? nearest;
      } else return { exact: undefined, nearest };
    }
    return { exact: nearest, nearest };
  }

  #target(node: Node | null | undefined): Node | null | undefined {
    return isAlias(node) ? this.#targets.get(node) : node;
  }

  #pairOf(map: YAMLMap, key: string): Pair | undefined {
    let pairs = this.#pairs.get(map);
    if (pairs === undefined) {
      pairs = new Map(map.items.map((item) => [keyName(item.key) ?? "", item]));
      this.#pairs.set(map, pairs);
    }
    const own = pairs.get(key);
    if (own !== undefined || key === "<<") return own;
    const merge = this.#target(pairs.get("<<")?.value as Node | null | undefined);
    for (const source of isSeq(merge) ? merge.items : [merge]) {
      const merged = this.#target(source as Node | null | undefined);
      const found = isMap(merged) ? this.#pairOf(merged, key) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
