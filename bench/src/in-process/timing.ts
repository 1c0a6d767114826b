const rounds = 12;

/** The best of several rounds in microseconds, which excludes other load on the machine. */
export async function best(run: () => unknown, count: number): Promise<number> {
  const { it } = await bestOf({ it: run }, count);
  return it;
}

/** Runs several functions in turn (A B C A B C) to compare them. @returns the best round of each, in microseconds */
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

/** Measured values by name. The name contains the unit. */
export type Results = Record<string, number>;
