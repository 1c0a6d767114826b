import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type AttemptRecord, errorKinds, RouterError, type Trail } from "../index.js";
import { createError, createProviderError } from "../kit/index.js";

describe("errors", () => {
  it("have a class, a status and a body for every kind", () => {
    for (const kind of Object.keys(errorKinds) as (keyof typeof errorKinds)[]) {
      const error = createError({ kind, message: "m" });
      expect(error.constructor.name).toBe(errorKinds[kind].className);
      // The same name as for errors of `fetch`, for code that checks `error.name`.
      expect(error.name).toBe(kind === "aborted" ? "AbortError" : errorKinds[kind].className);
      expect(error.toBody().error).toMatchObject({ message: "m", source: "router" });
    }
  });

  it("append the latest summary of the attempts to their message, and keep the reason separately", () => {
    const error = createError({ kind: "timeout", message: "No answer." });
    error.summarize("2 attempts: a x2");
    error.summarize("3 attempts: a x3");
    expect([error.message, error.reason]).toEqual(["No answer. (3 attempts: a x3)", "No answer."]);
    expect(error.stack).toMatch(/^\w+: No answer\. \(3 attempts: a x3\)\n/u);
    expect(error.toBody().error).toMatchObject({ message: "No answer.", attempts: "3 attempts: a x3" });
    const short = createError({ kind: "overloaded", message: "Overloaded" });
    short.summarize("2 attempts: a x2");
    expect(short.stack).toMatch(/^OverloadedError: Overloaded \(2 attempts: a x2\)\n/u);
  });

  it("pass a vendor's fields on to the caller, and keep them out of logs", () => {
    const vendorError = { type: null, code: "own", innererror: { code: "x" } };
    const error = createError({ kind: "bad_request", source: "provider", message: "m", vendorError });
    expect(error.toBody().error).toEqual({ message: "m", param: null, ...vendorError, source: "provider" });
    expect(JSON.stringify(error)).not.toContain("innererror");
  });

  it("carry a vendor's answer for callers of its wire, and keep it out of logs", () => {
    const vendorAnswer = { status: 418, headers: { "request-id": "req_1" }, body: '{"error":"teapot"}' };
    const error = createError({ kind: "bad_request", source: "provider", message: "m", vendorAnswer });
    expect(error.vendorAnswer).toBe(vendorAnswer);
    expect(JSON.stringify([error, error.toBody()])).not.toContain("teapot");
    expect(Object.values(error)).not.toContain(vendorAnswer);
  });

  it("show their message in JSON, but not their cause", () => {
    const error = createError({ kind: "timeout", message: "m", cause: new Error("secret") });
    expect(JSON.parse(JSON.stringify({ error }))).toMatchObject({
      error: { name: "Timeout", message: "m", status: 408 },
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("are short in a console, with one line for each attempt and without what is not set", () => {
    const attempt: AttemptRecord = {
      deploymentId: "east",
      group: "gpt-4",
      provider: "openai",
      model: "gpt-4o",
      startedAt: 0,
      durationMs: 85.6,
      outcome: "failure",
      error: { kind: "overloaded", status: 503, message: "Overloaded" },
    };
    const error = createError({ kind: "overloaded", message: "Overloaded", attempts: [attempt, attempt] });
    error.trail = { callId: "call-1", attempts: error.attempts } as unknown as Trail;
    error.summarize("2 attempts: gpt-4 x2");
    const shown = inspect(error);
    expect(shown).toMatch(/^OverloadedError: Overloaded \(2 attempts: gpt-4 x2\)\n {4}at /u);
    expect(shown.match(/gpt-4: openai\/gpt-4o \(east\), failure after 86 ms: overloaded: Overloaded/gu)).toHaveLength(
      2,
    );
    expect(shown).toContain("callId: 'call-1'");
    expect(shown).not.toMatch(/undefined|\[Object\]|startedAt/u);
    expect(inspect({ a: { b: { c: error } } }, { depth: 1 })).toBe("{ a: { b: [Object] } }");
  });

  it("show their cause in a console", () => {
    const error = createError({ kind: "timeout", message: "Late.", cause: new TypeError("inner") });
    expect(inspect({ error })).toMatch(/Timeout: Late\.[\s\S]*cause: TypeError: inner/u);
  });

  it("are recognized across copies of the package", () => {
    expect(RouterError.isInstance(createProviderError({ kind: "timeout", message: "m", provider: "p" }))).toBe(true);
    expect(RouterError.isInstance(new Error("m"))).toBe(false);
  });
});
