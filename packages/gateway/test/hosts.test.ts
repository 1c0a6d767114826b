import { once } from "node:events";
import { connect } from "node:net";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, toFetchHandler } from "../src/index.js";
import { createNodeServer } from "../src/node.js";
import type { GatewayOptions } from "../src/options.js";
import { listen } from "./support/listen.js";

/** One request, by method, path and headers. @returns the status, and the code of an error */
type Ask = (method: string, path: string, headers: readonly (readonly [string, string])[]) => Promise<string>;

function build(options: GatewayOptions) {
  const router = createRouter({
    providers: [scriptedProvider({ clock: systemClock })],
    modelList: [deploymentOptions("a", { modelName: "a" })],
  });
  const metrics = { method: "GET", path: "/metrics", open: true, handle: () => ok } as const;
  return createGateway(router, { routes: [metrics], ...options });
}

const ok = { status: 200, headers: {}, body: "" };
const body = JSON.stringify({ model: "a", messages: [{ role: "user", content: "hi" }] });
const codeOf = (text: string): string => /"code":\s*"(?<code>\w+)"/u.exec(text)?.groups?.["code"] ?? "";

const adapters: Readonly<Record<string, (options: GatewayOptions) => Promise<Ask>>> = {
  fetch: (options) => {
    const handler = toFetchHandler(build(options));
    return Promise.resolve(async (method, path, given) => {
      const headers = new Headers();
      for (const [name, value] of given) headers.append(name, value);
      const init = { method, headers, ...(method === "POST" ? { body } : {}) };
      const response = await handler(`http://in-process${path}`, init);
      return `${String(response.status)} ${codeOf(await response.text())}`.trim();
    });
  },
  node: async (options) => {
    const port = await listen(createNodeServer(build(options)).server);
    return async (method, path, headers) => {
      const socket = connect(port, "127.0.0.1");
      let text = "";
      socket.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const version = headers.some(([name]) => name === "host") ? "1.1" : "1.0";
      const length = method === "POST" ? `content-length: ${String(body.length)}\r\n` : "";
      const sent = method === "POST" ? body : "";
      socket.write(`${method} ${path} HTTP/${version}\r\n${lines}${length}connection: close\r\n\r\n${sent}`);
      await once(socket, "close");
      return `${text.slice(9, 12)} ${codeOf(text)}`.trim();
    };
  },
};

const paths: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/v1/models"],
  ["GET", "/model/info"],
  ["GET", "/router/state"],
  ["GET", "/health"],
  ["GET", "/metrics"],
  ["HEAD", "/v1/models"],
  ["POST", "/v1/chat/completions"],
  ["GET", "/nowhere"],
];

