/** A likely mistake in a configuration that works nevertheless. */
export interface ConfigWarning {
  /** Its place in the options, e.g. `["fallbacks", "gpt-4"]`. Empty if it does not concern a single option. */
  readonly path: OptionPath;
  /** The problem and the fix, in full sentences. */
  readonly message: string;
  /** For programs, e.g. `unknown_group`. A strategy's `review` may use others. */
  readonly kind: string;
}

/** The keys and positions that lead from the options to a value. */
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
