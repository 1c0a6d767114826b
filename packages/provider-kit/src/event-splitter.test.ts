import { describe, expect, it } from "vitest";
import { EventSplitter } from "./event-splitter.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The texts of the parts that a stream is split into, and whether one of them is the last. */
function split(pieces: readonly Uint8Array[]): {
  readonly texts: readonly string[];
  readonly done: readonly boolean[];
} {
  const splitter = new EventSplitter("responses", () => new Error("too long"));
  const parts = [...pieces.map((piece) => splitter.push(piece)), splitter.flush()].filter((part) => part !== undefined);
  return { texts: parts.map(({ bytes }) => decoder.decode(bytes)), done: parts.map(({ done }) => done) };
}

const delta = 'data: {"type":"response.output_text.delta","delta":"Grüße"}';
const last = 'data: {"type":"response.completed","response":{"status":"completed"}}';

describe("a stream of something that is stored", () => {
  it.each(["\n\n", "\r\n\r\n"])("is split at the ends of its events, however its bytes arrive: %j", (end) => {
    const bytes = encoder.encode(`: ping${end}${delta}${end}${last}${end}`);
    for (const size of [1, 2, 3, 7, 50, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.slice(index * size, (index + 1) * size),
      );
      const { texts, done } = split(pieces);
      expect(texts.join("")).toBe(decoder.decode(bytes));
      expect(texts.every((text) => text.endsWith(end))).toBe(true);
      expect([done.at(-1), done.filter(Boolean).length]).toEqual([true, 1]);
    }
  });

  it("keeps what comes after the last whole event, and skips data that is not JSON", () => {
    const { texts, done } = split([encoder.encode(`data: [DONE]\n\n${delta}`)]);
    expect([texts, done]).toEqual([
      ["data: [DONE]\n\n", delta],
      [false, false],
    ]);
  });

  it("fails for an event that does not end", () => {
    const splitter = new EventSplitter("responses", () => new Error("too long"));
    const piece = new Uint8Array(32 * 1024 * 1024).fill(120);
    for (const part of [piece, piece]) expect(splitter.push(part)).toBeUndefined();
    expect(() => splitter.push(encoder.encode("x"))).toThrow("too long");
  });
});
