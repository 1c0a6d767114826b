import { describe, expect, it } from "vitest";
import { SessionTable } from "./session-table.js";

const place = (deploymentId: string, usedAt: number) => ({ deploymentId, tokens: 10, usedAt, lifetimeMs: 1 });

describe("the table of sessions", () => {
  it("remembers the last four places of a session, the last one first", () => {
    const table = new SessionTable(1_000);
    for (const id of ["a", "b", "c", "a", "d", "e"]) table.remember("s", place(id, 5));
    expect(table.placesOf("s", 6).map(({ deploymentId }) => deploymentId)).toEqual(["e", "d", "a", "c"]);
    table.forget("s", "d");
    expect(table.placesOf("s", 6)).toHaveLength(3);
  });

  it("forgets sessions that were not used for the time, also if the clock was set back", () => {
    const table = new SessionTable(1_000);
    table.remember("s", place("a", 5_000));
    expect(table.placesOf("s", 6_000)).toHaveLength(1);
    expect(table.placesOf("s", 6_001)).toEqual([]);
    table.remember("s", place("a", 5_000));
    expect(table.placesOf("s", 3_999)).toEqual([]);
    expect(table.size).toBe(0);
  });

  it("has a limited size, and keeps the sessions that were used last", () => {
    const table = new SessionTable(1_000);
    for (let index = 0; index < 50_000; index += 1) {
      table.remember("first", place("a", 5));
      table.remember(`s${String(index)}`, place("a", 5));
    }
    expect(table.size).toBeLessThanOrEqual(20_000);
    expect(table.placesOf("first", 6)).toHaveLength(1);
    expect(table.placesOf("s49999", 6)).toHaveLength(1);
  });
});
