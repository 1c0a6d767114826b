const rounds = 12;

/** Best of several rounds, in microseconds: what the code costs, without what the machine did meanwhile. */
export async function best(run: () => unknown, count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    for (let done = 0; done < count; done += 1) {
      const result = run();
      if (result instanceof Promise) await result;
    }
    least = Math.min(least, ((performance.now() - began) * 1000) / count);
  }
  return least;
}

/** A result: what was measured, and its value in the unit that the name says. */
export type Results = Record<string, number>;
