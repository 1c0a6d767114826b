import type { Candidate } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { capacityFor, rendezvous } from "./rendezvous.js";

const sessions = Array.from({ length: 4_000 }, (_, index) => `session ${String(index)}`);

function candidates(count: number): readonly Candidate[] {
  return Array.from(
    { length: count },
    (_, index) => ({ deployment: { id: `deployment-${String(index)}` } }) as Candidate,
  );
}

function firsts(list: readonly Candidate[], shares?: readonly number[]): readonly string[] {
  return sessions.map((session) => rendezvous(session, list, shares)?.deployment.id ?? "");
}

describe("rendezvous hashing", () => {
  it("does not depend on the order of the candidates", () => {
    const list = candidates(7);
    expect(firsts(list.toReversed())).toEqual(firsts(list));
  });

  it.each([2, 5, 10, 33])("moves only the sessions of a deployment that is removed, among %d", (count) => {
    const before = firsts(candidates(count));
    const after = firsts(candidates(count - 1));
    const moved = before.filter((id, index) => id !== after[index]);
    expect(new Set(moved)).toEqual(new Set([`deployment-${String(count - 1)}`]));
    expect(moved.length / sessions.length).toBeGreaterThan(0.7 / count);
    expect(moved.length / sessions.length).toBeLessThan(1.4 / count);
  });

  it("gives each deployment its share", () => {
    const counts = new Map<string, number>();
    for (const id of firsts(candidates(4), [4, 2, 2, 0])) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect((counts.get("deployment-0") ?? 0) / sessions.length).toBeCloseTo(0.5, 1);
    expect((counts.get("deployment-1") ?? 0) / sessions.length).toBeCloseTo(0.25, 1);
    expect(counts.get("deployment-3")).toBeUndefined();
  });

  it("takes the next deployment of a session if the first one is not considered", () => {
    const list = candidates(5);
    for (const session of sessions.slice(0, 50)) {
      const first = rendezvous(session, list);
      const second = rendezvous(session, list, undefined, (candidate) => candidate !== first);
      expect(second).toBe(
        rendezvous(
          session,
          list.filter((candidate) => candidate !== first),
        ),
      );
    }
    expect(rendezvous("s", list, [0, 0, 0, 0, 0])).toBeUndefined();
    expect(rendezvous("s", [])).toBeUndefined();
  });

  it("bounds the load: with 10 calls in flight at 4 deployments, each has room for 4", () => {
    expect(capacityFor(10, 1 / 4)).toBe(4);
    expect(capacityFor(1, 1 / 8)).toBe(1);
    expect(capacityFor(10, 0)).toBe(0);
  });
});
