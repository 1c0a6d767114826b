/** A model name in which each `*` stands for any text. Matching covers the whole name and takes linear time. */
export class Wildcard {
  readonly #parts: readonly string[];
  /** The number of characters that are not `*`. Of two patterns, the one with more of them is more specific. */
  readonly literals: number;

  constructor(readonly pattern: string) {
    this.#parts = pattern.split("*");
    this.literals = pattern.length - (this.#parts.length - 1);
  }

  /**
   * Matches a name and returns the parts that the `*`s stand for. Like greedy groups of a regular expression, the first
   * one is as long as possible, then the second, and so on, but without backtracking.
   * @returns `undefined` if the name does not match
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
 * The vendor's model for a name that matched the deployment's pattern: each `*` of the model is replaced by the part of
 * the name that it stands for. If the model has fewer of them, its last one gets the rest, up to the pattern's last
 * `*`.
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
