import { errorKinds } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { recordedFailures } from "./recorded-failures.js";

describe("recordedFailures", () => {
  it("are numerous, cover every dialect, and have unique names", () => {
    const names = recordedFailures.map(({ dialect, name }) => `${dialect} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(recordedFailures.map(({ dialect }) => dialect)).size).toBe(3);
    expect(names.length).toBeGreaterThan(140);
  });

  it("come from at least the expected number of hosts", () => {
    const hosts = recordedFailures.filter(({ dialect }) => dialect === "openai").map(({ name }) => name.split(":")[0]);
    expect(new Set(hosts).size).toBeGreaterThan(35);
  });

  it("are never blamed on the router", () => {
    for (const { kind } of recordedFailures) expect(errorKinds[kind].blame).not.toMatch(/router|caller/u);
  });

  it("ask for a wait only if waiting helps, and for a day at most", () => {
    for (const { name, kind, waitMs } of recordedFailures) {
      if (waitMs === undefined) continue;
      expect([name, errorKinds[kind].blame]).not.toEqual([name, "request"]);
      expect(waitMs).toBeLessThanOrEqual(86_400_000);
    }
  });

  it("contain their reason in their body", () => {
    for (const { name, body, message } of recordedFailures) {
      const start =
        message
          ?.replace(/^[\w.[\]]+: /u, "")
          .replace(/ \(from \w+\)$/u, "")
          .slice(0, 8) ?? "";
      expect([name, body.includes(JSON.stringify(start).slice(1, -1))]).toEqual([name, true]);
    }
  });
});
