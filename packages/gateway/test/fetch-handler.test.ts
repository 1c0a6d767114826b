import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import {
  deploymentOptions,
  failure,
  hangs,
  scriptedProvider,
  type ScriptedProvider,
  streams,
  turnsUntil,
} from "@modelyard/testing";
import OpenAI, { APIConnectionTimeoutError, APIUserAbortError } from "openai";
import { describe, expect, it } from "vitest";
import type { GatewayResponse } from "../src/http.js";
import { createGateway, toFetchHandler } from "../src/index.js";

type Handler = ReturnType<typeof toFetchHandler>;

interface Harness {
  readonly provider: ScriptedProvider;
  readonly handler: Handler;
  /** Calls the router in process. */
  readonly sdk: OpenAI;
}

const url = "http://gateway/v1/chat/completions";
const hello = { model: "gpt-4", messages: [{ role: "user" as const, content: "hi" }] };

function setup(behavior: Parameters<ScriptedProvider["script"]>[1] = hangs(), own?: () => GatewayResponse): Harness {
  const provider = scriptedProvider({ clock: systemClock });
  provider.script("a", behavior);
  const router = createRouter({ providers: [provider], numRetries: 0, modelList: [deploymentOptions("a")] });
  const routes = own === undefined ? [] : [{ method: "GET", path: "/own", open: true, handle: own } as const];
  const handler = toFetchHandler(createGateway(router, { routes }));
  const sdk = new OpenAI({ apiKey: "none", baseURL: "http://gateway/v1", fetch: handler, maxRetries: 0 });
  return { provider, handler, sdk };
}

describe("the handler as the fetch option of an SDK", () => {
  it("rejects as fetch does when the caller aborts", async () => {
    const { provider, sdk } = setup();
    const controller = new AbortController();
    const call = sdk.chat.completions.create(hello, { signal: controller.signal });
    const thrown = failure<unknown>(call);
    await turnsUntil(() => provider.calls.length > 0);
    controller.abort();
    expect(await thrown).toBeInstanceOf(APIUserAbortError);
    expect(provider.calls[0]?.cancelledAt).toBeDefined();
  });

  it("rejects as fetch does when the SDK times out", async () => {
    const { sdk } = setup();
    await expect(sdk.chat.completions.create(hello, { timeout: 20 })).rejects.toBeInstanceOf(APIConnectionTimeoutError);
  });

  it("fails a stream with the caller's reason, as fetch does", async () => {
    const { handler } = setup(streams(["one ", "two"], { gapMs: 60_000 }));
    const controller = new AbortController();
    const body = JSON.stringify({ ...hello, stream: true });
    const response = await handler(url, { method: "POST", body, signal: controller.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    const rest = (async () => {
      while ((await reader?.read())?.done === false);
    })();
    const thrown = failure<unknown>(rest);
    controller.abort("enough");
    expect(await thrown).toBe("enough");
  });
});

describe("a request whose body never arrives", () => {
  const body = (): ReadableStream => new ReadableStream<Uint8Array>({ cancel: () => Promise.reject(new Error("no")) });
  const init = (signal: AbortSignal): RequestInit =>
    ({ method: "POST", body: body(), duplex: "half", signal }) as RequestInit;

  it("ends when its caller aborts", async () => {
    const controller = new AbortController();
    const thrown = failure<unknown>(setup().handler(url, init(controller.signal)));
    controller.abort("enough");
    expect(await thrown).toBe("enough");
  });

  it("ends with a 499 when the client of its server leaves", async () => {
    const controller = new AbortController();
    const answer = setup().handler(new Request(url, init(controller.signal)));
    controller.abort();
    expect((await answer).status).toBe(499);
  });
});

describe("the handler behind a host", () => {
  it("ignores what the host passes besides the request", async () => {
    const environment = { mode: "production", cache: {}, redirect: "https://elsewhere.test" } as unknown as RequestInit;
    const response = await setup().handler(new Request("http://gateway/health/liveness"), environment);
    expect(response.status).toBe(200);
  });

  it.each([204, 205, 304])("answers %i without a body, even if a route returns one", async (status) => {
    const { handler } = setup(hangs(), () => ({ status, headers: {}, body: "" }));
    const response = await handler("http://gateway/own");
    expect([response.status, response.body]).toEqual([status, null]);
  });

  it("releases a stream when only its head was requested", async () => {
    let released = false;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => {
        released = true;
      },
    });
    const { handler } = setup(hangs(), () => ({ status: 200, headers: {}, body }));
    const response = await handler("http://gateway/own", { method: "HEAD" });
    expect([response.status, response.body, released]).toEqual([200, null, true]);
  });
});
