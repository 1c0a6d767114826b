/** A model name with `*`s, each of which stands for any text. It matches whole names, in linear time. */
export class Wildcard {
  readonly #parts: readonly string[];
  /** Characters that are not `*`. A pattern with more of them is more specific. */
  readonly literals: number;

  constructor(readonly pattern: string) {
    this.#parts = pattern.split("*");
    this.literals = pattern.length - (this.#parts.length - 1);
  }

  /**
   * What the `*`s stand for in `name`: the first as long as possible, then the second, and so on, like the greedy
   * captures of a regular expression, but without backtracking.
   * @returns `undefined` if the pattern does not match the name
   */
  match(name: string): readonly string[] | undefined {
    const parts = this.#parts;
    const first = parts[0] ?? "";
    const last = parts.at(-1) ?? "";
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return undefined;
    const captures: string[] = [];
    let end = name.length - last.length;
    for (let index = parts.length - 2; index > 0; index -= 1) {
      const part = parts[index] ?? "";
      const from = end - part.length;
      const at = from < first.length ? -1 : name.lastIndexOf(part, from);
      if (at < first.length) return undefined;
      captures.push(name.slice(at + part.length, end));
      end = at;
    }
    captures.push(name.slice(first.length, end));
    return captures.toReversed();
  }
}

/**
 * The vendor's model for a name that the deployment's pattern covers. Each `*` is replaced by what it stands for. If
 * the model has fewer of them, its last one stands for everything up to the pattern's last one.
 */
export function concreteModel(
  deployment: { readonly model: string; readonly group: string },
  captures: readonly string[] | undefined,
): string {
  const { model } = deployment;
  return captures === undefined || !model.includes("*") ? model : filledIn(deployment, captures);
}

function filledIn(
  { model, group }: { readonly model: string; readonly group: string },
  captures: readonly string[],
): string {
  const stars = model.split("*").length - 1;
  const literals = group.split("*");
  let position = 0;
  return model.replaceAll("*", () => {
    let text = captures[Math.min(position, captures.length - 1)] ?? "";
    position += 1;
    if (position < stars) return text;
    for (let rest = position; rest < captures.length; rest += 1)
      text += `${literals[rest] ?? ""}${captures[rest] ?? ""}`;
    return text;
  });
}
