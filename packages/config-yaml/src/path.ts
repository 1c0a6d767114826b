/** Keys and positions from the root to a value. */
export type Path = readonly (string | number)[];

const longestName = 80;

/** A name that a file gives, for messages: on one line, and not longer than a name is. */
export function showName(name: string): string {
  const line = name.replaceAll(/\p{C}+/gu, " ");
  return line.length > longestName ? `${line.slice(0, longestName)}...` : line;
}

/**
 * A key that means nothing here. The text may be anything, a file of passwords that was included by mistake, so no more
 * of it is shown than looks like the beginning of a setting's name.
 */
export function showUnknownKey(key: string): string {
  const beginning = /^[\w./-]{0,40}/u.exec(key)?.[0] ?? "";
  return beginning.length === key.length ? key : `${beginning}...`;
}

/** @param unknown - whether the last key is one that means nothing here */
export function showPath(path: Path, unknown = false): string {
  let text = "";
  for (const [position, part] of path.entries()) {
    if (typeof part === "number") text += `[${String(part)}]`;
    else {
      const shown = unknown && position === path.length - 1 ? showUnknownKey(part) : showName(part);
      text += text === "" ? shown : `.${shown}`;
    }
  }
  return text;
}
