import { type CallOptions, RouterError } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { requestOptions, trailHeaders } from "./headers.js";

function read(headers: Readonly<Record<string, string>>): CallOptions {
  const request = {
    method: "POST",
    path: "/chat/completions",
    header: (name: string) => headers[name],
    body: async () => new Uint8Array(),
    cancellation: new Cancellation(),
  };
  const {
    cancellation: _cancellation,
    callId: _callId,
    fromClient,
    ...options
  } = requestOptions(request, "call", undefined);
  expect(fromClient).toBe(true);
  return options;
}

describe("headers of a request", () => {
  it.each([
    [{}, {}],
    [{ "x-litellm-timeout": "2.5" }, { timeoutMs: 2_500 }],
    [{ "x-litellm-stream-timeout": "3" }, { streamTimeoutMs: 3_000 }],
    [{ "x-litellm-num-retries": "0" }, { numRetries: 0 }],
    [{ "x-litellm-tags": "a, b,," }, { tags: ["a", "b"] }],
    [{ "cache-control": "no-cache" }, { cache: { noCache: true } }],
    [{ "cache-control": "No-Store, no-cache" }, { cache: { noCache: true, noStore: true } }],
    [{ "cache-control": "max-age=60" }, { cache: { maxAgeMs: 60_000 } }],
    [{ "cache-control": 's-maxage="5", max-age=60' }, { cache: { maxAgeMs: 5_000 } }],
    [{ "cache-control": "max-age=0" }, { cache: { maxAgeMs: 0 } }],
    [{ "cache-control": "no-transform, max-age=soon, only-if-cached" }, {}],
  ] as [Readonly<Record<string, string>>, CallOptions][])("%j set the options %j", (headers, options) => {
    expect(read(headers)).toEqual(options);
  });

  it("are refused if they have more than 100 tags, with the header and the bound in the message", () => {
    const tags = (count: number) => Array.from({ length: count }, (_, index) => `t${String(index)}`).join(",");
    expect(read({ "x-litellm-tags": tags(100) }).tags).toHaveLength(100);
    expect(() => read({ "x-litellm-tags": tags(101) })).toThrow(/x-litellm-tags has 101 tags, more than the 100/u);
  });

  it.each([
    ["x-litellm-timeout", "soon"],
    ["x-litellm-timeout", "0"],
    ["x-litellm-stream-timeout", "-1"],
    ["x-litellm-num-retries", "1.5"],
    ["x-litellm-num-retries", ""],
  ])("%s: %s is refused by name", (name, value) => {
    let thrown: unknown;
    try {
      read({ [name]: value });
    } catch (error) {
      thrown = error;
    }
    expect(RouterError.isInstance(thrown) && [thrown.status, thrown.param]).toEqual([400, name]);
  });
});

describe("the header that lists dropped fields", () => {
  const dropped = (droppedParams: readonly string[]): string | undefined =>
    trailHeaders({
      callId: "call",
      modelGroup: "g",
      cache: "off",
      retries: 0,
      fallbacks: 0,
      droppedParams,
    } as never)["x-modelyard-dropped"];

  it("names each path once, without indexes", () => {
    const paths = [
      "messages[0].content[2].cache_control",
      "messages[17].content[0].cache_control",
      "store",
      "tools[3]",
    ];
    expect(dropped(paths)).toBe("messages[].content[].cache_control, store, tools[]");
    expect(dropped([])).toBeUndefined();
  });

  it("ends after a whole path within 1 KB, and says that there are more", () => {
    const paths = Array.from({ length: 500 }, (_, index) => `metadata.key_${String(index)}`);
    const header = dropped(paths) ?? "";
    expect(header.length).toBeLessThanOrEqual(1_024);
    expect(header).toMatch(/, metadata\.key_\d+, \.\.\.$/u);
    expect(dropped(paths.slice(0, 40))).toBe(paths.slice(0, 40).join(", "));
  });

  it("contains only what a header may contain", () => {
    expect(dropped(["a\r\nx: y", "caf\u00E9", "x".repeat(5_000)])).toBe(`a??x: y, caf?, ${"x".repeat(256)}`);
  });
});
