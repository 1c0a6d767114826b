import { describe, expect, it } from "vitest";
import { AnswerReader, headerOf, UnreadableAnswer } from "./answer-reader.js";

interface Seen {
  status: number;
  readonly headers: Record<string, string | undefined>;
  body: string;
  reusable: boolean | undefined;
}

/** Reads an answer that arrives in pieces of `size` bytes. The memory of a piece is used again, as sockets do. */
function read(answer: string, size: number, ended = false): Seen {
  const seen: Seen = { status: 0, headers: {}, body: "", reusable: undefined };
  const reader = new AnswerReader({
    onHead: (status, head, places) => {
      seen.status = status;
      for (const name of ["content-type", "x-two"]) seen.headers[name] = headerOf(head, places, name);
    },
    onBody: (bytes) => {
      seen.body += Buffer.from(bytes).toString();
    },
    onEnd: (reusable) => {
      seen.reusable = reusable;
    },
  });
  reader.expect();
  const memory = Buffer.alloc(size);
  const bytes = Buffer.from(answer, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    const count = bytes.copy(memory, 0, at, at + size);
    reader.read(memory.subarray(0, count));
    memory.fill(0);
  }
  if (ended) reader.end();
  return seen;
}

const line = "HTTP/1.1 200 OK\r\n";
const chunked = `${line}transfer-encoding: chunked\r\n`;
const sizes = [1, 2, 3, 7, 1_000] as const;

describe("AnswerReader", () => {
  it.each([
    ["of a known length", `${line}Content-Length: 5\r\n\r\nhello`, "hello", true],
    ["without a body", `${line}content-length: 0\r\n\r\n`, "", true],
    ["whose status allows no body", "HTTP/1.1 204 No Content\r\n\r\n", "", true],
    ["whose status has no words", "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", "ok", true],
    ["in chunks", `${chunked}\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n`, "hello world", true],
    ["in chunks with trailers", `${chunked}\r\n2\r\nok\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n`, "ok", true],
    [
      "in chunks of large and small digits",
      `${chunked}\r\n0A\r\n0123456789\r\n00b \r\n0123456789a\r\n0\r\n\r\n`,
      "01234567890123456789a",
      true,
    ],
    [
      "after interim ones",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nlink: a\r\n\r\n${line}content-length: 2\r\n\r\nok`,
      "ok",
      true,
    ],
    ["that says it is the last", `${line}connection: Close\r\ncontent-length: 2\r\n\r\nok`, "ok", false],
    ["of an older version", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "ok", false],
    ["with two lengths that agree", `${line}content-length: 2\r\ncontent-length: 2\r\n\r\nok`, "ok", true],
    ["with a length besides its chunks", `${chunked}content-length: 100\r\n\r\n2\r\nok\r\n0\r\n\r\n`, "ok", false],
  ])("reads an answer %s, however it is cut", (_, answer, body, reusable) => {
    for (const size of sizes) expect(read(answer, size)).toMatchObject({ body, reusable });
  });

  it("reads to the end of the connection where nobody says how long it is", () => {
    for (const size of sizes) {
      expect(read(`${line}\r\nhello`, size, true)).toMatchObject({ body: "hello", reusable: false });
    }
  });

  it("gives headers whatever their case, joined where there are several", () => {
    const answer = `${line}Content-TYPE:  text/plain \r\nX-Two: a\r\nx-two: b\r\ncontent-length: 0\r\n\r\n`;
    expect(read(answer, 1_000).headers).toEqual({ "content-type": "text/plain", "x-two": "a, b" });
  });

  it("does not trust a connection on which more came than was asked for", () => {
    expect(read(`${line}content-length: 2\r\n\r\nok`, 1_000).reusable).toBe(true);
    const reader = read.bind(undefined, `${line}content-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n`);
    expect(reader(1_000).reusable).toBe(false);
  });

  it.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["a status that is none", "HTTP/1.1 OK\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["a length that is no number", `${line}content-length: 2x\r\n\r\nok`],
    ["a length below nothing", `${line}content-length: -2\r\n\r\nok`],
    ["lengths that differ", `${line}content-length: 2\r\ncontent-length: 3\r\n\r\nok`],
    ["a coding that nobody asked for", `${line}transfer-encoding: gzip, chunked\r\n\r\n`],
    ["a header that goes on in the next line", `${line}x-two: a\r\n b\r\ncontent-length: 0\r\n\r\n`],
    ["a blank before a colon", `${line}content-length : 0\r\n\r\n`],
    ["a header without a name", `${line}: 0\r\n\r\n`],
    ["a header without a colon", `${line}content-length\r\nx: y\r\n\r\n`],
    ["a head without end", `${line}x: ${"y".repeat(70_000)}\r\n\r\n`],
    ["a chunk without size", `${chunked}\r\n\r\nok\r\n`],
    ["a chunk with another size", `${chunked}\r\nxyz\r\nok\r\n`],
    ["a chunk of any size", `${chunked}\r\n${"f".repeat(20)}\r\n`],
    ["a chunk that is longer than it says", `${chunked}\r\n1\r\nok\r\n0\r\n\r\n`],
    ["a size that ends without return", `${chunked}\r\n2\nok\r\n0\r\n\r\n`],
    ["extensions without end", `${chunked}\r\n2;${"y".repeat(20_000)}\r\nok\r\n`],
    ["trailers without end", `${chunked}\r\n0\r\nx: ${"y".repeat(20_000)}\r\n\r\n`],
  ])("refuses %s, however it is cut", (_, answer) => {
    for (const size of sizes) expect(() => read(answer, size)).toThrow(UnreadableAnswer);
  });
});