describe.each(Object.keys(adapters))("host names over %s", (name) => {
  const serve = (options: GatewayOptions = {}): Promise<Ask> => adapters[name]!(options);

  it.each(paths)("refuse a name that an attacker could point here, without a master key: %s %s", async (...asked) => {
    const ask = await serve();
    const refused = asked[0] === "HEAD" ? "403" : "403 host_not_allowed";
    for (const host of [
      "evil.com",
      "evil.com:4000",
      "modelyard:4000",
      "localhost.evil.com",
      "127.0.0.1.evil.com",
      "::1",
    ])
      expect([host, await ask(...asked, [["host", host]])]).toEqual([host, refused]);
  });

  it("allow IP addresses, localhost and requests without a host", async () => {
    const ask = await serve();
    for (const host of [
      "127.0.0.1",
      "10.1.2.3:4000",
      "[::1]:4000",
      "[fd00::1]",
      "localhost",
      "LOCALHOST:4000",
      "a.localhost",
    ]) {
      expect([host, await ask("GET", "/v1/models", [["host", host]])]).toEqual([host, "200"]);
      expect([host, await ask("POST", "/v1/chat/completions", [["host", host]])]).toEqual([host, "200"]);
    }
    expect(await ask("GET", "/v1/models", [])).toBe("200");
  });

  it("allow configured names, with and without a port", async () => {
    const ask = await serve({ allowedHosts: ["modelyard", "LLM.example.com", "proxy.example.com:8443"] });
    const answers = async (host: string): Promise<string> => ask("GET", "/v1/models", [["host", host]]);
    for (const host of [
      "modelyard",
      "modelyard:4000",
      "llm.example.com",
      "llm.example.com.:80",
      "proxy.example.com:8443",
    ])
      expect([host, await answers(host)]).toEqual([host, "200"]);
    for (const host of ["proxy.example.com", "x.modelyard", "modelyard.evil.com", "evil.com"])
      expect([host, await answers(host)]).toEqual([host, "403 host_not_allowed"]);
  });

  it.each([{ masterKey: "sk-1" }, { allowedHosts: ["*"] }, { allowedOrigins: ["*"] }])(
    "allow any name if a key or another rule decides who may call: %j",
    async (options) => {
      const ask = await serve(options);
      const key = [
        ["host", "evil.com"],
        ["authorization", "Bearer sk-1"],
      ] as const;
      expect(await ask("GET", "/v1/models", key)).toBe("200");
    },
  );

  it("allow any name for probes, but not for later requests under that name", async () => {
    const ask = await serve();
    for (const path of ["/health/liveliness", "/health/liveness", "/health/readiness"])
      expect(await ask("GET", path, [["host", "evil.com"]])).toBe("200");
    expect(await ask("GET", "/router/state", [["host", "evil.com"]])).toBe("403 host_not_allowed");
  });

  it.each([{}, { masterKey: "sk-1" }, { allowedHosts: ["*"] }])(
    "refuse a request with two host names, with %j",
    async (options) => {
      const ask = await serve(options);
      const twice = [
        ["host", "localhost"],
        ["host", "localhost"],
        ["authorization", "Bearer sk-1"],
      ] as const;
      expect(await ask("GET", "/v1/models", twice)).toBe("400 invalid_host");
      expect(await ask("GET", "/v1/models", [["host", "localhost, evil.com"]])).toBe("400 invalid_host");
    },
  );

  it("allow a page that calls its own server under a configured name over plain http", async () => {
    const ask = await serve({ allowedHosts: ["modelyard"] });
    const from = (origin: string) =>
      [
        ["host", "modelyard:4000"],
        ["origin", origin],
      ] as const;
    expect(await ask("POST", "/v1/chat/completions", from("http://modelyard:4000"))).toBe("200");
    expect(await ask("POST", "/v1/chat/completions", from("http://evil.com"))).toBe("403 origin_not_allowed");
  });

  it("refuse what pages of other sites embed, unless a key is required, but allow links", async () => {
    const local = ["host", "localhost"] as const;
    const site = (mode: string, destination: string) =>
      [local, ["sec-fetch-site", "cross-site"], ["sec-fetch-mode", mode], ["sec-fetch-dest", destination]] as const;
    const ask = await serve();
    for (const from of [site("no-cors", "image"), site("no-cors", "script"), site("navigate", "iframe")])
      expect(await ask("GET", "/v1/models", from)).toBe("403 origin_not_allowed");
    expect(await ask("GET", "/v1/models", site("navigate", "document"))).toBe("200");
    for (const value of ["same-origin", "same-site", "none"])
      expect(await ask("GET", "/v1/models", [local, ["sec-fetch-site", value]])).toBe("200");
    const guarded = await serve({ masterKey: "sk-1" });
    const withKey = [...site("no-cors", "image"), ["authorization", "Bearer sk-1"]] as const;
    expect(await guarded("GET", "/v1/models", withKey)).toBe("200");
  });
});

describe("configured host names", () => {
  it.each(["https://llm.example.com", "llm.example.com/v1", "*.example.com", "", "a b", "-", 5])(
    "are refused if they are not valid host names: %j",
    (host) => {
      expect(() => build({ allowedHosts: [host as string] })).toThrow("allowedHosts[0]");
    },
  );
});
