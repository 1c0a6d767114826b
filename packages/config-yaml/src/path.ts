/** Keys of mappings and positions in lists, from the root to a value. */
export type Path = readonly (string | number)[];

const longestName = 80;

/** Prepares a name from the file for messages: on one line, and cut to a reasonable length. */
export function showName(name: string): string {
  const line = name.replaceAll(/\p{C}+/gu, " ");
  return line.length > longestName ? `${line.slice(0, longestName)}...` : line;
}

/**
 * Prepares an unknown key for messages. Its text may be anything, even a line of a password file that was included by
 * mistake, so only as much is shown as looks like the beginning of a setting's name.
 */
export function showUnknownKey(key: string): string {
  const beginning = /^[\w./-]{0,48}/u.exec(key)?.[0] ?? "";
  return beginning.length === key.length ? key : `${beginning}...`;
}

/**
 * Formats a path, e.g. `model_list[0].litellm_params.rpm`.
 * @param unknown - whether the last key is unknown, so that only its beginning may be shown
 */
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
