import { invalidOption, type RouteParams } from "@modelyard/core/kit";

interface Leaf<Value> {
  /** The names of the placeholders, in order. */
  readonly names: readonly string[];
  readonly value: Value;
}

interface Node<Value> {
  readonly literals: Map<string, Node<Value>>;
  /** Below `{name}`. */
  any: Node<Value> | undefined;
  /** At `{name...}`. */
  rest: Leaf<Value> | undefined;
  /** Where a path ends. */
  leaf: Leaf<Value> | undefined;
}

const placeholder = /^\{(?<name>[a-z]\w*)(?<rest>\.\.\.)?\}$/iu;

/** Whether a path has placeholders. */
export function isPattern(path: string): boolean {
  return path.includes("{");
}

/** Values by paths that contain `{name}` and `{name...}`. A look-up visits the segments of the path one by one. */
export class PathTree<Value> {
  readonly #root: Node<Value> = newNode();

  /**
   * The value of a pattern, created if there is none yet.
   * @throws `invalid_option` for a malformed pattern, or one that names its placeholders differently from another route
   */
  at(pattern: string, make: () => Value): Value {
    const names: string[] = [];
    let node = this.#root;
    const segments = pattern.slice(1).split("/");
    for (const [index, segment] of segments.entries()) {
      const { name, rest } = placeholder.exec(segment)?.groups ?? {};
      if (name === undefined && /[{}]/u.test(segment)) throw badPattern(pattern, `"${segment}" is not a placeholder`);
      if (name !== undefined) {
        if (names.includes(name)) throw badPattern(pattern, `"${name}" occurs twice`);
        names.push(name);
      }
      if (rest !== undefined) {
        if (index < segments.length - 1) throw badPattern(pattern, `"${segment}" is not at the end`);
        node.rest ??= { names, value: make() };
        return valueOf(node.rest, names, pattern);
      }
      node = name === undefined ? literal(node, segment) : (node.any ??= newNode());
    }
    node.leaf ??= { names, value: make() };
    return valueOf(node.leaf, names, pattern);
  }

  find(path: string): { readonly value: Value; readonly params: RouteParams } | undefined {
    const values: string[] = [];
    const leaf = walk(this.#root, path, 1, values);
    if (leaf === undefined) return undefined;
    return {
      value: leaf.value,
      params: Object.fromEntries(leaf.names.map((name, index) => [name, decoded(values[index] ?? "")])),
    };
  }
}

function newNode<Value>(): Node<Value> {
  return { literals: new Map(), any: undefined, rest: undefined, leaf: undefined };
}

function literal<Value>(node: Node<Value>, segment: string): Node<Value> {
  let next = node.literals.get(segment);
  if (next === undefined) {
    next = newNode();
    node.literals.set(segment, next);
  }
  return next;
}

function valueOf<Value>(leaf: Leaf<Value>, names: readonly string[], pattern: string): Value {
  if (leaf.names.join() === names.join()) return leaf.value;
  throw badPattern(pattern, `another route calls the same segments {${leaf.names.join("}, {")}}`);
}

function badPattern(pattern: string, problem: string): Error {
  return invalidOption("surfaces", `the path ${pattern} cannot be served: ${problem}.`, "Write {name} or {name...}.");
}

/**
 * @param at - where the next segment begins
 * @param values - collects the values of the placeholders
 */
function walk<Value>(node: Node<Value>, path: string, at: number, values: string[]): Leaf<Value> | undefined {
  if (at > path.length) return node.leaf;
  const slash = path.indexOf("/", at);
  const end = slash === -1 ? path.length : slash;
  const segment = path.slice(at, end);
  const exact = node.literals.get(segment);
  const found = exact === undefined ? undefined : walk(exact, path, end + 1, values);
  if (found !== undefined) return found;
  if (node.any !== undefined && segment !== "") {
    values.push(segment);
    const below = walk(node.any, path, end + 1, values);
    if (below !== undefined) return below;
    values.pop();
  }
  if (node.rest !== undefined && at < path.length) values.push(path.slice(at));
  return at < path.length ? node.rest : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
