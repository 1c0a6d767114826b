import { Secret } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { failures } from "../test/support/failures.js";
import { toProviderError } from "./to-provider-error.js";

const key = new Secret("sk-ant-api03-canary-0123456789");

function errorOf(status: number | undefined, body: string, headers: Readonly<Record<string, string>> = {}) {
  return toProviderError({
    status,
    header: (name) => headers[name],
    body,
    provider: "anthropic",
    deploymentId: "d",
    secrets: [key],
    now: 0,
  });
}

describe("toProviderError", () => {
  it.each(failures)("recognizes $name: $kind", ({ status, headers, body, kind, shown, waitMs }) => {
    const error = errorOf(status, body, headers);
    expect(error).toMatchObject({ kind, status: shown, source: "provider", provider: "anthropic", deploymentId: "d" });
    expect(error.upstream?.status).toBe(status);
    const seconds = headers?.["retry-after"];
    expect(error.retryAfterMs).toBe(seconds === undefined ? waitMs : Number(seconds) * 1000);
  });

  it("keeps the original's type, code and request id", () => {
    const { body } = failures.find(({ name }) => name === "a spend limit")!;
    expect(errorOf(429, body).upstream).toEqual({
      status: 429,
      type: "rate_limit_error",
      code: "enforced_spend_limit_reached",
      requestId: "req_011CUB2XUHWkFnQzxcKBbjpF",
    });
    expect(errorOf(500, "", { "request-id": "req_2" }).upstream).toEqual({ status: 500, requestId: "req_2" });
  });

  it.each([key.reveal(), encodeURIComponent(key.reveal()), btoa(key.reveal()), key.reveal().slice(0, 14)])(
    "never shows the key, as %s",
    (form) => {
      const body = JSON.stringify({
        type: "error",
        error: { type: form, message: `bad ${form}`, details: { error_code: form } },
        request_id: form,
      });
      const error = errorOf(401, body);
      expect(JSON.stringify([error.message, error.upstream, error.toBody()])).not.toContain(form.slice(0, 10));
    },
  );
});
