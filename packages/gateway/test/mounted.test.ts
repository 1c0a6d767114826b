import { createServer, type IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { answers } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { type Gateway, type GatewayOptions, type MountOptions, toFetchHandler } from "../src/index.js";
import { createNodeListener, createNodeServer } from "../src/node.js";
import { post } from "./support/adapters.js";
import { listen } from "./support/listen.js";
import { hello, threeGroups } from "./support/three-groups.js";

type Send = (path: string, init?: RequestInit) => Promise<Response>;
type Mount = (gateway: Gateway, options: MountOptions) => Promise<Send>;

async function sendTo(server: Parameters<typeof listen>[0]): Promise<Send> {
  const origin = `http://127.0.0.1:${String(await listen(server))}`;
  return (path, init) => fetch(origin + path, init);
}

const mounts: Readonly<Record<string, Mount>> = {
  toFetchHandler: (gateway, options) => {
    const handler = toFetchHandler(gateway, options);
    return Promise.resolve((path, init) => handler(`http://localhost${path}`, init));
  },
  createNodeListener: (gateway, options) => sendTo(createServer(createNodeListener(gateway, options))),
  createNodeServer: (gateway, options) => sendTo(createNodeServer(gateway, options).server),
};

/** A gateway that is mounted at `/llm`. */
async function mounted(mount: Mount, options: GatewayOptions = {}, basePath = "/llm"): Promise<Send> {
  const { provider, gateway } = threeGroups(options);
  provider.script("a", answers("hello"));
  return mount(gateway, { basePath });
}

describe.each(Object.entries(mounts))("a gateway mounted with the basePath of %s", (_, mount) => {
  it.each(["/llm", "/llm/"])("serves its routes below it, written as %s", async (basePath) => {
    const send = await mounted(mount, {}, basePath);
    expect(await (await send("/llm/v1/chat/completions", post(hello))).json()).toMatchObject({
      choices: [{ message: { content: "hello" } }],
    });
    expect(await (await send("/llm/v1/models/gpt-4")).json()).toMatchObject({ id: "gpt-4" });
    expect((await send("/llm/health/liveness")).status).toBe(200);
    expect((await send("/llm", { method: "HEAD" })).status).toBe(200);
  });

  it("reads the query of a request", async () => {
    const send = await mounted(mount);
    expect(await (await send("/llm/health?model=other")).json()).toMatchObject({ healthy_count: 1 });
  });

  it.each(["/v1/models", "/llmx/v1/models", "/other/llm/v1/models"])(
    "serves nothing outside of it: %s",
    async (path) => {
      const response = await (await mounted(mount))(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        error: {
          code: "unknown_route",
          message: expect.stringContaining(`There is no GET ${path}. The gateway is mounted at /llm.`) as string,
        },
      });
    },
  );

  it("writes errors as clients of the surface expect them, also for an answer that cannot be sent", async () => {
    const odd = { "bad header": "1" };
    const route = {
      method: "GET",
      path: "/v1/messages/odd",
      open: true,
      handle: () => ({ status: 200, headers: odd, body: "" }),
    };
    const send = await mounted(mount, { routes: [route as never] });
    const wrongMethod = await send("/llm/v1/messages");
    expect([wrongMethod.status, await wrongMethod.json()]).toMatchObject([405, { type: "error" }]);
    expect((await send("/llm/v1/messages/odd")).status).toBe(500);
  });

  it.each(["llm", "/llm?x", "/{name}", "/a//b", 1])("is refused with a wrong path: %j", (basePath) => {
    const { gateway } = threeGroups();
    expect(() => mount(gateway, { basePath: basePath as string })).toThrow('basePath: expected a path such as "/llm"');
  });
});

/** Reads the body of a message, as middleware in front of the gateway does. */
async function read(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Serves a gateway behind middleware that reads bodies and leaves something of them on the message. */
async function behind(parse: (bytes: Buffer) => object): Promise<Send> {
  const { provider, gateway } = threeGroups();
  provider.script("a", answers("hello"));
  const listener = createNodeListener(gateway);
  const server = createServer((message, response) => {
    void read(message).then((bytes) => {
      listener(Object.assign(message, parse(bytes)), response);
    });
  });
  return sendTo(server);
}

const chat = "/v1/chat/completions";

describe("a gateway behind middleware that has read the body", () => {
  it.each([
    ["parsed JSON", (bytes: Buffer) => ({ body: JSON.parse(String(bytes)) as unknown })],
    ["bytes", (bytes: Buffer) => ({ body: bytes })],
    ["a string", (bytes: Buffer) => ({ body: String(bytes) })],
    ["the raw bytes besides something parsed", (bytes: Buffer) => ({ body: { other: true }, rawBody: bytes })],
  ])("takes %s", async (_, parse) => {
    const response = await (await behind(parse))(chat, post(hello));
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { choices: [{ message: { content: "hello" } }] },
    ]);
  });

  it("does not decompress a body again", async () => {
    const send = await behind(() => ({ body: hello }));
    const init = { ...post(hello, { "content-encoding": "gzip" }), body: gzipSync(JSON.stringify(hello)) };
    expect((await send(chat, init)).status).toBe(200);
  });

  it("limits its length", async () => {
    const send = await behind((bytes) => ({ body: bytes }));
    const long = { ...hello, user: "x".repeat(20_000) };
    expect((await send(chat, post(long))).status).toBe(413);
  });

  it.each([
    ["nothing was kept", "application/json", {}],
    ["it was parsed as a form", "application/x-www-form-urlencoded", { body: { "{}": "" } }],
  ])("says what to do if %s, instead of waiting for the body", async (_, type, kept) => {
    const response = await (await behind(() => kept))(chat, post(hello, { "content-type": type }));
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: {
        code: "body_already_read",
        message: expect.stringContaining("Mount the gateway before middleware") as string,
      },
    });
  });
});
