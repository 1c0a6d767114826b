import { Secret } from "@modelyard/core";
import type { TransportResponse } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { vendorAnswer, vendorEvent } from "./vendor-answer.js";

const body = '{ "error": { "message": "Slow down" } }';
const key = "sk-a-key-of-forty-characters-0123456789ab";

function answered(status: number, headers: Readonly<Record<string, string>> = {}): TransportResponse {
  return { status, header: (name: string) => headers[name] } as TransportResponse;
}

describe("an error answer that can be passed on", () => {
  it("has its status, its body and the headers that clients read", () => {
    const headers = {
      "content-type": "application/json",
      "retry-after": "7",
      "x-should-retry": "false",
      "request-id": "req_1",
      "x-ratelimit-reset-tokens": "6m0s",
      "anthropic-ratelimit-input-tokens-remaining": "0",
    };
    const others = { "set-cookie": "a=b", "openai-organization": "org", "content-length": "5", server: "x" };
    expect(vendorAnswer(answered(429, { ...headers, ...others }), body, [])).toEqual({ status: 429, headers, body });
  });

  it("does not exist if its body contains a key, is too long, or is not an error", () => {
    const secrets = [undefined, new Secret(key)];
    const withKey = `{"error":{"message":"Incorrect API key provided: ${key}"}}`;
    expect(vendorAnswer(answered(401), withKey, secrets)).toBeUndefined();
    expect(vendorAnswer(answered(401), `{"error":{"message":"Bearer ${"x".repeat(40)}"}}`, [])).toBeUndefined();
    expect(vendorAnswer(answered(500), `"${"x".repeat(65_536)}"`, [])).toBeUndefined();
    expect(vendorAnswer(answered(302), body, [])).toBeUndefined();
    expect(vendorAnswer(answered(401), body, secrets)).toMatchObject({ body });
  });

  it("does not have a header that contains a key or is too long", () => {
    const headers = { "request-id": key, "x-request-id": "x".repeat(1_001), "retry-after": "1" };
    expect(vendorAnswer(answered(500, headers), body, [new Secret(key)])?.headers).toEqual({ "retry-after": "1" });
  });
});

describe("an error event that can be passed on", () => {
  it("has its data and the status of its stream, unless it contains a key or is too long", () => {
    const stream = answered(200, { "request-id": "req_1" });
    const secrets = [undefined, new Secret(key)];
    expect(vendorEvent(stream, body, secrets)).toEqual({ status: 200, headers: {}, body });
    expect(vendorEvent(stream, `{"error":{"message":"Wrong: ${key}"}}`, secrets)).toBeUndefined();
    expect(vendorEvent(stream, `"${"x".repeat(65_536)}"`, [])).toBeUndefined();
  });
});
