import { describe, expect, it } from "vitest";
import { ChatScanner } from "./chat-scanner.js";

const event = (content: string): string =>
  `data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]}\n\n`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const scanner = (): ChatScanner =>
  new ChatScanner({ provider: "p", deploymentId: "d", hideUsage: false, toError: (body) => new Error(body) });

describe("ChatScanner", () => {
  it.each([
    ["an error", 'data: {"error":{"message":"late"}}\n\n', "late"],
    ["an event that is not JSON", "data: {nope\n\n", "not JSON"],
  ])("returns the events before %s in the same piece, and then fails", (_, fault, message) => {
    const scanned = scanner();
    const part = scanned.push(bytes(event("a") + event("b") + fault + event("c")));
    expect(new TextDecoder().decode(part?.bytes)).toBe(event("a") + event("b"));
    expect(() => {
      scanned.pending();
    }).toThrow(message);
  });

  it("returns whole events before one that is not UTF-8", () => {
    const scanned = scanner();
    const broken = Uint8Array.from([...bytes(`${event("a")}data: {"choices":"`), 0x80, ...bytes("\n\n")]);
    expect(new TextDecoder().decode(scanned.push(broken)?.bytes)).toBe(event("a"));
    expect(() => scanned.pending()).toThrow("not JSON");
  });

  it.each([
    ["null", "null", 0],
    ["an empty text", '""', 0],
    ["a reason", '"stop"', 1],
  ])("reads %s as a finish reason correctly", (_, reason, finished) => {
    const text = `data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":${reason}}]}\n\n`;
    expect(scanner().push(bytes(text))).toMatchObject({ content: true, finished });
  });

  const ending = (reason: string): string =>
    `data: {"choices":[{"index":0,"delta":{},"finish_reason":${JSON.stringify(reason)}}]}\n\n`;

  it("returns an event with an unusual finish reason as a separate part, after the events before it", () => {
    const scanned = scanner();
    const part = scanned.push(bytes(event("a") + ending("network_error") + "data: [DONE]\n\n"));
    expect(new TextDecoder().decode(part?.bytes)).toBe(event("a"));
    expect(part).toMatchObject({ finished: 0, finishReasons: [], done: false });
    expect(scanned.pending()).toMatchObject({ finished: 1, finishReasons: ["network_error"], done: true });
    expect(scanned.pending()).toBeUndefined();
  });

  it("no longer counts a choice as finished if content follows its finish reason, in the same piece or the next", () => {
    const scanned = scanner();
    expect(scanned.push(bytes(event("a") + ending("stop") + event("b")))).toMatchObject({ finished: 0 });
    expect(scanned.push(bytes(ending("stop")))).toMatchObject({ finished: 1 });
    expect(scanned.push(bytes(event("c")))).toMatchObject({ finished: -1, content: true });
  });

  it("counts a repeated finish reason of one choice once", () => {
    expect(scanner().push(bytes(ending("stop") + ending("stop")))).toMatchObject({ finished: 1 });
  });

  it("fails with the error in a choice", () => {
    const text =
      'data: {"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"lost"}}]}\n\n';
    expect(() => scanner().push(bytes(text))).toThrow('{"error":{"code":502,"message":"lost"}}');
  });

  it("fails at once if no event came before", () => {
    expect(() => scanner().push(bytes('data: {"error":{"message":"first"}}\n\n'))).toThrow("first");
  });
});
