import dns from "node:dns";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { breaks, type Upstream } from "@modelyard/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Opened, type WholeProxy } from "./whole-proxy.js";

const opened = new Opened();
let upstream: Upstream;
let proxy: WholeProxy;
/** A private service that must not receive anything. */
let inside: Server;
let received: string[];

const canary = "sk-vendor-canary";
const organization = "org-canary";

beforeAll(async () => {
  upstream = await opened.upstream();
  inside = createServer((socket) => {
    received.push("a connection");
    socket.on("data", (bytes: Buffer) => {
      received.push(bytes.toString("latin1"));
    });
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(inside, "listening");
  const deployment = (name: string, params: string): string =>
    `  - model_name: ${name}\n    litellm_params: { model: ${name}/m, custom_llm_provider: openai, ${params} }\n`;
  const own = `api_key: ${canary}, organization: ${organization}, api_base: "${upstream.url("own")}/v1", extra_headers: { x-team: team-canary }`;
  // These patterns name the host, so only the path in the pattern protects the other paths of that host.
  const teams = ["team[^/]*", "team[^/]*/v1", "[^/]+/[^/]+/v1"]
    .map((path) => `{ api_base: '${upstream.origin.replaceAll(".", "[.]")}/${path}' }`)
    .join(", ");
  proxy = await opened.whole(`
model_list:
${deployment("closed", own)}${deployment("open", `${own}, configurable_clientside_auth_params: [api_key, api_base]`)}
${deployment("named", `${own}, configurable_clientside_auth_params: [api_key, { api_base: "${upstream.origin.replaceAll(".", "[.]")}/[a-z]+/v1" }]`)}
${deployment("teams", `${own}, configurable_clientside_auth_params: [${teams}]`)}
${deployment("any", `${own}, configurable_clientside_auth_params: [{ api_base: "https?://[^/]+/.*" }]`)}
router_settings: { num_retries: 0, allowed_fails: 0, fallbacks: [{ open: [closed] }] }
general_settings: { master_key: sk-master }
`);
});
beforeEach(() => {
  received = [];
  upstream.reset();
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  inside.close();
  await opened.close();
});

const port = (): string => String((inside.address() as AddressInfo).port);
const unheard = (): void => {
  expect(received).toEqual([]);
  expect(upstream.calls).toHaveLength(0);
};

/** Makes every host name resolve to these addresses. */
function resolveTo(...addresses: readonly string[]): void {
  const list = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  vi.spyOn(dns, "lookup").mockImplementation(((
    _: string,
    options: { all?: boolean },
    callback: (...given: unknown[]) => void,
  ) => {
    queueMicrotask(() => {
      if (options.all === true) callback(null, list);
      else callback(null, list[0]?.address, list[0]?.family);
    });
  }) as never);
}

describe("a base URL that a caller sends", () => {
  const addresses = `
    http://127.0.0.1:PORT http://127.1:PORT http://0x7f000001:PORT http://2130706433:PORT
    http://[::1]:PORT http://[::ffff:127.0.0.1]:PORT http://localhost:PORT http://localhost.:PORT
    http://a.localhost:PORT http://169.254.169.254/latest/meta-data http://168.63.129.16/machine
    http://metadata.google.internal/v1 http://metadata.goog/v1 http://[fd00:ec2::254]/v1
    http://100.100.100.200/v1 http://kubernetes.default.svc/v1 http://redis:6379
    http://vault.service.consul:8200 http://127.0.0.1:PORT\\@api.example.com/v1
    http://api.example.com@127.0.0.1:PORT/v1 http://127.0.0.1:PORT?x=.example.com/v1
    http://127.0.0.1:PORT#.example.com/v1 https://api.example.com:22/v1 file:///etc/passwd
    gopher://127.0.0.1:PORT/
  `
    .trim()
    .split(/\s+/u);

  it.each(addresses)("is not connected to when it is internal: %s", async (address) => {
    const api_base = address.replace("PORT", port());
    for (const model of ["open", "any"])
      for (const body of [{ api_base }, { base_url: api_base }, { extra_body: { api_base } }]) {
        const { status, param } = await proxy.chat({ model, ...body });
        expect([status, param]).toEqual([400, "api_base"]);
      }
    const fallbacks = [{ model: "open", api_base }];
    expect(
      (await proxy.chat({ model: "closed", mock_testing_fallbacks: true, fallbacks })).status,
    ).toBeGreaterThanOrEqual(400);
    unheard();
  });

  it.each([[["127.0.0.1"]], [["8.8.8.8", "127.0.0.1"]], [["::ffff:127.0.0.1"]], [["169.254.169.254"]]])(
    "is not connected to when its public name resolves to %j, and no deployment is blamed",
    async (answers) => {
      resolveTo(...answers);
      for (const model of ["open", "any"])
        for (let count = 0; count < 4; count += 1) {
          const { status, param, text } = await proxy.chat({ model, api_base: `http://api.example.com:${port()}/v1` });
          expect([status, param]).toEqual([400, "api_base"]);
          expect(text).not.toContain("127.0.0.1");
        }
      unheard();
      vi.restoreAllMocks();
      expect((await proxy.chat({ model: "open" })).status).toBe(200);
    },
  );

  it.each([
    ["a query", "/team-a?x=1"],
    ["a query that hides the rest", "/team-a?/v1"],
    ["a fragment", "/team-a#x"],
    ["a fragment that hides the rest", "/team-a#/v1"],
    ["backslashes that the parser takes for slashes", "/team\\..\\own/v1"],
    ["dots that the parser resolves", "/team-a/../v1"],
    ["encoded dots that the parser resolves", "/team-a/%2e%2e/v1"],
    ["a tab that the parser removes", "/team-a\t"],
    ["a path that no pattern names", "/own/v1"],
  ])("is compared with patterns in its parsed form, not as it is written: %s", async (_, path) => {
    const { status, param } = await proxy.chat({ model: "teams", api_base: upstream.origin + path });
    expect([status, param]).toEqual([400, "api_base"]);
    unheard();
  });

  it("is refused if it contains a user name or a password, which a pattern does not see", async () => {
    for (const user of ["user@", "user:password@", "api.example.com@"]) {
      const api_base = upstream.origin.replace("://", `://${user}`);
      const { status, param, text } = await proxy.chat({ model: "teams", api_base: `${api_base}/team-a/v1` });
      expect([status, param]).toEqual([400, "api_base"]);
      expect(text).not.toContain("password@");
    }
    unheard();
  });

  it.each(["/team-a", "/team-a/v1", "/a/b/v1", "/team-a/v1/", "/x/../team-a/./v1"])(
    "is called if a pattern matches it: %s",
    async (path) => {
      expect((await proxy.chat({ model: "teams", api_base: upstream.origin + path })).status).toBe(200);
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it("receives no API key, organization or header of the deployment, and its redirects are not followed", async () => {
    const moved = { status: 307, headers: { location: `http://127.0.0.1:${port()}/` }, body: "{}" };
    for (const script of [{}, moved, breaks("reset_before_headers")]) {
      upstream.reset();
      upstream.script({ host: "theirs" }, script);
      await proxy.chat({ model: "named", api_base: `${upstream.origin}/theirs/v1` });
      const calls = upstream.calls.filter(({ host }) => host === "theirs");
      expect(calls).toHaveLength(1);
      expect(JSON.stringify(calls[0]?.headers)).not.toContain("canary");
    }
    await proxy.chat({ model: "named", api_base: `${upstream.origin}/theirs/v1`, api_key: "sk-theirs" });
    expect(upstream.calls.at(-1)?.headers["authorization"]).toBe("Bearer sk-theirs");
    expect(received).toEqual([]);
  });

  it("is refused if the model does not allow it, and does not affect other callers", async () => {
    for (const body of [{ api_base: "https://api.example.com" }, { api_key: "sk-theirs" }])
      expect((await proxy.chat({ model: "closed", ...body })).status).toBe(400);
    unheard();
    expect((await proxy.chat({ model: "closed" })).status).toBe(200);
    expect(upstream.calls[0]?.headers["authorization"]).toBe(`Bearer ${canary}`);
  });
});

describe("an API key that a caller sends", () => {
  it.each(["sk-1\r\nx-evil: 1", "sk-1\nx", "sk-\u0000", "sk-ключ", "k".repeat(100_000)])(
    "is the caller's error if no header can hold it (case %#)",
    async (api_key) => {
      for (let count = 0; count < 4; count += 1) {
        const { status, param } = await proxy.chat({ model: "open", api_key });
        expect([status, param]).toEqual([400, "api_key"]);
      }
      unheard();
      expect((await proxy.chat({ model: "open" })).status).toBe(200);
    },
  );
});
