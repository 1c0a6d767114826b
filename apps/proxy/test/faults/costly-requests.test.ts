import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Proxy, quiet, startProxy } from "./proxy.js";

const path = "/v1/chat/completions";
const hello = '"messages":[{"role":"user","content":"hi"}]';
const list = (count: number, item: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => item(index)).join(",");

let proxy: Proxy;
beforeAll(async () => {
  proxy = await startProxy();
  const deployment = { model: "openai/gpt-4", apiKey: "sk-canary", apiBase: `${proxy.upstream.url("a")}/v1` };
  const modelList = [
    { ...deployment, id: "a", modelName: "gpt" },
    // A pattern: every name that matches it is a separate group.
    { ...deployment, id: "w", modelName: "w-*", model: "openai/*" },
  ];
  proxy.router.update({ config: { modelList, numRetries: 0 } });
});
afterAll(() => proxy.close());

const send = (fields: string): Promise<Response> =>
  fetch(proxy.origin + path, { method: "POST", body: `{"model":"gpt",${fields}}` });

describe("a request that asks for excessive work", () => {
  it.each([
    [
      "4000 fallbacks below a pattern",
      `${hello},"mock_testing_fallbacks":true,"fallbacks":[${list(4_000, (at) => `"w-f${String(at)}"`)}]`,
      "fallbacks",
    ],
    [
      "200000 fallbacks for prompts that are too long",
      `${hello},"context_window_fallbacks":[${list(200_000, (at) => `"w-${String(at)}"`)}]`,
      "context_window_fallbacks",
    ],
    ["maps of fallbacks", `${hello},"fallbacks":[{${list(9_000, (at) => `"g${String(at)}":["w-1"]`)}}]`, "fallbacks"],
    ["a million tags", `${hello},"tags":[${list(1_000_000, (at) => `"t${String(at)}"`)}]`, "tags"],
    ["retries without end", `${hello},"num_retries":1e308`, "num_retries"],
    ["fallbacks without end", `${hello},"max_fallbacks":1e9`, "max_fallbacks"],
    ["a million keys", `${hello},${list(1_000_000, (at) => `"k${String(at)}":1`)}`, "more than 1000 keys"],
    ["a million empty keys", `${hello},${list(1_000_000, (at) => `"k${String(at)}":null`)}`, "more than 1000 keys"],
    [
      "a million keys of metadata",
      `${hello},"metadata":{${list(1_000_000, (at) => `"k${String(at)}":"1"`)}}`,
      "more than 10000 keys",
    ],
    ["five million levels", `${hello},"x":${"[".repeat(5_000_000)}${"]".repeat(5_000_000)}`, "more than 200 levels"],
    ["a million messages", `"messages":[${list(1_000_000, () => "{}")}]`, "more than 500000 objects"],
  ])("gets a 400 that names the field or the limit: %s", async (_, fields, named) => {
    const response = await send(fields);
    const { error } = (await response.json()) as { error: { message: string; type: string } };
    expect([response.status, error.type]).toEqual([400, "invalid_request_error"]);
    expect(error.message).toContain(named);
    expect(proxy.upstream.calls).toHaveLength(0);
    expect(quiet(proxy.router)).toBe(true);
  });

  it("leaves no state behind in the proxy", async () => {
    expect((await send(hello)).status).toBe(200);
    proxy.upstream.reset();
  });
});
