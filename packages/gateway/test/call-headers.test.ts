import type { Cache } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, fails, hangs, scriptedProvider, streams, VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";

describe("the headers of a call", () => {
  const hello = { model: "gpt-4", messages: [{ role: "user", content: "hi" }] };
  const build = () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    const kept = new Map<string, string>();
    const responseCache: Cache = {
      name: "map",
      get: async (key) => kept.get(key),
      set: async (key, value) => {
        kept.set(key, value);
      },
      delete: async (key) => {
        kept.delete(key);
      },
      close: async () => undefined,
    };
    const modelList = [deploymentOptions("a")];
    const random = { next: () => 0, id: () => "id" };
    const router = createRouter({ providers: [provider], clock, random, modelList, responseCache });
    const handle = toFetchHandler(createGateway(router));
    const send = (body: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
      clock.until(
        handle("http://gateway/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify({ ...hello, ...body }),
        }),
      );
    return { clock, provider, send };
  };

  it("lowers options of a client to what the operator allows, and reports it in a header", async () => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    const router = createRouter({
      providers: [provider],
      clock,
      numRetries: 1,
      modelList: [deploymentOptions("a")],
    });
    const handle = toFetchHandler(createGateway(router));
    const ask = (body: object, headers: Record<string, string>) =>
      clock.until(
        handle("http://localhost/v1/chat/completions", {
          method: "POST",
          headers,
          body: JSON.stringify({ model: "gpt-4", messages: [], ...body }),
        }),
      );
    for (const [body, headers] of [
      [{ num_retries: 9 }, {}],
      [{}, { "x-litellm-num-retries": "9" }],
    ] as const) {
      provider.script("a", fails("internal_server"));
      const before = provider.calls.length;
      const answer = await ask(body, headers);
      expect([answer.status, provider.calls.length - before]).toEqual([500, 2]);
      expect(answer.headers.get("x-modelyard-capped")).toBe("num_retries");
      expect(answer.headers.get("x-litellm-attempted-retries")).toBe("1");
    }
    provider.script("a");
    expect((await ask({ num_retries: 1 }, {})).headers.get("x-modelyard-capped")).toBeNull();
  });

  it("lets headers win over the body", async () => {
    const { clock, provider, send } = build();
    provider.script("a", fails("internal_server"));
    expect((await send({ num_retries: 4 }, { "x-litellm-num-retries": "1" })).status).toBe(500);
    expect(provider.calls).toHaveLength(2);
    provider.script("a", hangs());
    const began = clock.now();
    const late = await send({ timeout: 50, num_retries: 0 }, { "x-litellm-timeout": "2" });
    expect([late.status, clock.now() - began]).toEqual([408, 2_000]);
    await send({ stream: true, num_retries: 0 }, { "x-litellm-stream-timeout": "3" });
    expect(clock.now() - began).toBe(5_000);
  });

  it("reports in headers what the cache did", async () => {
    const { provider, send } = build();
    const shown = async (response: Promise<Response>) => {
      const { headers } = await response;
      return [headers.get("x-modelyard-cache"), headers.has("x-litellm-cache-key")];
    };
    expect(await shown(send())).toEqual(["miss", false]);
    expect(await shown(send())).toEqual(["hit", true]);
    expect(await shown(send({}, { "cache-control": "no-cache" }))).toEqual(["miss", false]);
    expect(await shown(send({ cache: { namespace: "n" } }, { "cache-control": "no-store" }))).toEqual(["miss", false]);
    expect(await shown(send({ cache: { namespace: "n" } }))).toEqual(["miss", false]);
    expect(await shown(send({ caching: false }))).toEqual([null, false]);
    expect(provider.calls).toHaveLength(5);
  });

  it("replays a cached stream byte for byte", async () => {
    const { provider, send } = build();
    const live = await (await send({ stream: true })).text();
    const again = await send({ stream: true });
    expect(again.headers.get("x-modelyard-cache")).toBe("hit");
    expect(await again.text()).toBe(live);
    expect(live.match(/^data: /gmu)?.length).toBeGreaterThan(2);
    expect(live.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(provider.calls).toHaveLength(1);
  });
});

describe("a stream that another deployment continued", () => {
  it.each([
    ["from its beginning", deploymentOptions("b", { continuation: {} }), "prefix"],
    ["in words", deploymentOptions("b"), "instruct"],
  ])("has a comment before its end mark that says so, if it was continued %s", async (_, second, way) => {
    const clock = new VirtualClock();
    const provider = scriptedProvider({ clock });
    provider.script("a", streams(["once ", "upon "], { failAfter: 2 }));
    provider.script("b", streams(["a time"]));
    const engine = createRouter({
      providers: [provider],
      clock,
      modelList: [deploymentOptions("a", { order: 1 }), { ...second, order: 2 }],
      midStreamFallback: { continue: true, instruct: true },
    });
    const body = JSON.stringify({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "tell" }] });
    const handler = toFetchHandler(createGateway(engine));
    const response = await handler(new Request("http://localhost/v1/chat/completions", { method: "POST", body }));
    const text = await response.text();
    expect(text.endsWith(`\n\n: x-modelyard-continued: ${way} b\n\ndata: [DONE]\n\n`)).toBe(true);
  });
});
