const rounds = 12;

/** Best of several rounds, in microseconds: what the code costs, without what the machine did meanwhile. */
export async function best(run: () => unknown, count: number): Promise<number> {
  const { it } = await bestOf({ it: run }, count);
  return it;
}

/** Several that are to be compared, in turn (A B C A B C): each one's best round, in microseconds. */
export async function bestOf<Name extends string>(
  runs: Readonly<Record<Name, () => unknown>>,
  count: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(runs) as Name[];
  const least = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY])) as Record<Name, number>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const run = runs[name];
      const began = performance.now();
      for (let done = 0; done < count; done += 1) {
        const result = run();
        if (result instanceof Promise) await result;
      }
      least[name] = Math.min(least[name], ((performance.now() - began) * 1000) / count);
    }
  }
  return least;
}

/** A result: what was measured, and its value in the unit that the name says. */
export type Results = Record<string, number>;
