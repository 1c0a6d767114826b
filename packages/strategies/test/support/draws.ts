import type { Candidate, NonEmpty, PickContext, Strategy } from "@modelyard/core";
import { type CandidateOptions, chiSquareP, countsOf, makeCandidates, makeContext } from "@modelyard/testing";
import { expect } from "vitest";

export const start = Date.UTC(2026, 0, 1);

/** Every order in which items can be listed. */
export function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}

/** Every non-empty subset of items. */
export function subsets<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: 2 ** items.length - 1 }, (_, number) =>
    items.filter((__, index) => ((number + 1) & (1 << index)) !== 0),
  );
}

export function frozen(candidates: NonEmpty<Candidate>): NonEmpty<Candidate> {
  return Object.freeze([...candidates]) as unknown as NonEmpty<Candidate>;
}

/** Candidates with the same index for the same deployment, in whatever order they are listed. */
export function listed(
  all: readonly CandidateOptions[],
  order: readonly CandidateOptions[] = all,
): NonEmpty<Candidate> {
  return makeCandidates(order.map((options) => ({ index: all.indexOf(options), ...options })));
}

export function drawn(
  strategy: Strategy,
  candidates: NonEmpty<Candidate>,
  context: Partial<PickContext> & { readonly seed?: number } = {},
  draws = 2_000,
): Record<string, number> {
  const made = makeContext({ now: start + 1_000, ...context });
  return countsOf(() => strategy.pick(candidates, made), draws);
}

/** Expects that exactly these candidates were picked, with equal shares within random variation. */
export function expectFair(counts: Record<string, number>, ids: readonly string[]): void {
  expect(Object.keys(counts).toSorted()).toEqual([...ids].toSorted());
  const list = ids.map((id) => counts[id] ?? 0);
  expect(
    chiSquareP(
      list,
      list.map(() => 1),
    ),
  ).toBeGreaterThan(0.01);
}
