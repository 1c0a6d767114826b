import type { CandidateOptions } from "@modelyard/testing";
import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations } from "../test/support/draws.js";
import { usageBased } from "./usage-based.js";

describeStrategy("usageBased", { create: () => usageBased() });

type Rows = readonly Omit<CandidateOptions, "id">[];

/** The prompt has 10 tokens. */
const cases: readonly (readonly [string, Rows, readonly string[]])[] = [
  [
    "the lowest share of tpm, not the fewest tokens",
    [
      { tpm: 1_000, tokensUsed: 500 },
      { tpm: 10_000, tokensUsed: 1_000 },
      { tpm: 10_000, tokensUsed: 2_000 },
    ],
    ["b"],
  ],
  [
    "the lowest share of rpm",
    [
      { rpm: 10, requestsUsed: 4 },
      { rpm: 100, requestsUsed: 30 },
      { rpm: 2, requestsUsed: 1 },
    ],
    ["b"],
  ],
  [
    "the tighter of the two limits",
    [
      { rpm: 10, tpm: 10_000, requestsUsed: 9 },
      { rpm: 10, tpm: 10_000, tokensUsed: 5_000 },
      { rpm: 10, tpm: 10_000, tokensUsed: 9_000 },
    ],
    ["b"],
  ],
  [
    "any other deployment over one whose limit this prompt would use by half",
    [{ tpm: 20 }, { tpm: 1_000, tokensUsed: 400 }, { tpm: 10 }],
    ["b"],
  ],
  ["idle deployments at random", [{ rpm: 10 }, { rpm: 10 }, { rpm: 10 }], ["a", "b", "c"]],
  [
    "the fewest tokens if a deployment has no limit",
    [{ tokensUsed: 10 }, { tpm: 10, tokensUsed: 5 }, { tokensUsed: 5 }],
    ["b", "c"],
  ],
  ["deployments with room over those whose limit is 0", [{ rpm: 0 }, { rpm: 10, requestsUsed: 8 }, { tpm: 0 }], ["b"]],
];

describe("usageBased", () => {
  it.each(cases)("prefers %s, in every listing order", (_, rows, expected) => {
    const all = rows.map((options, index) => ({ id: "abc"[index] ?? "", ...options }));
    for (const order of permutations(all)) {
      for (const candidates of [listed(all, order), frozen(listed(all, order))])
        expectFair(drawn(usageBased(), candidates, { seed: 3 }), expected);
    }
  });
});
