import { createServer, type IncomingMessage, type Server } from "node:http";
import { connect } from "node:net";
import { Cancellation } from "@modelyard/core/kit";
import { nextTurn } from "@modelyard/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { Gateway } from "../gateway.js";
import type { GatewayRequest, GatewayResponse } from "../http.js";
import { createNodeListener, createNodeServer } from "../node.js";
import { NodeRequest } from "./node-request.js";
import { listen } from "../../test/support/listen.js";

const limit = 1_000;

let asked: (() => void) | undefined;
let onFailure: ((error: unknown) => void) | undefined;

/** Answers with the body of the request. */
async function echo(request: GatewayRequest): Promise<GatewayResponse> {
  asked?.();
  try {
    return { status: 200, headers: {}, body: await request.body(limit) };
  } catch (error) {
    onFailure?.(error);
    return { status: 413, headers: {}, body: "too long" };
  }
}

const gateway = { draining: false, handle: echo } as unknown as Gateway;
const post = (framing: string): string => `POST / HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const endChunk = "0\r\n\r\n";
/** The answer to the last request of a connection. */
const last = "200 ";
const ending = "GET /end HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

let server: Server;
afterEach(() => {
  asked = undefined;
  onFailure = undefined;
});

/** The bodies of all answers on one connection, in order. Each piece is sent in a separate turn of the event loop. */
async function answers(pieces: readonly string[]): Promise<readonly string[]> {
  const client = connect(await listen(server), "127.0.0.1");
  client.setNoDelay(true);
  // After a 413 the server may have closed the connection.
  client.on("error", () => undefined);
  const closed = new Promise((resolve) => {
    client.once("close", resolve);
  });
  let all = "";
  client.setEncoding("latin1");
  client.on("data", (text: string) => {
    all += text;
  });
  for (const piece of [...pieces, ending]) {
    client.write(piece);
    await nextTurn();
    await nextTurn();
  }
  await closed;
  return all
    .split("HTTP/1.1 ")
    .slice(1)
    .map((answer) => `${answer.slice(0, 3)} ${answer.slice(answer.indexOf("\r\n\r\n") + 4)}`);
}

describe.each([
  ["a server of ours", () => createNodeServer(gateway).server, null],
  ["a server of somebody else's", () => createServer(createNodeListener(gateway)), true],
] as const)("bodies of requests to %s", (_, make, flowing) => {
  it.each([
    ["at once", [`${post("content-length: 3")}abc`], ["200 abc", last]],
    ["in pieces", [post("content-length: 6"), "ab", "cd", "ef"], ["200 abcdef", last]],
    ["in chunks", [post("transfer-encoding: chunked"), chunk("abc"), chunk("de"), endChunk], ["200 abcde", last]],
    [
      "one after the other",
      [`${post("content-length: 1")}a`, `${post("content-length: 1")}b`],
      ["200 a", "200 b", last],
    ],
    ["in one packet", [`${post("content-length: 1")}a${post("content-length: 1")}b`], ["200 a", "200 b", last]],
    ["of nothing", [post("content-length: 0")], ["200 ", last]],
    [
      "too long in the end",
      [post("transfer-encoding: chunked"), chunk("a".repeat(900)), chunk("b".repeat(200)), chunk("c"), endChunk],
      ["413 too long"],
    ],
  ] as const)("come %s", async (__, pieces, expected) => {
    server = make();
    expect(await answers(pieces)).toEqual(expected);
  });

  it("bypass the stream where the server allows it", async () => {
    server = make();
    const messages: IncomingMessage[] = [];
    server.on("request", (message: IncomingMessage) => {
      messages.push(message);
    });
    await answers([`${post("content-length: 3")}abc`]);
    expect(messages[0]?.readableFlowing).toBe(flowing);
  });

  it("are dropped when the client leaves in the middle of one", async () => {
    const failed = new Promise<unknown>((resolve) => {
      onFailure = resolve;
      asked = () => {
        client.destroy();
      };
    });
    server = make();
    const client = connect(await listen(server), "127.0.0.1");
    client.write(`${post("content-length: 3")}a`);
    expect(await failed).toMatchObject({ kind: "aborted" });
  });
});

describe("a header", () => {
  const names = Array.from({ length: 70 }, (_, index) => `X${"y".repeat(index)}`);
  const requestWith = (...rawHeaders: readonly string[]): NodeRequest =>
    new NodeRequest({ rawHeaders } as unknown as IncomingMessage, new Cancellation());

  it.each([1, 2, 31, 32, 33, 64, 65])(
    "with a name of %i characters is found in any case, and only if it is there",
    (length) => {
      const name = names[length - 1] ?? "";
      const others = names.flatMap((other) => (other === name ? [] : [other, "another"]));
      expect(requestWith(...others, name, "value").header(name.toLowerCase())).toBe("value");
      expect(requestWith(...others).header(name.toLowerCase())).toBeUndefined();
    },
  );
});
