import { describe, expect, it } from "vitest";
import { checkAliases } from "./name-table.js";

describe("aliases", () => {
  it("are followed once each, however long the chain is", () => {
    const count = 1_000;
    const chain = Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`a${String(at)}`, at === count - 1 ? "group" : `a${String(at + 1)}`]),
    );
    let lookups = 0;
    const groups = {
      has: (name: string) => {
        lookups += 1;
        return name === "group";
      },
    };
    checkAliases(chain, groups);
    expect(lookups).toBeLessThan(3 * count);
  });
});
