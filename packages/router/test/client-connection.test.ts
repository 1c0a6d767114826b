import { type Provider, Secret } from "@modelyard/core";
import { addressNotPublic, type ClientSideParam, createProviderError, TransportError } from "@modelyard/core/kit";
import { deploymentOptions, fails, failure } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { setup, trailOf } from "./support/harness.js";

const open = (...clientSideAuthParams: readonly ClientSideParam[]) =>
  setup({
    modelList: [deploymentOptions("a", { modelName: "m", apiKey: "ours", clientSideAuthParams })],
    numRetries: 0,
  });
const called = async (harness: ReturnType<typeof open>, apiBase: string): Promise<unknown> => {
  await harness.ask({ model: "m", api_base: apiBase });
  const { connection } = harness.provider.calls.at(-1)!.call.deployment;
  return [connection.baseUrl, connection.apiKey?.reveal()];
};

const refusalOf = async (harness: ReturnType<typeof open>, body: object) => {
  const error = await failure(harness.ask({ model: "m", ...body }));
  expect(harness.provider.calls).toHaveLength(0);
  expect(error.attempts).toEqual([]);
  return [error.kind, error.status, error.param];
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
  "http://168.63.129.16/machine",
  "http://metadata.goog/computeMetadata/v1",
  "http://kubernetes.default.svc",
  "http://vault.service.consul",
  "http://localhost..",
  "https://api.example.com:22/v1",
  "http://api.example.com:25",
  "file:///etc/passwd",
  "ftp://api.example.com",
  "api.example.com",
  "",
];

