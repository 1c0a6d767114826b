import { describe, expect, it } from "vitest";
import { operations } from "../operations.js";
import type { MockFacts } from "./operation-row.js";

const rows = Object.values(operations);
const facts: MockFacts = {
  id: "1",
  created: 2,
  model: "m",
  text: "hello",
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  request: { messages: [], prompt: "x", input: ["x", "y"] },
};

describe("the row of an operation", () => {
  it.each(rows)("$name simulates an answer that counts as one, and is not empty", ({ mock, fault, choices, empty }) => {
    const answer = mock.answer(facts);
    expect(fault(answer, choices(facts.request))).toBeUndefined();
    expect(empty(answer)).toBe(false);
  });

  it.each(rows)(
    "$name can simulate and assemble events if it streams, and only then",
    ({ streams, mock, assemble }) => {
      expect([mock.event !== undefined, assemble !== undefined]).toEqual([streams, streams]);
    },
  );

  it.each(rows.filter(({ streams }) => streams))("$name assembles its own events to an answer", (row) => {
    const { text, usage: _usage, ...head } = facts;
    const events = [
      { ...head, text },
      { ...head, finishReason: "stop" },
    ].map((event) => row.mock.event?.(event) ?? {});
    const answer = row.assemble?.(events);
    expect(row.fault(answer)).toBeUndefined();
    expect(JSON.stringify(answer)).toContain(`"hello"`);
    expect(JSON.stringify(answer)).toContain(`"finish_reason":"stop"`);
  });

  it("embeddings simulates one for each text, however many there are", () => {
    const input = Array.from({ length: 3_000 }, () => "x");
    const answer = operations.embeddings.mock.answer({ ...facts, request: { input } });
    expect(operations.embeddings.fault(answer, input.length)).toBeUndefined();
  });

  it.each(rows.filter(({ cacheItems }) => cacheItems !== undefined))(
    "$name takes requests and answers apart, and puts the answers together again",
    ({ cacheItems, mock }) => {
      const items = cacheItems?.of(facts.request) ?? [];
      expect(items).toHaveLength(2);
      const answer = mock.answer({ ...facts, vector: (index) => [index] });
      const parts = cacheItems?.split(answer, items.length) ?? [];
      expect(parts).toHaveLength(2);
      expect(cacheItems?.merge(items, parts, "m")).toMatchObject({ ...answer, usage: expect.anything() as unknown });
      expect(cacheItems?.of(cacheItems.with(facts.request, ["y"]))).toEqual(["y"]);
    },
  );
});
