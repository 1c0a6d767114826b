import { describeStrategy } from "@modelyard/testing/conformance";
import { describe, it } from "vitest";
import { drawn, expectFair, frozen, listed, permutations } from "../test/support/draws.js";
import { leastBusy } from "./least-busy.js";

describeStrategy("leastBusy", { create: () => leastBusy() });

describe("leastBusy", () => {
  it.each([
    [
      [2, 1, 1, 3],
      ["b", "c"],
    ],
    [
      [0, 0, 0, 0],
      ["a", "b", "c", "d"],
    ],
    [[5, 4, 3, 2], ["d"]],
    [
      [0, 9, 0, 9],
      ["a", "c"],
    ],
  ] as const)(
    "with %j calls in flight picks only %j, in equal shares, in every listing order",
    (inFlight, expected) => {
      const all = inFlight.map((count, index) => ({ id: "abcd"[index] ?? "", inFlight: count }));
      for (const order of permutations(all)) {
        for (const candidates of [listed(all, order), frozen(listed(all, order))])
          expectFair(drawn(leastBusy(), candidates, { seed: 3 }), expected);
      }
    },
  );
});