describe("a base URL that a client sends", () => {
  it("is refused when it is very long, because patterns take long on long text", async () => {
    const harness = open("api_base", { apiBase: "https://x\\.example/.*" });
    for (const apiBase of [
      `https://x.example/${"/".repeat(100_000)}x`,
      `https://api.example.com/${"a".repeat(2_048)}`,
    ]) {
      const error = await failure(harness.ask({ model: "m", api_base: apiBase }));
      expect([error.kind, error.status, error.param]).toEqual(["bad_request", 400, "api_base"]);
      expect(error.message).toBe("api_base is longer than 2048 characters.");
    }
    expect(harness.provider.calls).toHaveLength(0);
  });

  it.each(inside)("is refused when it leads to an internal address: %s", async (apiBase) => {
    const harness = open("api_base");
    const error = await failure(harness.ask({ model: "m", api_base: apiBase }));
    expect([error.kind, error.status, error.param]).toEqual(["bad_request", 400, "api_base"]);
    expect(harness.provider.calls).toHaveLength(0);
  });

  it.each([
    "https://api.example.com/v1",
    "http://8.8.8.8",
    "http://172.32.0.1",
    "http://[2606:4700::1111]/v1",
    "https://10.example.com",
  ])("is called when it is public, without the deployment's API key: %s", async (apiBase) => {
    expect(await called(open("api_base"), apiBase)).toEqual([apiBase, ""]);
  });

  it.each([
    "http://user@api.example.com",
    "http://user:password@api.example.com/v1",
    "http://@api.example.com",
    "http://127.0.0.1\\@api.example.com",
    "https://api.example.com\\v1",
    "https://api.example.com/v1?",
    "https://api.example.com/v1?x=1",
    "https://api.example.com/v1#x",
    "https://api.example.com/v1\r\nx: y",
    "https://api.exa\tmple.com",
    " https://api.example.com",
    "https://api.example.com/\u0000",
    "https://api.exa\u00ADmple.com",
    "https://api.example.com/\u2028",
    "https:api.example.com",
    "https:///api.example.com",
    "https://api.example.com:99999",
  ])("is refused when it contains characters that no API address has: %j", async (apiBase) => {
    const settings = ["api_base", { apiBase: ".*" }, { apiBase: "https?://(?:.*@)?api[.]example[.]com.*" }] as const;
    expect(await refusalOf(open(...settings), { api_base: apiBase })).toEqual(["bad_request", 400, "api_base"]);
    expect(await refusalOf(open(...settings), { base_url: apiBase })).toEqual(["bad_request", 400, "api_base"]);
    const extra = { extra_body: { api_base: apiBase } };
    expect(await refusalOf(open(...settings), extra)).toEqual(["bad_request", 400, "api_base"]);
  });

  it("may be internal if the deployment allows exactly this address", async () => {
    const harness = open("api_key", { apiBase: "http://10[.]0[.]0[.]\\d+:8000/v1|https://llm[.]corp[.]internal" });
    expect(await called(harness, "http://10.0.0.7:8000/v1")).toEqual(["http://10.0.0.7:8000/v1", ""]);
    expect(await called(harness, "https://llm.corp.internal")).toEqual(["https://llm.corp.internal", ""]);
    expect(harness.provider.calls.map(({ call }) => call.deployment.connection.publicOnly)).toEqual([
      undefined,
      undefined,
    ]);
    for (const apiBase of [
      "http://10.0.0.7:8000/v1/../..",
      "https://llm.corp.internal.example.com",
      "https://api.example.com",
    ]) {
      const error = await failure(harness.ask({ model: "m", api_base: apiBase }));
      expect([error.kind, error.param]).toEqual(["bad_request", "api_base"]);
    }
    expect(harness.provider.calls).toHaveLength(2);
  });

  it.each([
    ["HTTPS://API.Example.COM:443/v1/", "https://api.example.com/v1"],
    ["https://api.example.com/v1/x/..", "https://api.example.com/v1"],
    ["https://bücher.example.com/v1", "https://xn--bcher-kva.example.com/v1"],
    ["http://0x08.8.8.8/v1", "http://8.8.8.8/v1"],
  ])("is matched and called in its parsed form: %s", async (given, parsed) => {
    expect(await called(open({ apiBase: parsed.replaceAll(".", "[.]") }), given)).toEqual([parsed, ""]);
  });

  it.each([
    ["http://[^/]+/v1", "http://10.0.0.7/v1"],
    [".*", "http://localhost:6379"],
    ["https?://[a-z]+(:[0-9]+)?/v1", "http://redis:6379/v1"],
    ["http://[0-9.]+/v1", "http://169.254.169.254/v1"],
    ["http://.*:8000/v1", "http://[::1]:8000/v1"],
  ])("must be public if the pattern leaves the host open: %s", async (apiBase, address) => {
    expect(await refusalOf(open({ apiBase }), { api_base: address })).toEqual(["bad_request", 400, "api_base"]);
  });

  it("may be any public address that a pattern with an open host covers", async () => {
    const harness = open({ apiBase: "https://[^/]+/v1" });
    expect(await called(harness, "https://api.example.com/v1")).toEqual(["https://api.example.com/v1", ""]);
    expect(harness.provider.calls.at(-1)?.call.deployment.connection.publicOnly).toBe(true);
  });

  it("is left to the connection to check, because a public host name may resolve to a private address", async () => {
    const refusing: Provider = {
      name: "openai",
      specVersion: 1,
      operations: ["chat"],
      call: (_, { deployment }) => {
        expect(deployment.connection.publicOnly).toBe(true);
        const cause = new TransportError("connect", "not public", { code: addressNotPublic });
        const message = "openai (a) could not be reached.";
        throw createProviderError({ kind: "api_connection", provider: "openai", message, cause });
      },
    };
    const harness = setup({
      providers: [refusing],
      modelList: [
        deploymentOptions("a", { modelName: "m", clientSideAuthParams: ["api_base"] }),
        deploymentOptions("b", { modelName: "b" }),
      ],
      fallbacks: { m: ["b"] },
      allowedFails: 0,
    });
    for (let count = 0; count < 10; count += 1) {
      const error = await failure(
        harness.ask({ model: "m", api_base: "https://rebound.example.com" }, { numRetries: 0 }),
      );
      expect([error.kind, error.status, error.param, error.source]).toEqual(["bad_request", 400, "api_base", "router"]);
    }
    expect(harness.types()).not.toContain("deployment_cooldown");
  });

  it("is matched against patterns that are validated when they are configured", () => {
    expect(() => open({ apiBase: "http://(" })).toThrow("clientSideAuthParams[0].apiBase");
    expect(() => open({ apiBase: "(a)\\1" })).toThrow("refers back to a group, which is not supported");
  });

  it("is matched in a short time even against a pattern with catastrophic backtracking", async () => {
    const harness = open({ apiBase: "https://(?:[a-z]+)+[.]example[.]com(?:/[a-z]*)*/v1" });
    const address = `https://${"a".repeat(60)}.example.com/${"a/".repeat(900)}`;
    expect(await refusalOf(harness, { api_base: address })).toEqual(["bad_request", 400, "api_base"]);
  });
});

describe("an API key that a client sends", () => {
  it.each([
    "sk-1\r\nx-evil: 1",
    "sk-1\nx",
    "sk-\u0000",
    "sk-\u007F",
    "sk-é",
    "sk-ключ",
    "sk-😀",
    "k".repeat(1_000_000),
  ])("is refused before anything is sent when no header can hold it (case %#)", async (api_key) => {
    expect(await refusalOf(open("api_key"), { api_key })).toEqual(["bad_request", 400, "api_key"]);
    const both = { api_key, api_base: "https://api.example.com" };
    expect(await refusalOf(open("api_key", "api_base"), both)).toEqual(["bad_request", 400, "api_key"]);
  });

  it("is refused in a fallback as well", async () => {
    const harness = setup({
      modelList: [
        deploymentOptions("a", { modelName: "a" }),
        deploymentOptions("b", { modelName: "b", clientSideAuthParams: ["api_key"] }),
      ],
    });
    harness.provider.script("a", fails("internal_server"));
    const fallbacks = [{ model: "b", api_key: "sk-1\r\nx-evil: 1" }];
    await failure(harness.ask({ model: "a", fallbacks }, { numRetries: 0 }));
    expect(harness.served()).toEqual(["a"]);
  });
});

