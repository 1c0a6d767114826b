/** Something odd in a configuration that works all the same. */
export interface ConfigWarning {
  /** Where in the options it is, from the outside in, e.g. `["fallbacks", "gpt-4"]`. Empty: it is about no single option. */
  readonly path: OptionPath;
  /** What is odd and what to do, in sentences. */
  readonly message: string;
  /** For programs that look for one kind, e.g. `unknown_group`. A strategy's `review` may have its own. */
  readonly kind: string;
}

/** Keys and positions from the options to a value. */
export type OptionPath = readonly (string | number)[];

/** A path as messages show it, e.g. `modelList[0].cooldownMs`, `fallbacks.gpt-4`. */
export function showOptionPath(path: OptionPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${String(part)}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** A warning on one line. */
export function formatWarning({ path, message }: ConfigWarning): string {
  return path.length === 0 ? message : `${showOptionPath(path)}: ${message}`;
}
