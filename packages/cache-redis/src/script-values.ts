import type { BenchMark, LimitSpec } from "@modelyard/core";

/** Limits as scripts read them: six values for each. */
export function limitArgs(limits: readonly LimitSpec[], amounts: readonly number[]): readonly (string | number)[] {
  const args: (string | number)[] = [];
  for (const [index, spec] of limits.entries()) {
    const windowMs = spec.kind === "slots" ? 0 : spec.windowMs;
    args.push(spec.name, spec.kind, spec.limit, windowMs, spec.kind === "bucket" ? spec.burst : 0, amounts[index] ?? 0);
  }
  return args;
}

/** The marks in a script's reply: three values for each. */
export function marksIn(reply: readonly string[]): readonly BenchMark[] {
  const marks: BenchMark[] = [];
  for (let index = 0; index + 2 < reply.length; index += 3) {
    const [deploymentId = "", until, reason = "shared"] = reply.slice(index, index + 3);
    marks.push({ deploymentId, until: Number(until), reason });
  }
  return marks;
}

/** A mark that was published; `undefined`: it is none. */
export function readMark(message: string): BenchMark | undefined {
  try {
    const { deploymentId, until, reason } = JSON.parse(message) as Partial<BenchMark>;
    if (typeof deploymentId !== "string" || typeof until !== "number" || typeof reason !== "string") return undefined;
    return { deploymentId, until, reason };
  } catch {
    return undefined;
  }
}
