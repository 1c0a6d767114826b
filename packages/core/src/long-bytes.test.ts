import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeInTurns, joinInTurns } from "./long-bytes.js";

const megabyte = 1024 * 1024;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("long bytes", () => {
  it("are decoded in several turns of the event loop, with characters that two turns share", async () => {
    const text = `\uFEFFa${"文字😀é".repeat(megabyte)}`;
    const bytes = new TextEncoder().encode(text);
    const decoded = vi.spyOn(TextDecoder.prototype, "decode");
    const timers = vi.spyOn(globalThis, "setTimeout");
    expect(await decodeInTurns(bytes)).toBe(text.slice(1));
    const lengths = decoded.mock.calls.map(([piece]) => (piece as Uint8Array).length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4 * megabyte);
    expect(timers.mock.calls.length).toBeGreaterThanOrEqual(lengths.length);
  });

  it.each([
    ["in the middle", new Uint8Array(9 * megabyte).fill(0x61).fill(0xff, 5 * megabyte, 5 * megabyte + 1)],
    ["at the end", new Uint8Array(9 * megabyte).fill(0x61).fill(0xe6, -1)],
  ])("are rejected if they are not valid UTF-8 %s", async (_, bytes) => {
    await expect(decodeInTurns(bytes)).rejects.toThrow(TypeError);
  });

  it.each([
    ["one long piece", [9 * megabyte]],
    ["many short pieces", Array.from({ length: 144 }, () => 65_536)],
    ["pieces of different lengths", [1, 5 * megabyte, 0, 3 * megabyte, 7]],
  ])("are joined in several turns of the event loop from %s", async (_, lengths) => {
    const pieces = lengths.map((length, index) => new Uint8Array(length).fill(index % 251));
    const timers = vi.spyOn(globalThis, "setTimeout");
    const copied = vi.spyOn(Uint8Array.prototype, "set");
    const joined = await joinInTurns(pieces);
    expect(Buffer.compare(joined, Buffer.concat(pieces))).toBe(0);
    const longest = Math.max(...copied.mock.calls.map(([part]) => part.length));
    expect(longest).toBeLessThanOrEqual(4 * megabyte);
    expect(timers.mock.calls.length).toBeGreaterThanOrEqual(2);
  });
});
