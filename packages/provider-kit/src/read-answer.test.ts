import type { TransportResponse } from "@modelyard/core/kit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readAnswer } from "./read-answer.js";

const response = { header: () => undefined } as unknown as TransportResponse;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a plain answer", () => {
  it("is read at once if it is short", () => {
    expect(readAnswer(response, bytesOf('{"a":1}'))).toEqual({ value: { a: 1 }, text: '{"a":1}' });
  });

  it("is decoded, checked and parsed in separate turns of the event loop if it is long", async () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const text = JSON.stringify({ a: "Größe ".repeat(100_000) });
    expect(await readAnswer(response, bytesOf(text))).toEqual({ value: JSON.parse(text) as unknown, text });
    expect(timers).toHaveBeenCalledTimes(3);
  });

  it.each([
    ["nested too deep", `{"x":"${"x".repeat(300_000)}","a":${"[".repeat(2_000)}`, "nested too deep"],
    ["not JSON", `<html>${"x".repeat(300_000)}`, "answer"],
    ["a failure", JSON.stringify({ error: { message: "x".repeat(300_000) } }), "failure"],
  ])("is reported as wrong if it is long and %s", async (_, text, problem) => {
    const { wrong } = await readAnswer(response, bytesOf(text));
    expect(wrong?.problem).toContain(problem);
  });
});
