import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { deploymentOptions, scriptedProvider, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { createGateway, type GatewayOptions } from "../src/index.js";
import { createNodeServer } from "../src/node.js";
import { listen } from "./support/listen.js";

const body = JSON.stringify({ model: "gpt-4", stream: true, messages: [{ role: "user", content: "tell" }] });

interface BrokenStream {
  /** Which deployments break, each after two words. */
  readonly breaking: readonly string[];
  /** How the second and third deployment can continue. @defaultValue only in words */
  readonly continuation?: object | undefined;
  readonly gateway?: GatewayOptions;
}

/** A server whose group has three deployments, tried in order. @returns its port */
async function serve({ breaking, continuation, gateway }: BrokenStream): Promise<number> {
  const provider = scriptedProvider({ clock: systemClock });
  for (const id of breaking) provider.script(id, streams(["once ", "upon "], { failAfter: 2 }));
  const engine = createRouter({
    providers: [provider],
    modelList: ["a", "b", "c"].map((id, order) =>
      deploymentOptions(id, { order, ...(order === 0 || continuation === undefined ? {} : { continuation }) }),
    ),
    midStreamFallback: { continue: true, instruct: true },
  });
  return listen(createNodeServer(createGateway(engine, gateway)).server);
}

async function ask(port: number): Promise<{ readonly trailers: object; readonly received: string }> {
  const asking = request({ port, method: "POST", path: "/v1/chat/completions" });
  asking.end(body);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const received = await text(response);
  return { trailers: response.trailers, received };
}

/** All bytes that arrive over a connection. */
async function askRaw(port: number, version: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(
    `POST /v1/chat/completions HTTP/${version}\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
  );
  return text(socket);
}

describe("the trailer of a stream that another deployment continued", () => {
  it.each([
    ["from its beginning", {}, "prefix b"],
    ["in words", undefined, "instruct b"],
  ])("names the deployment that continued it %s", async (_, continuation, value) => {
    const { trailers, received } = await ask(await serve({ breaking: ["a"], continuation }));
    expect(trailers).toEqual({ "x-modelyard-continued": value });
    expect(received).toContain(`: x-modelyard-continued: ${value}\n\ndata: [DONE]`);
  });

  it("names the deployment that finished the answer, also if another one broke in between", async () => {
    const { trailers } = await ask(await serve({ breaking: ["a", "b"], continuation: {} }));
    expect(trailers).toEqual({ "x-modelyard-continued": "prefix c" });
  });

  it("is sent with pings too", async () => {
    const { trailers } = await ask(await serve({ breaking: ["a"], gateway: { pingMs: 60_000 } }));
    expect(trailers).toEqual({ "x-modelyard-continued": "instruct b" });
  });

  it("is sent after the last chunk", async () => {
    const received = await askRaw(await serve({ breaking: ["a"] }), "1.1");
    expect(received).toMatch(/data: \[DONE\]\n\n\r\n0\r\nx-modelyard-continued: instruct b\r\n\r\n$/u);
  });

  it("is not sent to a client without chunks", async () => {
    const received = await askRaw(await serve({ breaking: ["a"] }), "1.0");
    expect(received).toMatch(/: x-modelyard-continued: instruct b\n\ndata: \[DONE\]\n\n$/u);
  });

  it("is not sent where nothing was continued", async () => {
    const port = await serve({ breaking: [] });
    expect(await askRaw(port, "1.1")).toMatch(/data: \[DONE\]\n\n\r\n0\r\n\r\n$/u);
    expect(await askRaw(port, "1.1")).not.toContain("x-modelyard-continued");
  });
});
