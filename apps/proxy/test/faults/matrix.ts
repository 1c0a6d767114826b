import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationTitle } from "./cells.js";
import type { Fault } from "./fault.js";
import { faultTable } from "./fault-table.js";
import { type Cell, type Scene, setStage, type Stage, type VendorName, vendors, type Way } from "./stage.js";
import { due, seen } from "./verdict.js";

/** An operation that is tested with one vendor, and the ways. */
export interface Block {
  readonly vendor: VendorName;
  readonly title: OperationTitle;
  readonly ways: readonly Way[];
}

export function blocksOf(
  vendor: VendorName,
  titles: readonly OperationTitle[],
  ways: readonly Way[],
): readonly Block[] {
  return titles.map((title) => ({ vendor, title, ways }));
}

/** Whether a fault can happen in a block. */
function occurs({ dialects, wires, needsFinish, at }: Fault, { vendor, title, ways }: Block): boolean {
  const { dialect, wire } = vendors[vendor];
  if (!(dialects?.includes(dialect) ?? true) || !(wires?.includes(wire) ?? true)) return false;
  if (title === "embeddings" && needsFinish === true) return false;
  // Before HTTP begins, no API is spoken: the blocks with both ways show how those faults end.
  return typeof at !== "string" || ways.length > 1;
}

/** Every fault of `fault-table.ts` in these blocks. */
export function describeFaults(blocks: readonly Block[]): void {
  const cells: readonly Cell[] = blocks.flatMap((block) =>
    block.ways.flatMap((way) =>
      faultTable.filter((fault) => occurs(fault, block)).map((fault) => ({ fault, ...block, way })),
    ),
  );
  describe("a fault", () => {
    let stage: Stage;
    let scenes: readonly Scene[];
    // All cells run at the same time, each with its own hosts; the tests only check the outcomes.
    beforeAll(async () => {
      stage = await setStage();
      scenes = await stage.play(cells);
    }, 240_000);
    afterAll(() => stage.close());

    const rows = (vendor: VendorName, title: OperationTitle, way: Way) =>
      cells.flatMap((cell, index) =>
        cell.vendor === vendor && cell.title === title && cell.way === way
          ? [[cell.fault.name, cell, index] as const]
          : [],
      );

    describe.each(blocks)("of $vendor in a call to $title", ({ vendor, title, ways: through }) => {
      describe.each(through)("through the %s", (way) => {
        it.each(rows(vendor, title, way))("%s", (_, cell, index) => {
          const { alone, pair, chain } = scenes[index]!;
          expect({
            "with no other deployment": seen(alone, cell),
            "with another deployment": seen(pair, cell),
            "with a fallback": seen(chain, cell),
          }).toEqual({
            "with no other deployment": due(cell, "alone", alone),
            "with another deployment": due(cell, "pair", pair),
            "with a fallback": due(cell, "chain", chain),
          });
        });
      });
    });
  });
}
