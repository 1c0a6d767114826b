import { get, type IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { listen } from "./support/listen.js";
import { threeGroups } from "./support/three-groups.js";
import { createNodeServer } from "../src/node.js";

/** Asks for a WebSocket as clients do. */
async function upgrade(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const server = createNodeServer(threeGroups({ masterKey: "sk-master" }).gateway);
  const port = await listen(server.server);
  return new Promise((resolve, reject) => {
    const request = get({
      port,
      path,
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        authorization: "Bearer sk-master",
        ...headers,
      },
    });
    request.on("response", resolve).on("error", reject);
  });
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of message) text += String(piece);
  return text;
}

describe("a request for a WebSocket over a socket", () => {
  it.each(["/v1/responses", "/responses", "/openai/v1/responses"])(
    "gets a 426 at %s, after which clients use HTTP",
    async (path) => {
      const answer = await upgrade(path, { "openai-beta": "responses_websockets=2026-02-06" });
      expect([answer.statusCode, answer.headers.upgrade]).toEqual([426, "HTTP/1.1"]);
      expect(JSON.parse(await textOf(answer))).toMatchObject({
        error: { code: "websocket_not_served", type: "invalid_request_error" },
      });
    },
  );

  it("needs the master key", async () => {
    const answer = await upgrade("/v1/responses", { authorization: "Bearer other" });
    expect([answer.statusCode, answer.headers.upgrade]).toEqual([401, undefined]);
    answer.resume();
  });
});
