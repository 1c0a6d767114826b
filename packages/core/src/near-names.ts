/**
 * The edits (insertions, deletions, replacements, swaps of neighbors) between two strings. Stops counting beyond
 * `most`.
 */
function editDistance(left: string, right: string, most: number): number {
  if (Math.abs(left.length - right.length) > most) return most + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + same,
      );
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    // Further rows cannot lower the distance.
    if (Math.min(...current) > most) return most + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] ?? most + 1;
}

/** The names closest to a misspelled one, best first, at most `count`. Only the first 100 characters are compared. */
export function nearNames(name: string, names: Iterable<string>, count = 3): readonly string[] {
  const wanted = name.slice(0, 100).toLowerCase();
  const most = Math.max(2, Math.floor(wanted.length / 3));
  const scored: { readonly name: string; readonly distance: number; readonly longer: number }[] = [];
  for (const candidate of names) {
    const other = candidate.slice(0, 100).toLowerCase();
    const within = wanted.length >= 3 && (other.includes(wanted) || (other.length >= 3 && wanted.includes(other)));
    const isOtherNumber = withoutPlural(wanted) === withoutPlural(other);
    const distance = within || isOtherNumber ? 1 : editDistance(wanted, other, most);
    const longer = Math.abs(wanted.length - other.length);
    if (distance <= most) scored.push({ name: candidate, distance, longer });
  }
  return scored
    .toSorted(
      (left, right) =>
        left.distance - right.distance || left.longer - right.longer || (left.name < right.name ? -1 : 1),
    )
    .slice(0, count)
    .map((entry) => entry.name);
}

/** ` Did you mean "x" or "y"?`, or an empty string. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const near = nearNames(name, names);
  return near.length === 0 ? "" : ` Did you mean ${near.map((candidate) => `"${candidate}"`).join(" or ")}?`;
}

/**
 * The names of which this one is a misspelling: one or two letters are wrong, missing, doubled or swapped, or it
 * differs in case or number. Stricter than {@link nearNames}, for guesses with consequences.
 */
export function mistypedNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = plainName(name.slice(0, 100));
  const singular = withoutPlural(wanted);
  return [...names].filter((candidate) => {
    const other = plainName(candidate);
    const most = Math.min(wanted.length, other.length) <= 5 ? 1 : 2;
    return editDistance(wanted, other, most) <= most || singular === withoutPlural(other);
  });
}

function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/gu, "");
}

function withoutPlural(name: string): string {
  return name.replace(/ies$/u, "y").replace(/s$/u, "");
}
