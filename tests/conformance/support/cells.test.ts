import { expect, it } from "vitest";
import { cellOf, cellTitle } from "./cells.js";

it("the cell of a block of tests is read from its name", () => {
  const cell = { suite: "ai, @ai-sdk/openai", caller: "responses", vendor: "chat" } as const;
  expect(cellOf(cellTitle(cell))).toEqual(cell);
  expect(cellOf("recorded answers")).toBeUndefined();
});
