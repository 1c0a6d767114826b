import { fails, failure, type ScriptedProvider } from "@modelyard/testing";
import type { VendorAnswer } from "@modelyard/core/kit";
import { describe, expect, it } from "vitest";
import { adapterNames, adapters, post, type ServedGateway } from "./support/adapters.js";
import { threeGroups } from "./support/three-groups.js";
import Anthropic, { InternalServerError } from "@anthropic-ai/sdk";

const hi = [{ role: "user", content: "hi" }];
const bodies: Readonly<Record<string, object>> = {
  "/v1/chat/completions": { model: "other", messages: hi, num_retries: 0 },
  "/v1/responses": { model: "other", input: "hi", num_retries: 0 },
  "/v1/messages": { model: "other", max_tokens: 10, messages: hi, num_retries: 0 },
};
const inMessages =
  '{ "type":"error",\n"error" : {"type":"overloaded_error","message":"Overloaded", "n":1.0},"request_id":"req_1" }';
const inResponses =
  '{ "error" : {"message":"Slow \\u0064own","type":"requests","param":null,"code":"slow_down"}, "n":1.0 }';

const answered = (body: string, headers: Record<string, string> = {}, status = 529): VendorAnswer => ({
  status,
  headers,
  body,
});

describe.each(adapterNames)("an error of a vendor over %s", (name) => {
  const serve = async (): Promise<ServedGateway & { readonly provider: ScriptedProvider }> => {
    const { provider, gateway } = threeGroups();
    return { provider, ...(await adapters[name](gateway)) };
  };
  const ask = async (path: string, vendorAnswer: VendorAnswer, retryAfterMs?: number): Promise<Response> => {
    const { send, provider } = await serve();
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    provider.script("*", fails("overloaded", { vendorAnswer, ...wait }));
    return send(path, post(bodies[path]));
  };

  it("is passed on unchanged to callers of its wire, with the headers that say who served", async () => {
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "request-id": "req_1",
      "retry-after": "7",
      "x-should-retry": "true",
      "anthropic-ratelimit-requests-remaining": "0",
    };
    const response = await ask("/v1/messages", answered(inMessages, headers));
    expect([response.status, await response.text()]).toEqual([529, inMessages]);
    expect(Object.fromEntries(response.headers)).toMatchObject({ ...headers, "x-litellm-model-id": "b" });
  });

  it("is passed on to callers of Responses, with a 503 for the status 529 that they do not know", async () => {
    const limited = await ask("/v1/responses", answered(inResponses, { "x-request-id": "req_2" }, 429));
    expect([limited.status, await limited.text()]).toEqual([429, inResponses]);
    expect(limited.headers.get("x-request-id")).toBe("req_2");
    expect(limited.headers.get("content-type")).toBe("application/json");
    expect(limited.headers.get("retry-after")).toBe("5");
    const overloaded = await ask("/v1/responses", answered(inResponses));
    expect([overloaded.status, await overloaded.text()]).toEqual([503, inResponses]);
  });

  it("is sent as JSON even if the vendor calls it something else", async () => {
    for (const [type, sent] of [
      ["text/html", "application/json"],
      ["application/problem+json; charset=utf-8", "application/problem+json; charset=utf-8"],
    ] as const) {
      const response = await ask("/v1/messages", answered(inMessages, { "content-type": type }));
      expect([response.headers.get("content-type"), await response.text()]).toEqual([sent, inMessages]);
    }
  });

  it("has the wait that its text asked for in a header", async () => {
    const response = await ask("/v1/responses", answered(inResponses, {}, 429), 1_200);
    expect([response.headers.get("retry-after"), response.headers.get("retry-after-ms")]).toEqual(["2", "1200"]);
  });

  it.each([
    ["/v1/messages", "<html>Bad gateway</html>"],
    ["/v1/messages", inResponses],
    ["/v1/messages", '{"type":"error","error":{"message":"no type"}}'],
    ["/v1/messages", '{"type":"error","error":"text"}'],
    ["/v1/responses", "[]"],
    ["/v1/responses", '{"error":"text"}'],
    ["/v1/responses", ""],
    ["/v1/chat/completions", inResponses],
  ])("is written by the gateway at %s if the vendor sent %s", async (path, body) => {
    const response = await ask(path, answered(body, { "request-id": "req_3" }));
    const text = await response.text();
    expect(text).toContain("scripted overloaded");
    expect(response.headers.get("request-id")).not.toBe("req_3");
  });

  it("is the one that the SDK's own class describes", async () => {
    const { send, provider } = await serve();
    provider.script("*", fails("overloaded", { vendorAnswer: answered(inMessages, { "request-id": "req_1" }) }));
    const sdk = new Anthropic({
      apiKey: "x",
      baseURL: "http://gateway.test",
      maxRetries: 0,
      fetch: (input, init) => send(new URL(input instanceof Request ? input.url : input).pathname, init),
    });
    const request = { model: "other", max_tokens: 10, messages: [{ role: "user" as const, content: "hi" }] };
    const thrown = await failure<InternalServerError>(sdk.messages.create(request));
    expect(thrown).toBeInstanceOf(InternalServerError);
    expect([thrown.status, thrown.type, thrown.requestID]).toEqual([529, "overloaded_error", "req_1"]);
  });
});
