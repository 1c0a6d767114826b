import type { DeploymentFigures, SeenGroup } from "./data.js";

/** The attempts of the last five minutes. */
export function obtained(figures: DeploymentFigures | undefined): number {
  return figures?.series.attempts.reduce((sum, attempts) => sum + attempts, 0) ?? 0;
}

/**
 * The part of the group's requests that each deployment should get, between 0 and 1, by its id: by weight, else by rpm,
 * else by tpm, as simple-shuffle judges them. Empty for other strategies, which follow what happens.
 */
export function wantedShares({ strategy, deployments }: SeenGroup): ReadonlyMap<string, number> {
  if (strategy !== "simple-shuffle") return new Map();
  const measures = [
    deployments.map(({ weight }) => weight),
    deployments.map(({ limits }) => limits.rpm),
    deployments.map(({ limits }) => limits.tpm),
  ];
  const used = measures.find((values) => values.some((value) => value !== undefined)) ?? [];
  const total = used.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return new Map(
    deployments.map(({ id }, index) => [id, total === 0 ? 1 / deployments.length : (used[index] ?? 0) / total]),
  );
}
