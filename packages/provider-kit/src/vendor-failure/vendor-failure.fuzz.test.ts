import { errorKinds, RouterError, Secret } from "@modelyard/core";
import { recordedFailures } from "@modelyard/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { failureKind, readFailure, toVendorError } from "./index.js";

const key = "fake-key-0123456789";
const now = Date.UTC(2026, 0, 1);

function errorOf(status: number | undefined, body: string, headers: Readonly<Record<string, string>>): RouterError {
  const words = readFailure(body, now);
  const call = {
    status,
    header: (name: string) => headers[name],
    body,
    provider: "host",
    deploymentId: "d",
    secrets: [new Secret(key)],
    now,
  };
  return toVendorError(call, { kind: failureKind(status, words), words, requestIdHeaders: ["x-request-id"] });
}

/** Expects what is true of every error, whatever the vendor sent. */
function check(error: RouterError): void {
  expect(RouterError.isInstance(error)).toBe(true);
  expect(error.source).toBe("provider");
  expect(errorKinds[error.kind].blame).not.toMatch(/router|caller/u);
  expect(error.status >= 400 && error.status <= 599).toBe(true);
  expect(error.message.length).toBeLessThan(2_200);
  const texts = [error.code, error.param, error.upstream?.code, error.upstream?.type, error.upstream?.requestId];
  for (const text of texts) expect((text ?? "").length).toBeLessThanOrEqual(202);
  for (const text of [error.message, ...texts]) {
    expect(text ?? "").not.toContain(key.slice(0, 8));
    expect(text ?? "").not.toMatch(/(?![\n\t])\p{Cc}/u);
  }
  const wait = error.retryAfterMs;
  expect(wait === undefined || (wait >= 0 && wait <= 86_400_000)).toBe(true);
}

const odd = fc.constantFrom<unknown>(
  null,
  true,
  0,
  -1,
  1e21,
  1e300,
  429,
  "429",
  "",
  "x",
  key,
  "\u0000\u001B[2J",
  "1s",
  "999999999999h",
  "{",
  "[]",
  '{"error":{"message":"inner"}}',
  "Please try again in 1e9s",
  "limit: 0",
  "Limit 1, Requested 2",
  [],
  {},
  [[]],
  "<title>",
  "__proto__",
  "PerDay",
  Number.MAX_SAFE_INTEGER,
);
const field = fc.constantFrom(
  "error",
  "message",
  "code",
  "type",
  "param",
  "status",
  "detail",
  "details",
  "errors",
  "metadata",
  "raw",
  "headers",
  "loc",
  "msg",
  "innererror",
  "retryDelay",
  "violations",
  "quotaId",
  "retry_after",
  "estimated_time",
  "base_resp",
  "status_code",
  "request_id",
  "provider_name",
  "__proto__",
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    odd,
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.array(fc.tuple(field, tie("tree")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as unknown),
  ),
}));
const status = fc.constantFrom(
  undefined,
  200,
  204,
  300,
  400,
  401,
  402,
  403,
  404,
  412,
  413,
  418,
  422,
  429,
  451,
  498,
  500,
  503,
  522,
  529,
  599,
  999,
);
const value = fc.constantFrom(
  "",
  "0",
  "-1",
  "1e3",
  "9".repeat(400),
  "Infinity",
  "NaN",
  "6m0s",
  "2026-01-01T00:00:09Z",
  key,
  "x".repeat(20_000),
  "1, 2",
);
const headers = fc.dictionary(
  fc.constantFrom(
    "retry-after",
    "retry-after-ms",
    "x-request-id",
    "x-ratelimit-reset",
    "x-ratelimit-remaining",
    "ratelimit-reset",
    "anthropic-ratelimit-tokens-reset",
  ),
  value,
);

describe("readFailure and toVendorError", () => {
  it("turn any JSON, with any status and headers, into a bounded provider error", () => {
    fc.assert(
      fc.property(status, tree, headers, (code, body, head) => {
        check(errorOf(code, JSON.stringify(body), head));
      }),
      { numRuns: 1_000 },
    );
  });

  it("turn recorded bodies that are cut, doubled or damaged into a bounded provider error", () => {
    const bodies = recordedFailures.map(({ body }) => body);
    fc.assert(
      fc.property(
        fc.constantFrom(...bodies),
        fc.nat(),
        fc.nat(),
        fc.string(),
        status,
        (body, from, length, insert, code) => {
          const at = from % (body.length + 1);
          check(errorOf(code, body.slice(0, at) + insert + body.slice(at + (length % 20)), {}));
          check(errorOf(code, body.slice(0, at), {}));
          check(errorOf(code, body + body, {}));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["nested a million deep", "[".repeat(1_000_000)],
    ["nested a million deep, and closed", "[".repeat(400_000) + "]".repeat(400_000)],
    ["an object nested deep", '{"error":'.repeat(50_000) + "1" + "}".repeat(50_000)],
    ["a message nested deep", `{"error":{"message":${'{"message":'.repeat(50_000)}1${"}".repeat(50_000)}}}`],
    ["twenty megabytes", `{"error":{"message":"${"x".repeat(20_000_000)}"}}`],
    ["a page without end", `<html><title>${"<".repeat(1_000_000)}`],
    ["many fields", `{"error":{${Array.from({ length: 50_000 }, (_, index) => `"f${String(index)}":1`).join(",")}}}`],
    ["many problems", `{"detail":[${'{"loc":["body"],"msg":"m"},'.repeat(30_000)}1]}`],
  ])("take bounded time for a body that is %s", (_, body) => {
    for (const code of [undefined, 400, 429, 500]) {
      const error = errorOf(code, body, {});
      check(error);
      expect(error.upstream?.status).toBe(code);
    }
  });
});
