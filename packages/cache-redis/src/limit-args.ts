import type { LimitSpec } from "@modelyard/core/kit";

/** Limits as the scripts read them: six values each, in the order name, kind, limit, window, burst, amount. */
export function limitArgs(limits: readonly LimitSpec[], amounts: readonly number[]): readonly (string | number)[] {
  const args: (string | number)[] = [];
  for (const [index, spec] of limits.entries()) {
    const windowMs = spec.kind === "slots" ? 0 : spec.windowMs;
    args.push(spec.name, spec.kind, spec.limit, windowMs, spec.kind === "bucket" ? spec.burst : 0, amounts[index] ?? 0);
  }
  return args;
}
