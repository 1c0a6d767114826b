import type { ClientSideParam } from "@modelyard/core";
import { fails } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { failure, one, setup, trailOf } from "./test/house.js";

const open = (...clientSideAuthParams: readonly ClientSideParam[]) =>
  setup({ modelList: [one("a", { modelName: "m", apiKey: "ours", clientSideAuthParams })], numRetries: 0 });
const called = async (house: ReturnType<typeof open>, apiBase: string): Promise<unknown> => {
  await house.ask({ model: "m", api_base: apiBase });
  const { connection } = house.provider.calls.at(-1)!.call.deployment;
  return [connection.baseUrl, connection.apiKey?.reveal()];
};

const inside = [
  "http://localhost:6379",
  "http://api.localhost",
  "http://LOCALHOST./v1",
  "http://redis",
  "http://redis.svc.cluster.local",
  "http://metadata.google.internal/v1",
  "http://127.0.0.1",
  "http://127.1",
  "http://0x7f.1",
  "http://2130706433",
  "http://017700000001",
  "http://0.0.0.0",
  "http://10.1.2.3",
  "http://172.16.0.1",
  "http://172.31.9.9",
  "http://192.168.1.1",
  "http://169.254.169.254/latest",
  "http://100.64.0.1",
  "http://198.18.0.1",
  "http://224.0.0.1",
  "http://255.255.255.255",
  "http://[::1]:80",
  "http://[::]",
  "http://[::ffff:10.0.0.1]",
  "http://[fe80::1]",
  "http://[fd00::1]",
  "http://[64:ff9b::a00:1]",
  "http://[2002:a00:1::1]",
  "http://[2001::1]",
  "http://user@127.0.0.1",
  "http://api.example.com@10.0.0.1",
  "file:///etc/passwd",
  "ftp://api.example.com",
  "api.example.com",
  "",
];

describe("an address that a client brings", () => {
  it("is refused when it is long: patterns take their time over such ones", async () => {
    const house = open("api_base", { apiBase: "https://x\\.example/.*" });
    for (const apiBase of [
      `https://x.example/${"/".repeat(100_000)}x`,
      `https://api.example.com/${"a".repeat(2_048)}`,
    ]) {
      const before = performance.now();
      const error = await failure(house.ask({ model: "m", api_base: apiBase }));
      expect([error.kind, error.status, error.param]).toEqual(["bad_request", 400, "api_base"]);
      expect(performance.now() - before).toBeLessThan(1_000);
    }
    expect(house.provider.calls).toHaveLength(0);
  });

  it.each(inside)("is refused when it leads inside: %s", async (apiBase) => {
    const house = open("api_base");
    const error = await failure(house.ask({ model: "m", api_base: apiBase }));
    expect([error.kind, error.status, error.param]).toEqual(["bad_request", 400, "api_base"]);
    expect(house.provider.calls).toHaveLength(0);
  });

  it.each([
    "https://api.example.com/v1",
    "http://8.8.8.8",
    "http://172.32.0.1",
    "http://[2606:4700::1111]/v1",
    "https://10.example.com",
  ])("is called when it is public, without a key of ours: %s", async (apiBase) => {
    expect(await called(open("api_base"), apiBase)).toEqual([apiBase, ""]);
  });

  it("may lead inside where the deployment names it, from its first to its last character", async () => {
    const house = open("api_key", { apiBase: "http://10[.]0[.]0[.]\\d+:8000/v1|https://llm[.]corp[.]internal" });
    expect(await called(house, "http://10.0.0.7:8000/v1")).toEqual(["http://10.0.0.7:8000/v1", ""]);
    expect(await called(house, "https://llm.corp.internal")).toEqual(["https://llm.corp.internal", ""]);
    for (const apiBase of [
      "http://10.0.0.7:8000/v1/../..",
      "https://llm.corp.internal.example.com",
      "https://api.example.com",
    ]) {
      const error = await failure(house.ask({ model: "m", api_base: apiBase }));
      expect([error.kind, error.param]).toEqual(["bad_request", "api_base"]);
    }
    expect(house.provider.calls).toHaveLength(2);
  });

  it("is matched by patterns that are checked when they are configured", () => {
    expect(() => open({ apiBase: "http://(" })).toThrow("modelList[0].clientSideAuthParams");
  });
});

describe("a key or an address that nobody takes", () => {
  const house = (...taking: readonly (readonly ClientSideParam[])[]) =>
    setup({
      modelList: [
        ...taking.map((clientSideAuthParams, place) =>
          one(`m${String(place)}`, { modelName: "m", clientSideAuthParams }),
        ),
        one("b", { modelName: "b" }),
        one("c", { modelName: "c", clientSideAuthParams: ["api_key", "api_base"] }),
      ],
      fallbacks: { m: ["b", "c"] },
      defaultFallbacks: ["c"],
      retryPolicy: { BadRequestError: 3 },
    });

  it.each([{ api_key: "theirs" }, { api_base: "https://api.example.com" }, { api_key: "theirs", stream: true }])(
    "is refused at once: no attempt, no retry, no fallback (%o)",
    async (brought) => {
      const { ask, provider, events } = house([], []);
      const error = await failure(ask({ model: "m", ...brought }));
      const param = Object.keys(brought)[0];
      expect([error.kind, error.status, error.param, error.attempts]).toEqual(["bad_request", 400, param, []]);
      expect(error.message).toContain(`${String(param)} may not be set by clients for "m"`);
      expect(error.message).not.toContain("theirs");
      expect(provider.calls).toHaveLength(0);
      expect(events.map((event) => event.type)).toEqual(["request_started", "request_failed"]);
    },
  );

  it("does not keep a sibling that takes it from serving", async () => {
    const { ask, served } = house([], ["api_key"], []);
    for (let count = 0; count < 6; count += 1)
      expect(trailOf(await ask({ model: "m", api_key: "theirs" })).attempts).toHaveLength(1);
    expect(new Set(served())).toEqual(new Set(["m1"]));
  });

  it("passes by the groups of the chain where nobody takes it", async () => {
    const { ask, provider, served } = house(["api_key"]);
    provider.script("m0", fails("internal_server"));
    const answer = await ask({ model: "m", api_key: "theirs" }, { numRetries: 0 });
    expect(served()).toEqual(["m0", "c"]);
    expect(trailOf(answer).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["m0", "c"]);
  });

  it("is told of those who are left out when the one that takes it cannot serve", async () => {
    const { ask, provider } = house([], ["api_key"]);
    const error = await failure(
      ask({ model: "m", api_key: "theirs" }, { allowedRegions: ["eu"], disableFallbacks: true }),
    );
    expect([error.kind, error.code]).toEqual(["bad_request", "no_deployment_fits"]);
    expect(provider.calls).toHaveLength(0);
  });
});
