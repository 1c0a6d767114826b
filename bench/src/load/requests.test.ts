import { describe, expect, it } from "vitest";
import { chatTests, quickTests, requestBytes, testsNamed, wireTests } from "./requests.js";

describe("the tests of the benchmark", () => {
  it("have different names, and each group has one wire", () => {
    const all = [...chatTests, ...wireTests];
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    expect(chatTests).toHaveLength(15);
    expect(quickTests.map(({ name }) => name)).toEqual([
      "plain, 1 KB, 1 conn.",
      "SSE, 50 events, 1 conn.",
      "plain, 1 KB, 64 conn.",
      "SSE, 50 events, 64 conn.",
    ]);
  });

  it("cover all pairs of wires, each also with one stream at a time", () => {
    const pairs = wireTests
      .filter(({ stream, connections }) => stream && connections === 1)
      .map(({ caller, vendor }) => `${caller} from ${vendor}`);
    expect(pairs.toSorted()).toEqual([
      "chat from messages",
      "chat from responses",
      "messages from chat",
      "messages from messages",
      "messages from responses",
      "responses from chat",
      "responses from messages",
      "responses from responses",
    ]);
  });

  it("are found by the beginning of their names", () => {
    expect(testsNamed("Messages, plain, 1 KB, 64")).toHaveLength(1);
    expect(testsNamed("Messages from chat").map(({ name }) => name)).toContain(
      "Messages from chat, SSE, 50 events, 64 conn.",
    );
  });

  it("send the requests of their callers' wires", () => {
    const [test] = testsNamed("Messages from Responses, plain, 1 KB, 64 conn.");
    const sent = requestBytes(test!, {}).toString();
    expect(sent).toMatch(/^POST \/v1\/messages HTTP\/1\.1\r\n/u);
    expect(sent).toContain("x-api-key: k\r\n");
    expect(sent).toContain('{"model":"1024-responses","max_tokens":1024,"messages":[');
  });
});
