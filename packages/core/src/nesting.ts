/** Deepest JSON that is taken from a vendor. Tools' inputs and schemas stay far below; a stack overflows far above. */
export const deepestJson = 1_000;

/**
 * Whether a parsed JSON value is nested deeper than {@link deepestJson}, so that recursion over it could overflow the
 * stack. Its own work needs no stack, and grows with the number of values.
 * @param length - of the JSON text: each level needs two characters, so that short texts need no look
 */
export function isNestedTooDeep(value: unknown, length: number): boolean {
  if (length <= 2 * deepestJson) return false;
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= deepestJson) return true;
    const next: unknown[] = [];
    for (const parent of level) {
      if (typeof parent !== "object" || parent === null) continue;
      const children = Array.isArray(parent) ? (parent as readonly unknown[]) : Object.values(parent);
      for (const child of children) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return false;
}
