import type { TransportRequest } from "@modelyard/core";
import { describe, expect, it } from "vitest";
import { requestHead } from "./request-head.js";

const request = (more: Partial<TransportRequest>): TransportRequest => ({
  method: "POST",
  origin: "http://host",
  path: "/v1?a=b",
  headers: {},
  ...more,
});

describe("requestHead", () => {
  it("writes what the caller says, and what HTTP needs once", () => {
    const headers = { authorization: "Bearer k", "content-length": "999", host: "other", connection: "close" };
    expect(requestHead(request({ headers }), "host:1", 7)).toBe(
      "POST /v1?a=b HTTP/1.1\r\nhost: host:1\r\nconnection: keep-alive\r\nauthorization: Bearer k\r\ncontent-length: 7\r\n\r\n",
    );
  });

  it.each([
    ["a header's value", { headers: { "x-a": "one\r\nx-b: two" } }],
    ["a header's name", { headers: { "x-a\r\nx-b": "two" } }],
    ["a value with characters that are no bytes", { headers: { "x-a": "€" } }],
    ["a path", { path: "/a HTTP/1.1\r\nx: y" }],
    ["a path that is none", { path: "a" }],
  ])("sends nothing that breaks out of its line: %s", (_, more) => {
    expect(() => requestHead(request(more), "host", undefined)).toThrow("cannot be sent");
  });

  it("shows no value in its refusal", () => {
    const headers = { "x-a": "sk-canary\n" };
    let message = "";
    try {
      requestHead(request({ headers }), "host", undefined);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("x-a");
    expect(message).not.toContain("canary");
  });
});
