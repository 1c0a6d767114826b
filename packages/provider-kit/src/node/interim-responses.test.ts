import type { Transport } from "@modelyard/core/kit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ok, type RawServer, startRawServer } from "../../test/support/raw-server.js";
import { createTransport } from "../node.js";
import { InterimResponses, mostInterim } from "./interim-responses.js";

const goOn = "HTTP/1.1 100 Continue\r\n\r\n";
const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n";

describe("InterimResponses", () => {
  const filtered = (pieces: readonly string[]): string => {
    const interim = new InterimResponses();
    let answer: string | undefined;
    for (const piece of pieces)
      answer = answer === undefined ? interim.filter(Buffer.from(piece))?.toString() : answer + piece;
    return answer ?? "";
  };

  it.each([
    ["one", goOn],
    ["hints", hints],
    ["several", goOn + hints + "HTTP/1.0 102 Processing\r\n\r\n"],
    ["none", ""],
  ])("takes %s out, wherever the bytes are cut", (_, before) => {
    const text = before + ok("one");
    for (const size of [1, 2, 3, 7, 20, 1_000]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_unused, index) =>
        text.slice(index * size, (index + 1) * size),
      );
      expect([size, filtered(pieces)]).toEqual([size, ok("one")]);
    }
  });

  it.each([
    "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "HTTP/1.1 1000 Odd\r\n\r\n",
    "HTTP/2 100\r\n\r\n",
    "SSH-2.0-x\r\n",
  ])("leaves %j to the parser", (text) => {
    expect(filtered([text])).toBe(text);
  });

  it("leaves a head without an end to the parser", () => {
    const endless = `HTTP/1.1 100 Continue\r\nx: ${"y".repeat(20_000)}`;
    expect(filtered([endless])).toBe(endless);
  });
});

describe("the transport of Node", () => {
  let server: RawServer;
  let transport: Transport;
  beforeEach(async () => {
    server = await startRawServer();
    transport = createTransport();
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });
  const ask = async (): Promise<string> => {
    const response = await transport.send({
      method: "POST",
      origin: server.origin,
      path: "/",
      headers: {},
      body: "{}",
    });
    return `${String(response.status)} ${new TextDecoder().decode(await response.bytes())}`;
  };

  it("waits through interim responses for the answer, and keeps the connection", async () => {
    const interim = goOn.repeat(mostInterim);
    const body = "HTTP/1.1 100 Continue\r\n\r\n";
    server.answer(interim + ok("one"), hints + interim.slice(goOn.length) + ok(body), ok("three"));
    expect([await ask(), await ask(), await ask()]).toEqual(["200 one", `200 ${body}`, "200 three"]);
    expect(server.connections).toHaveLength(1);
  });

  it.each([goOn, hints])("gives up when interim responses do not end: %j", async (interim) => {
    server.answer(interim.repeat(mostInterim) + ok("one"), interim.repeat(mostInterim + 1) + ok("two"), ok("three"));
    expect(await ask()).toBe("200 one");
    await expect(ask()).rejects.toMatchObject({ phase: "reset" });
    expect(await ask()).toBe("200 three");
  });
});
