import { type ErrorKind, errorKinds } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import {
  compileFallbacks,
  type FallbackLists,
  fallbacksFor,
  requestFallbacks,
  requestFallbackLists,
} from "./fallback-plan.js";

const entriesFor = (made: FallbackLists, names: readonly string[], kind: ErrorKind) =>
  fallbacksFor(made, names, kind).entries;

const lists = (general: object, contextWindow: object = {}, contentPolicy: object = {}) => ({
  general: compileFallbacks(general as never),
  contextWindow: compileFallbacks(contextWindow as never),
  contentPolicy: compileFallbacks(contentPolicy as never),
});

describe("fallbacksFor", () => {
  it("looks up the name, then the name without its provider, then *", () => {
    const made = lists([{ a: ["b"] }, { "*": ["z"] }]);
    expect([
      entriesFor(made, ["a"], "timeout"),
      entriesFor(made, ["q"], "timeout"),
      entriesFor(made, ["openai/a"], "timeout"),
    ]).toEqual([["b"], ["z"], ["b"]]);
  });

  it("marks fallbacks of * as common", () => {
    const made = lists([{ a: ["b"] }, { "*": ["z"] }]);
    expect(fallbacksFor(made, ["a"], "timeout").common).toBe(false);
    expect(fallbacksFor(made, ["q"], "timeout").common).toBe(true);
    expect(fallbacksFor(made, ["q"], "aborted")).toEqual({ entries: [], common: false });
  });

  it("looks in the list for the kind of failure", () => {
    const made = lists({ a: ["general"] }, { a: ["large"] }, { a: ["lenient"] });
    expect(entriesFor(made, ["a"], "context_window_exceeded")).toEqual(["large"]);
    expect(entriesFor(made, ["a"], "content_policy_violation")).toEqual(["lenient"]);
    expect(entriesFor(made, ["a"], "aborted")).toEqual([]);
    expect(entriesFor(lists({ a: ["general"] }), ["a"], "content_policy_violation")).toEqual([]);
    expect(entriesFor(lists({ a: ["general"] }, { b: ["c"] }), ["a"], "context_window_exceeded")).toEqual(["general"]);
  });

  it("uses exactly one list for every kind of failure", () => {
    const made = lists({ a: ["general"] }, { a: ["large"] }, { a: ["lenient"] });
    for (const kind of Object.keys(errorKinds) as readonly ErrorKind[]) {
      const expected =
        kind === "aborted" || kind === "invalid_request"
          ? []
          : kind === "context_window_exceeded" || kind === "payload_too_large"
            ? ["large"]
            : kind === "content_policy_violation"
              ? ["lenient"]
              : ["general"];
      expect([kind, entriesFor(made, ["a"], kind)]).toEqual([kind, expected]);
    }
  });

  it("prefers the requested name to the group it resolved to, and both to *", () => {
    const made = lists([{ "*": ["z"] }, { group: ["g"] }, { alias: ["x"] }]);
    expect(entriesFor(made, ["alias", "group"], "timeout")).toEqual(["x"]);
    expect(entriesFor(made, ["other", "group"], "timeout")).toEqual(["g"]);
    expect(entriesFor(made, ["openai/group", "openai/*"], "timeout")).toEqual(["g"]);
  });
});

describe("fallbacks in a request", () => {
  const names = ["b", { model: "c", set: { seed: 1 } }] as const;

  it("are used in order if they are a list of groups, except after rejections by a content policy", () => {
    expect(requestFallbacks({ fallbacks: names }, "timeout")).toBe(names);
    expect(requestFallbacks({ fallbacks: names }, "context_window_exceeded")).toBe(names);
    expect(
      requestFallbacks({ fallbacks: names, contextWindowFallbacks: ["large"] }, "context_window_exceeded"),
    ).toEqual(["large"]);
    expect(requestFallbacks({ fallbacks: names }, "content_policy_violation")).toBeUndefined();
    expect(requestFallbacks({ contentPolicyFallbacks: ["lenient"] }, "content_policy_violation")).toEqual(["lenient"]);
    expect(requestFallbacks({ fallbacks: [] }, "timeout")).toEqual([]);
    expect(requestFallbacks({}, "timeout")).toBeUndefined();
  });

  it("replace the configured list of their kind if they are maps", () => {
    const configured = lists({ a: ["old"] }, { a: ["large"] }, { a: ["lenient"] });
    for (const fallbacks of [{ a: ["new"] }, [{ a: ["new"] }]]) {
      expect(requestFallbacks({ fallbacks }, "timeout")).toBeUndefined();
      const made = requestFallbackLists({ fallbacks }, configured);
      expect(entriesFor(made, ["a"], "timeout")).toEqual(["new"]);
      expect(entriesFor(made, ["a"], "context_window_exceeded")).toEqual(["large"]);
    }
    expect(requestFallbackLists({ fallbacks: names }, configured)).toEqual(configured);
  });
});
