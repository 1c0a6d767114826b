import { describe, expect, it } from "vitest";
import { recordedWorkload } from "./recorded.js";

const read = (text: string, speed?: number): readonly unknown[] =>
  JSON.parse(JSON.stringify([...recordedWorkload(text, speed)])) as unknown[];

describe("recordedWorkload", () => {
  it("reads CSV, with the first request at the start", () => {
    const text =
      "at_ms,input_tokens,output_tokens,max_tokens,tenant,stream\r\n2000,10,5,,a,false\r\n1000,20,6,100,b,true\r\n";
    expect(read(text)).toEqual([
      { atMs: 0, inputTokens: 20, outputTokens: 6, maxTokens: 100, tenant: "b", stream: true },
      { atMs: 1_000, inputTokens: 10, outputTokens: 5, tenant: "a", stream: false },
    ]);
    expect(read(text, 4)[1]).toMatchObject({ atMs: 250 });
  });

  it("reads Azure's traces", () => {
    const text =
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.4799600,3180,8\n";
    expect(read(text)).toEqual([
      { atMs: 0, inputTokens: 4_808, outputTokens: 10 },
      { atMs: 500, inputTokens: 3_180, outputTokens: 8 },
    ]);
  });

  it("reads Mooncake's traces, with the blocks that prompts have in common", () => {
    const text = [
      '{"timestamp": 0, "input_length": 1100, "output_length": 50, "hash_ids": [0, 1, 2]}',
      '{"timestamp": 3000, "input_length": 1024, "output_length": 60, "hash_ids": [0, 7]}',
    ].join("\n");
    const [first, second] = [...recordedWorkload(text)];
    expect(first?.prefix).toEqual([
      { id: "0", tokens: 512 },
      { id: "1", tokens: 512 },
    ]);
    expect(second).toMatchObject({ atMs: 3_000, inputTokens: 1_024, outputTokens: 60 });
    expect(second?.prefix?.[0]).toBe(first?.prefix?.[0]);
  });

  it("reads dates, sessions and models", () => {
    const row = {
      at_ms: "2026-01-31T12:00:00Z",
      prompt_tokens: 5,
      completion_tokens: 1,
      session: 7,
      model: "gpt",
      stream: true,
    };
    expect(read(JSON.stringify(row))).toEqual([
      { atMs: 0, inputTokens: 5, outputTokens: 1, session: "7", model: "gpt", stream: true },
    ]);
  });

  it.each([
    ["at_ms,input_tokens\n1,2", "line 2: output_tokens is missing."],
    ["at_ms,input_tokens,output_tokens\n1,2,3\n\nx,2,3", 'line 4: at_ms is "x".'],
    ["at_ms,input_tokens,output_tokens\n1,-2,3", 'line 2: input_tokens is "-2".'],
    ['{"at_ms": 1}', "line 1: input_tokens is missing."],
    ['{"at_ms": 1, "input_tokens": 1, "output_tokens": 1}\n{', "line 2: it is not valid JSON."],
  ])("names the line that it cannot read: %j", (text, message) => {
    expect(() => recordedWorkload(text)).toThrow(message);
  });
});