describe("an empty API key", () => {
  it("counts as missing, so that the provider reports what it needs or sends its own key", async () => {
    for (const apiKey of ["", " ", new Secret("")]) {
      const { ask, provider } = setup({ modelList: [deploymentOptions("a", { modelName: "m", apiKey })] });
      await ask({ model: "m" });
      expect(provider.calls[0]?.call.deployment.connection.apiKey).toBeUndefined();
    }
  });
});

describe("headers of a deployment", () => {
  it.each([
    [{ apiKey: "sk-1\r\nx" }, "modelList[0].apiKey: it contains a line break."],
    [{ apiKey: new Secret("sk-\u0000") }, "modelList[0].apiKey: it contains a control character."],
    [{ apiKey: "sk-é" }, "modelList[0].apiKey: it contains a character that cannot be sent in a header."],
    [{ apiKey: "k".repeat(20_000) }, "modelList[0].apiKey: it is longer than 16384 characters."],
    [{ organization: "org\nx" }, "modelList[0].organization: it contains a line break."],
    [{ headers: { "x-team": "a\r\nb" } }, "modelList[0].headers"],
    [{ headers: { "x-team": new Secret("ключ") } }, "modelList[0].headers"],
    [{ headers: { "x team": "a" } }, "modelList[0].headers"],
  ])("are checked when they are configured (case %#)", (settings, message) => {
    expect(() => setup({ modelList: [deploymentOptions("a", settings)] })).toThrow(message);
  });

  it("may end in a line break, as values from files do, and may hold any character that HTTP allows", () => {
    const settings = { apiKey: "sk-1\n", headers: { "x-team": "Größe" } };
    expect(() => setup({ modelList: [deploymentOptions("a", settings)] })).not.toThrow();
  });
});

describe("a client's API key or base URL that no deployment allows", () => {
  const harness = (...taking: readonly (readonly ClientSideParam[])[]) =>
    setup({
      modelList: [
        ...taking.map((clientSideAuthParams, place) =>
          deploymentOptions(`m${String(place)}`, { modelName: "m", clientSideAuthParams }),
        ),
        deploymentOptions("b", { modelName: "b" }),
        deploymentOptions("c", { modelName: "c", clientSideAuthParams: ["api_key", "api_base"] }),
      ],
      fallbacks: { m: ["b", "c"] },
      defaultFallbacks: ["c"],
      retryPolicy: { BadRequestError: 3 },
    });

  it.each([{ api_key: "theirs" }, { api_base: "https://api.example.com" }, { api_key: "theirs", stream: true }])(
    "is refused at once, without an attempt, a retry or a fallback: %o",
    async (brought) => {
      const { ask, provider, events } = harness([], []);
      const error = await failure(ask({ model: "m", ...brought }));
      const param = Object.keys(brought)[0];
      expect([error.kind, error.status, error.param, error.attempts]).toEqual(["bad_request", 400, param, []]);
      expect(error.message).toContain(`${String(param)} may not be set by clients for "m"`);
      expect(error.message).not.toContain("theirs");
      expect(provider.calls).toHaveLength(0);
      expect(events.map((event) => event.type)).toEqual(["request_started", "request_failed"]);
    },
  );

  it("does not exclude another deployment of the group that allows it", async () => {
    const { ask, served } = harness([], ["api_key"], []);
    for (let count = 0; count < 6; count += 1)
      expect(trailOf(await ask({ model: "m", api_key: "theirs" })).attempts).toHaveLength(1);
    expect(new Set(served())).toEqual(new Set(["m1"]));
  });

  it("skips fallback groups in which no deployment allows it", async () => {
    const { ask, provider, served } = harness(["api_key"]);
    provider.script("m0", fails("internal_server"));
    const answer = await ask({ model: "m", api_key: "theirs" }, { numRetries: 0 });
    expect(served()).toEqual(["m0", "c"]);
    expect(trailOf(answer).attempts.map(({ deploymentId }) => deploymentId)).toEqual(["m0", "c"]);
  });

  it("is listed as the reason for each skipped deployment when the only one that allows it cannot serve", async () => {
    const { ask, provider } = harness([], ["api_key"]);
    const error = await failure(
      ask({ model: "m", api_key: "theirs" }, { allowedRegions: ["eu"], disableFallbacks: true }),
    );
    expect([error.kind, error.code]).toEqual(["bad_request", "no_deployment_fits"]);
    expect(provider.calls).toHaveLength(0);
  });
});
