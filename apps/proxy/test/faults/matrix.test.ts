import type { DialectName } from "@modelyard/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations, type OperationTitle } from "./cells.js";
import { faultTable } from "./fault-table.js";
import { type Cell, type Scene, setStage, type Stage, type Way } from "./stage.js";
import { due, seen } from "./verdict.js";

const titles = Object.keys(operations) as OperationTitle[];
const ways: readonly Way[] = ["library", "proxy"];
const chats: readonly OperationTitle[] = ["chat", "streamed chat"];
/** The operations that are tested with each vendor. */
const vendors: readonly (readonly [DialectName, readonly OperationTitle[]])[] = [
  ["openai", titles],
  ["azure", chats],
  ["anthropic", chats],
];

const cells: readonly Cell[] = vendors.flatMap(([dialect, own]) =>
  own.flatMap((title) =>
    ways.flatMap((way) =>
      faultTable
        .filter((fault) => fault.dialects?.includes(dialect) ?? true)
        .filter((fault) => title !== "embeddings" || fault.needsFinish !== true)
        .map((fault) => ({ fault, dialect, title, way })),
    ),
  ),
);

/** Every fault of `fault-table.ts` on every operation, through the library and through the proxy. */
describe("a fault", () => {
  let stage: Stage;
  let scenes: readonly Scene[];
  // All cells run at the same time, each with its own hosts; the tests only check the outcomes.
  beforeAll(async () => {
    stage = await setStage();
    scenes = await stage.play(cells);
  }, 240_000);
  afterAll(() => stage.close());

  const rows = (dialect: DialectName, title: OperationTitle, way: Way) =>
    cells.flatMap((cell, index) =>
      cell.dialect === dialect && cell.title === title && cell.way === way
        ? [[cell.fault.name, cell, index] as const]
        : [],
    );

  describe.each(vendors)("of %s", (dialect, own) => {
    describe.each(own)("in a call to %s", (title) => {
      describe.each(ways)("through the %s", (way) => {
        it.each(rows(dialect, title, way))("%s", (_, cell, index) => {
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
});
