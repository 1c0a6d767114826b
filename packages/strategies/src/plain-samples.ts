import { largestCount } from "@modelyard/core/kit";
import type { Sample } from "./sample-window.js";

/** Larger numbers are rejected: they cannot be measured seconds or tokens. */
const mostCounted = largestCount;

/** A sample as JSON: `[at, seconds]`, followed by the weight and the load where they are known. */
type PlainSample = readonly number[];

export function toPlain({ at, seconds, weight, met }: Sample): PlainSample {
  if (met !== undefined) return [at, seconds, weight, met.load, met.promptTokens];
  return weight === 1 ? [at, seconds] : [at, seconds, weight];
}

/** The valid samples of a list. */
export function samplesIn(value: unknown): readonly Sample[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).flatMap((entry) => {
    if (!areAmounts(entry) || ![2, 3, 5].includes(entry.length)) return [];
    const [at = 0, seconds = 0, weight = 1, load, promptTokens] = entry;
    if (weight === 0 || entry.slice(1).some((part) => part > mostCounted)) return [];
    const met = load === undefined || promptTokens === undefined ? undefined : { load, promptTokens };
    return [{ at, seconds, weight, met }];
  });
}

/** Whether a value is a list of finite numbers of at least 0. */
function areAmounts(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    (value as readonly unknown[]).every((part) => typeof part === "number" && Number.isFinite(part) && part >= 0)
  );
}
