import { errorKinds } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { recordedFailures } from "./recorded-failures.js";

describe("recordedFailures", () => {
  it("are many, of every dialect, each with a name of its own", () => {
    const names = recordedFailures.map(({ dialect, name }) => `${dialect} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(recordedFailures.map(({ dialect }) => dialect)).size).toBe(3);
    expect(names.length).toBeGreaterThan(90);
  });

  it("are never the router's own doing, and always somebody's", () => {
    for (const { kinds } of recordedFailures) {
      expect(kinds.length).toBeGreaterThan(0);
      for (const kind of kinds) expect(errorKinds[kind].blame).not.toMatch(/router|caller/u);
    }
  });
});
