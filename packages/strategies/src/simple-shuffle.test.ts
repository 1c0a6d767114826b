import { type CandidateOptions, chiSquareP, makeContext, countsOf } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, expect, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations, subsets } from "../test/support/draws.js";
import { simpleShuffle } from "./simple-shuffle.js";

describeStrategy("simpleShuffle", { create: () => simpleShuffle() });

type Weights = readonly (Omit<CandidateOptions, "id"> & { readonly expected: number })[];

const tables: readonly (readonly [string, Weights])[] = [
  [
    "weights",
    [
      { weight: 5, expected: 5 },
      { weight: 3, expected: 3 },
      { weight: 2, expected: 2 },
    ],
  ],
  [
    "fractional weights",
    [
      { weight: 0.5, expected: 1 },
      { weight: 0.25, expected: 0.5 },
      { weight: 1, expected: 2 },
    ],
  ],
  [
    "rpm",
    [
      { rpm: 900, expected: 9 },
      { rpm: 100, expected: 1 },
      { rpm: 0, expected: 0 },
    ],
  ],
  [
    "tpm",
    [
      { tpm: 90_000, expected: 9 },
      { tpm: 10_000, expected: 1 },
      { tpm: 100_000, expected: 10 },
    ],
  ],
  [
    "weights rather than limits",
    [
      { weight: 1, rpm: 9, expected: 1 },
      { weight: 3, rpm: 1, tpm: 5, expected: 3 },
    ],
  ],
  [
    "rpm rather than tpm",
    [
      { rpm: 1, tpm: 900, expected: 1 },
      { rpm: 3, expected: 3 },
    ],
  ],
  ["nothing", [{ expected: 1 }, { expected: 1 }, { expected: 1 }]],
];

describe("simpleShuffle", () => {
  it.each(tables)(
    "follows %s within one percentage point over 100,000 draws, for every subset of deployments",
    (_, rows) => {
      const all = rows.map(({ expected, ...options }, index) => ({ id: `d${String(index)}`, expected, ...options }));
      for (const up of subsets(all)) {
        const total = up.reduce((sum, { expected }) => sum + expected, 0);
        const shares = up.map(({ expected }) => (total === 0 ? 1 : expected));
        const counts = drawn(simpleShuffle(), frozen(listed(up)), { seed: 11 }, 100_000);
        for (const [index, { id }] of up.entries()) {
          const share = (shares[index] ?? 0) / (total === 0 ? up.length : total);
          expect(Math.abs((counts[id] ?? 0) / 100_000 - share)).toBeLessThan(0.01);
        }
        // A list that is new for every attempt, as during a cooldown, gives the same shares.
        const fresh = drawn(simpleShuffle(), listed(up), { seed: 11 }, 10_000);
        expect(
          chiSquareP(
            up.map(({ id }) => fresh[id] ?? 0),
            shares,
          ),
        ).toBeGreaterThan(0.01);
      }
    },
  );

  const mixes: readonly (readonly [string, readonly Omit<CandidateOptions, "id">[], readonly number[]])[] = [
    ["LiteLLM's [9, 1]", [{ weight: 9 }, { weight: 1 }], [9, 1]],
    ["rpm [900, 100]", [{ rpm: 900 }, { rpm: 100 }], [9, 1]],
    ["a weight on the second only, whatever the rpm", [{ rpm: 10 }, { rpm: 30, weight: 1 }], [0, 1]],
    ["a weight on the first only", [{ weight: 1 }, {}], [1, 0]],
    ["a weight on the second, nothing on the first", [{}, { weight: 5 }], [0, 1]],
    ["rpm of one, tpm of another", [{ rpm: 10 }, { tpm: 1_000 }], [1, 0]],
    ["weights of 0 besides one", [{ weight: 0 }, { weight: 2 }, { weight: 0 }], [0, 1, 0]],
    ["weights of 0 alone: all alike", [{ weight: 0, rpm: 5 }, { weight: 0 }], [1, 1]],
  ];

  it.each(mixes)("looks at all candidates to choose between weight, rpm and tpm: %s", (_, rows, expected) => {
    const all = rows.map((options, index) => ({ id: `d${String(index)}`, ...options }));
    for (const order of permutations(all)) {
      const counts = drawn(simpleShuffle(), listed(all, order), { seed: 5 }, 20_000);
      expect(
        chiSquareP(
          all.map(({ id }) => counts[id] ?? 0),
          expected,
        ),
      ).toBeGreaterThan(0.01);
    }
  });

  it("reads the weights of a frozen list once, and of other lists on every pick", () => {
    const strategy = simpleShuffle();
    const context = makeContext();
    const up = listed([
      { id: "a", weight: 1 },
      { id: "b", weight: 0 },
    ]);
    expectFair(
      countsOf(() => strategy.pick(up, context), 100),
      ["a"],
    );
    const turned = listed([
      { id: "a", weight: 0 },
      { id: "b", weight: 1 },
    ]);
    expectFair(
      countsOf(() => strategy.pick(turned, context), 100),
      ["b"],
    );
  });

  it.each([
    ["some have a weight", [{ weight: 1 }, { rpm: 5 }, { weight: 0 }], [["b", "no weight"]]],
    [
      "some have an rpm",
      [{ rpm: 5 }, {}, { tpm: 9 }],
      [
        ["b", "no rpm"],
        ["c", "no rpm"],
      ],
    ],
    ["each tier has its own", [{ order: 1, weight: 1 }, { order: 2 }, { order: 2 }], []],
    ["no deployment has any", [{}, {}, {}], []],
    ["the only weight is 0", [{ weight: 0 }, {}, {}], []],
  ] as const)("warns of deployments that get no traffic: %s", (_, rows, expected) => {
    const all = rows.map((options, index) => ({ id: "abc"[index] ?? "", ...options }));
    const warnings = simpleShuffle().review?.(listed(all).map((candidate) => candidate.deployment));
    expect(warnings).toEqual(
      expected.map(([deploymentId, lack]) => ({
        kind: "review",
        deploymentId,
        message: expect.stringMatching(`^test/[^ ]+ has ${lack} but`) as unknown,
      })),
    );
  });
});
