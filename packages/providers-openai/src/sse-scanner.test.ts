import { describe, expect, it } from "vitest";
import { SseScanner } from "./sse-scanner.js";

const event = (content: string): string =>
  `data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]}\n\n`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const scanner = (): SseScanner =>
  new SseScanner({ provider: "p", deploymentId: "d", hideUsage: false, toError: (body) => new Error(body) });

describe("SseScanner", () => {
  it.each([
    ["an error", 'data: {"error":{"message":"late"}}\n\n', "late"],
    ["what is no JSON", "data: {nope\n\n", "no JSON"],
  ])("gives what was said before %s in the same piece, and fails then", (_, fault, message) => {
    const scanned = scanner();
    const part = scanned.push(bytes(event("a") + event("b") + fault + event("c")));
    expect(new TextDecoder().decode(part?.bytes)).toBe(event("a") + event("b"));
    expect(() => {
      scanned.throwPending();
    }).toThrow(message);
  });

  it.each([
    ["null", "null", 0],
    ["an empty text", '""', 0],
    ["a reason", '"stop"', 1],
  ])("takes %s for what it is where a choice says how it ended", (_, reason, finished) => {
    const text = `data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":${reason}}]}\n\n`;
    expect(scanner().push(bytes(text))).toMatchObject({ content: true, finished });
  });

  it("fails at once when nothing was said before", () => {
    expect(() => scanner().push(bytes('data: {"error":{"message":"first"}}\n\n'))).toThrow("first");
  });
});
