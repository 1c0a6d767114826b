// Error answers of vendors on their way through the gateway, to callers of the same wire and of others.
import { createGateway, toFetchHandler } from "@modelyard/gateway";
import { type Behavior, replies, startUpstream, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createRouter, openai } from "../src/index.js";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => {
  upstream.reset();
});
afterAll(() => upstream.close());

const key = "sk-the-key-of-the-deployment-0123456789";

function handler(): (path: string, body: object) => Promise<Response> {
  const deployment = (id: string) => ({
    id,
    modelName: "gpt",
    model: "openai/gpt-4o",
    apiKey: key,
    apiBase: `${upstream.url(id)}/v1`,
  });
  const modelList = ["one", "two"].map(deployment);
  const handle = toFetchHandler(createGateway(createRouter({ providers: [openai()], modelList, numRetries: 1 })));
  return (path, body) => handle(`http://gateway${path}`, { method: "POST", body: JSON.stringify(body) });
}

const responses = { model: "gpt", input: "hi" };
const chat = { model: "gpt", messages: [{ role: "user", content: "hi" }] };
const body = (message: string): string =>
  `{ "error" : {"message":${JSON.stringify(message)}, "type":"requests",\n"param":null,"code":"rate_limit_exceeded"}, "n":1.0 }`;
const limited = (message: string): Behavior => ({
  status: 429,
  body: body(message),
  headers: { "x-request-id": "req_1", "retry-after": "30", "x-ratelimit-remaining-requests": "0", "set-cookie": "a=b" },
});

describe("the error of the last attempt", () => {
  it("reaches callers of the vendor's wire byte for byte, plain and streamed", async () => {
    for (const stream of [false, true]) {
      upstream.script({}, limited("Slow down"));
      const response = await handler()("/v1/responses", { ...responses, stream });
      expect([response.status, await response.text()]).toEqual([429, body("Slow down")]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "x-request-id": "req_1",
        "retry-after": "30",
        "x-ratelimit-remaining-requests": "0",
      });
      expect(response.headers.has("set-cookie")).toBe(false);
      expect(response.headers.get("x-litellm-call-id")).not.toBe("req_1");
    }
  });

  it("is never that of an attempt that was replaced", async () => {
    upstream.script(
      {},
      { status: 500, body: body("Broken"), headers: { "x-should-retry": "false" } },
      replies("hello"),
    );
    const response = await handler()("/v1/responses", responses);
    expect(response.status).toBe(200);
    expect(response.headers.has("x-should-retry")).toBe(false);
    expect(await response.text()).not.toContain("Broken");
  });

  it("is written by the gateway if the vendor repeats a key", async () => {
    const error = { message: `Incorrect API key provided: ${key}`, code: "invalid_api_key" };
    upstream.script({}, { status: 401, body: JSON.stringify({ error }) });
    const response = await handler()("/v1/responses", responses);
    const text = await response.text();
    expect([response.status, text]).toEqual([401, expect.stringContaining("Incorrect API key provided: [key]")]);
    expect(text).not.toContain(key);
    expect(JSON.parse(text)).toMatchObject({ error: { source: "provider" } });
  });

  it("is written by the gateway for callers of chat, with the vendor's fields", async () => {
    upstream.script({}, limited("Slow down"));
    const response = await handler()("/v1/chat/completions", chat);
    expect(response.headers.get("x-request-id")).toBe(response.headers.get("x-litellm-call-id"));
    expect(await response.json()).toMatchObject({
      error: { message: "Slow down", code: "rate_limit_exceeded", source: "provider" },
    });
  });
});

describe("an error event in a stream of Responses", () => {
  const event = (data: string): string => `event: ${(JSON.parse(data) as { type: string }).type}\ndata: ${data}\n\n`;
  const begun = [
    `{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","model":"gpt-4o","status":"in_progress","output":[]}}`,
    `{"type":"response.output_text.delta","sequence_number":1,"item_id":"i","output_index":0,"content_index":0,"delta":"Hel"}`,
  ];
  const stream = (...last: readonly string[]): Behavior => ({
    status: 200,
    headers: { "content-type": "text/event-stream", "x-request-id": "req_5" },
    body: [...begun, ...last].map(event).join(""),
  });
  const ask = async (behavior: Behavior): Promise<Response> => {
    upstream.script({}, behavior);
    return handler()("/v1/responses", { ...responses, stream: true });
  };

  it("reaches the caller as the vendor sent it, with the vendor's id of the call in the head", async () => {
    const error = `{ "type":"error", "sequence_number":2,"code":"server_error","message":"Broken \\u0041", "param":null,"n":1.0}`;
    const response = await ask(stream(error));
    const text = await response.text();
    const [, after = ""] = text.split(`event: error\ndata: ${error}\n\n`);
    // Some clients only read the second event.
    expect(after).toMatch(/^event: response\.failed\ndata: \{[^\n]*"sequence_number":3[^\n]*\}\n\n$/u);
    expect(response.headers.get("x-request-id")).toBe("req_5");
  });

  it("is written by the gateway if it contains a key, or if the stream just ends", async () => {
    const leak = JSON.stringify({ type: "error", sequence_number: 2, code: "server_error", message: `Bad key ${key}` });
    for (const behavior of [stream(leak), stream()]) {
      const text = await (await ask(behavior)).text();
      expect(text).not.toContain(key);
      expect(text).toContain("event: response.failed");
    }
  });
});
