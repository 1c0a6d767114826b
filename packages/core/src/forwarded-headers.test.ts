import { describe, expect, it } from "vitest";
import { answerHeaders, forwardedHeadersProblem, mayForward } from "./forwarded-headers.js";

describe("the headers of a caller that may be sent to a vendor", () => {
  it.each([
    "anthropic-beta",
    "anthropic-version",
    "openai-beta",
    "x-codex-turn-metadata",
    "x-claude-code-session-id",
    "x-author",
    "user-agent",
    "x-app",
  ])("include %s", (name) => {
    expect(mayForward(name)).toBe(true);
    expect(forwardedHeadersProblem({ [name]: "value" })).toBeUndefined();
  });

  it.each([
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "anthropic-api-key",
    "x-vendor-token",
    "x-amz-security-token",
    "openai-organization",
    "openai-project",
    "anthropic-workspace-id",
    "cookie",
    "host",
    "connection",
    "transfer-encoding",
    "content-length",
    "content-type",
    "accept-encoding",
    "te",
    "with space",
    "",
  ])("do not include %s", (name) => {
    expect(mayForward(name)).toBe(false);
    expect(forwardedHeadersProblem({ [name]: "value" })).toContain("may not be sent to a vendor");
  });

  it.each([
    ["names that are not in lower case", { "Vendor-Beta": "x" }, "lower case"],
    ["line breaks", { "vendor-beta": "a\r\nx-api-key: k" }, 'the value of "vendor-beta"'],
    ["characters beyond Latin-1", { "vendor-beta": "\u4E16" }, 'the value of "vendor-beta"'],
    ["long values", { "vendor-beta": "x".repeat(20_000) }, "longer than 16384 characters"],
    ["many headers", Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x-${index}`, "v"])), "more than 32"],
  ])("are refused with %s", (_, headers, problem) => {
    expect(forwardedHeadersProblem(headers)).toContain(problem);
  });

  it("change the answer unless they identify a session or a request", () => {
    const headers = { "vendor-beta": "b", "x-session-affinity": "s", "thread-id": "t", "x-client-request-id": "r" };
    expect(answerHeaders(headers)).toEqual({ "vendor-beta": "b" });
    expect(answerHeaders({ "session-id": "s" })).toBeUndefined();
  });
});
