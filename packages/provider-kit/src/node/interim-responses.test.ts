import { describe, expect, it } from "vitest";
import { ok } from "../../test/support/raw-server.js";
import { InterimResponses } from "./interim-responses.js";

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
  ])("removes interim responses (%s), however the bytes are split", (_, before) => {
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
