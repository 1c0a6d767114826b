import { createRouter, openai } from "./index.js";
import { describe, expect, it } from "vitest";
import { divideLimits } from "./divide-limits.js";

const config = {
  defaultMaxParallelRequests: 7,
  modelList: [
    { modelName: "m", model: "openai/a", apiKey: "k", rpm: 10, tpm: 1_001 },
    { modelName: "m", model: "openai/b", apiKey: "k", rpm: 2, maxParallelRequests: 3, id: "own" },
    { modelName: "m", model: "openai/c", apiKey: "k" },
  ],
};

describe("divideLimits", () => {
  it.each([1, 2, 3, 7])("gives %s processes shares that add up exactly and differ by at most one", (of) => {
    const shares = Array.from({ length: of }, (_, index) => divideLimits(config, { index, of }).modelList);
    const parts = (position: number, key: "rpm" | "tpm" | "maxParallelRequests"): readonly number[] =>
      shares.map((list) => list[position]?.[key] ?? 0);
    const wholes = [
      [0, "rpm", 10],
      [0, "tpm", 1_001],
      [0, "maxParallelRequests", 7],
      [1, "rpm", 2],
      [1, "maxParallelRequests", 3],
      [2, "maxParallelRequests", 7],
    ] as const;
    for (const [position, key, limit] of wholes) {
      const numbers = parts(position, key);
      expect(numbers.reduce((sum, one) => sum + one, 0)).toBe(limit);
      expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1);
    }
    expect(shares.every((list) => list[2]?.rpm === undefined && list[1]?.tpm === undefined)).toBe(true);
  });

  it("keeps the ids that deployments have in one process", () => {
    const ids = (list: typeof config): readonly string[] =>
      createRouter({ ...list, providers: [openai()] })
        .state()
        .groups.flatMap((group) => group.deployments.map((deployment) => deployment.id));
    expect(ids(divideLimits(config, { index: 1, of: 3 }) as typeof config)).toEqual(ids(config));
  });
});
