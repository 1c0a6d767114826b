import type { TestCase, TestModule } from "vitest/node";
import { type Cell, cellOf } from "../support/cells.js";

/** How many tests of a cell passed, and which did not. */
export interface CellResult extends Cell {
  passed: number;
  skipped: number;
  readonly failed: string[];
}

/** The results of all cells, in the order of their first tests. */
export function resultsOf(modules: readonly TestModule[]): readonly CellResult[] {
  const results = new Map<string, CellResult>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const cell = cellOfTest(test);
      if (cell === undefined) continue;
      const key = JSON.stringify(cell);
      const result = results.get(key) ?? { ...cell, passed: 0, skipped: 0, failed: [] };
      results.set(key, result);
      count(result, test);
    }
  }
  return [...results.values()];
}

function cellOfTest(test: TestCase): Cell | undefined {
  for (let block = test.parent; block.type === "suite"; block = block.parent) {
    const cell = cellOf(block.name);
    if (cell !== undefined) return cell;
  }
  return undefined;
}

function count(result: CellResult, test: TestCase): void {
  const { state } = test.result();
  if (state === "skipped") result.skipped += 1;
  else if (state === "passed") result.passed += 1;
  else result.failed.push(test.name);
}
