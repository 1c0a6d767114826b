import { type Alias, isAlias, isMap, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Path } from "./path.js";
import { keyName } from "./to-value.js";

/** A position in a text. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface FoundPlace {
  /** Where the value's key begins, or `undefined` if the value was not written. */
  readonly exact: Position | undefined;
  /** The same, or where the nearest parent that was written begins. `undefined` for an empty text. */
  readonly nearest: Position | undefined;
}

/**
 * The positions of all values of a text, in a form that another process can receive cheaply, without parsing the text.
 *
 * A node takes five cells: its kind, line, column, the index of its first entry, and the number of entries. An entry of
 * a list takes one cell: the index of its node. An entry of a mapping takes five: where its name begins and ends in
 * `names`, its key's line and column, and the index of its node. For an alias, the fourth cell of the node is the index
 * of the node that it refers to.
 */
export interface PlaceData {
  readonly cells: Int32Array<ArrayBuffer>;
  /** The names of all keys, one after another. */
  readonly names: string;
}

const cellsOfNode = 5;
const cellsOfPair = 5;
const plain = 0;
const mapping = 1;
const list = 2;
const reference = 3;
/** Marks an unknown node or position. */
const nothing = -1;

class Writer {
  readonly #cells: number[] = [];
  readonly #names: string[] = [];
  #named = 0;
  readonly #written = new Map<Node, number>();
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #at: (offset: number) => Position;

  constructor(targets: ReadonlyMap<Alias, Node>, at: (offset: number) => Position) {
    this.#targets = targets;
    this.#at = at;
  }

  data(): PlaceData {
    return { cells: Int32Array.from(this.#cells), names: this.#names.join("") };
  }

  /** @returns the index of the node's cells. The target of an alias comes before it, so it already has an index. */
  node(node: unknown): number {
    if (node === null || node === undefined) return nothing;
    const kind = isMap(node) ? mapping : isSeq(node) ? list : isAlias(node) ? reference : plain;
    const index = this.#reserve(cellsOfNode);
    const place = this.#position((node as Node).range?.[0]);
    this.#set(index, [kind, place.line, place.column, nothing, 0]);
    this.#written.set(node as Node, index);
    if (isMap(node)) this.#pairs(index, node);
    else if (isSeq(node)) this.#items(index, node.items);
    else if (isAlias(node)) {
      const target = this.#targets.get(node);
      this.#set(index + 3, [target === undefined ? nothing : (this.#written.get(target) ?? nothing)]);
    }
    return index;
  }

  #items(index: number, items: readonly unknown[]): void {
    const first = this.#reserve(items.length);
    this.#set(index + 3, [first, items.length]);
    for (const [position, item] of items.entries()) this.#set(first + position, [this.node(item)]);
  }

  #pairs(index: number, { items }: YAMLMap): void {
    const first = this.#reserve(items.length * cellsOfPair);
    this.#set(index + 3, [first, items.length]);
    for (const [position, pair] of items.entries()) this.#pair(first + position * cellsOfPair, pair);
  }

  #pair(index: number, { key, value }: Pair): void {
    const name = keyName(key) ?? "";
    const from = this.#named;
    this.#names.push(name);
    this.#named += name.length;
    const place = this.#position((key as Node | null)?.range?.[0]);
    this.#set(index, [from, this.#named, place.line, place.column, this.node(value)]);
  }

  #position(offset: number | undefined): Position {
    return offset === undefined ? { line: nothing, column: nothing } : this.#at(offset);
  }

  #reserve(count: number): number {
    const index = this.#cells.length;
    for (let added = 0; added < count; added += 1) this.#cells.push(nothing);
    return index;
  }

  #set(index: number, values: readonly number[]): void {
    for (let offset = 0; offset < values.length; offset += 1) this.#cells[index + offset] = values[offset] ?? nothing;
  }
}

/** Looks up the positions of values in a text, including those that come from aliases and merge keys. */
export class PlaceTable {
  readonly data: PlaceData;
  readonly #pairs = new Map<number, ReadonlyMap<string, number>>();

  constructor(data: PlaceData) {
    this.data = data;
  }

  static empty(): PlaceTable {
    return new PlaceTable({ cells: new Int32Array(), names: "" });
  }

  /** @param targets - the node that each alias refers to */
  static of(root: Node | null, targets: ReadonlyMap<Alias, Node>, at: (offset: number) => Position): PlaceTable {
    const writer = new Writer(targets, at);
    writer.node(root);
    return new PlaceTable(writer.data());
  }

  find(path: Path): FoundPlace {
    let node = this.data.cells.length === 0 ? nothing : 0;
    let nearest = this.#positionAt(node + 1, node);
    for (const part of path) {
      node = this.#target(node);
      const kind = this.#cell(node);
      if (kind === mapping) {
        const pair = this.#pairOf(node, String(part));
        if (pair === undefined) return { exact: undefined, nearest };
        nearest = this.#positionAt(pair + 2) ?? nearest;
        node = this.#cell(pair + 4);
      } else if (kind === list && typeof part === "number" && part < this.#cell(node + 4)) {
        node = this.#cell(this.#cell(node + 3) + part);
        nearest = this.#positionAt(node + 1, node) ?? nearest;
      } else return { exact: undefined, nearest };
    }
    return { exact: nearest, nearest };
  }

  #cell(index: number): number {
    return this.data.cells[index] ?? nothing;
  }

  #positionAt(index: number, node = 0): Position | undefined {
    const line = node === nothing ? nothing : this.#cell(index);
    return line === nothing ? undefined : { line, column: this.#cell(index + 1) };
  }

  #target(node: number): number {
    return node !== nothing && this.#cell(node) === reference ? this.#cell(node + 3) : node;
  }

  #pairOf(map: number, key: string): number | undefined {
    const pairs = this.#pairsOf(map);
    const own = pairs.get(key);
    if (own !== undefined || key === "<<") return own;
    const merge = pairs.get("<<");
    if (merge === undefined) return undefined;
    for (const source of this.#itemsOf(this.#target(this.#cell(merge + 4)))) {
      const merged = this.#target(source);
      const found = this.#cell(merged) === mapping ? this.#pairOf(merged, key) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The entries of a list, or the node itself if it is not a list. */
  #itemsOf(node: number): readonly number[] {
    if (this.#cell(node) !== list) return [node];
    const first = this.#cell(node + 3);
    return [...this.data.cells.subarray(first, first + this.#cell(node + 4))];
  }

  #pairsOf(map: number): ReadonlyMap<string, number> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const first = this.#cell(map + 3);
    const pairs = new Map<string, number>();
    for (let index = first; index < first + this.#cell(map + 4) * cellsOfPair; index += cellsOfPair)
      pairs.set(this.data.names.slice(this.#cell(index), this.#cell(index + 1)), index);
    this.#pairs.set(map, pairs);
    return pairs;
  }
}
