import { type ErrorKind, errorKinds } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { compileFallbacks, type FallbackLists, fallbacksFor, ownChain, ownLists } from "./fallback-plan.js";

const entriesFor = (made: FallbackLists, names: readonly string[], kind: ErrorKind) =>
  fallbacksFor(made, names, kind).entries;

const lists = (general: object, contextWindow: object = {}, contentPolicy: object = {}) => ({
  general: compileFallbacks(general as never),
  contextWindow: compileFallbacks(contextWindow as never),
  contentPolicy: compileFallbacks(contentPolicy as never),
});

describe("fallbacks", () => {
  it("looks up the name, then without its provider, then the star", () => {
    const made = lists([{ a: ["b"] }, { "*": ["z"] }]);
    expect([
      entriesFor(made, ["a"], "timeout"),
      entriesFor(made, ["q"], "timeout"),
      entriesFor(made, ["openai/a"], "timeout"),
    ]).toEqual([["b"], ["z"], ["b"]]);
  });

  it("tells what was written for the group from what is written for all", () => {
    const made = lists([{ a: ["b"] }, { "*": ["z"] }]);
    expect(fallbacksFor(made, ["a"], "timeout").common).toBe(false);
    expect(fallbacksFor(made, ["q"], "timeout").common).toBe(true);
    expect(fallbacksFor(made, ["q"], "aborted")).toEqual({ entries: [], common: false });
  });

  it("sends each kind of failure to its list", () => {
    const made = lists({ a: ["general"] }, { a: ["large"] }, { a: ["lenient"] });
    expect(entriesFor(made, ["a"], "context_window_exceeded")).toEqual(["large"]);
    expect(entriesFor(made, ["a"], "content_policy_violation")).toEqual(["lenient"]);
    expect(entriesFor(made, ["a"], "aborted")).toEqual([]);
    expect(entriesFor(lists({ a: ["general"] }), ["a"], "content_policy_violation")).toEqual([]);
    expect(entriesFor(lists({ a: ["general"] }, { b: ["c"] }), ["a"], "context_window_exceeded")).toEqual(["general"]);
  });

  it("know for every kind of failure which list may take it", () => {
    const made = lists({ a: ["general"] }, { a: ["large"] }, { a: ["lenient"] });
    for (const kind of Object.keys(errorKinds) as readonly ErrorKind[]) {
      const expected =
        kind === "aborted"
          ? []
          : kind === "context_window_exceeded" || kind === "payload_too_large"
            ? ["large"]
            : kind === "content_policy_violation"
              ? ["lenient"]
              : ["general"];
      expect([kind, entriesFor(made, ["a"], kind)]).toEqual([kind, expected]);
    }
  });

  it("prefer the name that was asked for to the group it led to, and both to the star", () => {
    const made = lists([{ "*": ["z"] }, { group: ["g"] }, { alias: ["x"] }]);
    expect(entriesFor(made, ["alias", "group"], "timeout")).toEqual(["x"]);
    expect(entriesFor(made, ["other", "group"], "timeout")).toEqual(["g"]);
    expect(entriesFor(made, ["openai/group", "openai/*"], "timeout")).toEqual(["g"]);
  });
});

describe("a request's own fallbacks", () => {
  const names = ["b", { model: "c", set: { seed: 1 } }] as const;

  it("are a chain when they name groups, for all but rejections by policy", () => {
    expect(ownChain({ fallbacks: names }, "timeout")).toBe(names);
    expect(ownChain({ fallbacks: names }, "context_window_exceeded")).toBe(names);
    expect(ownChain({ fallbacks: names, contextWindowFallbacks: ["large"] }, "context_window_exceeded")).toEqual([
      "large",
    ]);
    expect(ownChain({ fallbacks: names }, "content_policy_violation")).toBeUndefined();
    expect(ownChain({ contentPolicyFallbacks: ["lenient"] }, "content_policy_violation")).toEqual(["lenient"]);
    expect(ownChain({ fallbacks: [] }, "timeout")).toEqual([]);
    expect(ownChain({}, "timeout")).toBeUndefined();
  });

  it("replace the configured list of their kind when they are maps", () => {
    const configured = lists({ a: ["old"] }, { a: ["large"] }, { a: ["lenient"] });
    for (const fallbacks of [{ a: ["new"] }, [{ a: ["new"] }]]) {
      expect(ownChain({ fallbacks }, "timeout")).toBeUndefined();
      const made = ownLists({ fallbacks }, configured);
      expect(entriesFor(made, ["a"], "timeout")).toEqual(["new"]);
      expect(entriesFor(made, ["a"], "context_window_exceeded")).toEqual(["large"]);
    }
    expect(ownLists({ fallbacks: names }, configured)).toEqual(configured);
  });
});
