import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json.js";
import { operations } from "./operations.js";
import { estimateChatInput } from "./token-estimate.js";
import type { MockFacts } from "./operations/operation-row.js";

const rows = Object.values(operations);
const facts: MockFacts = {
  id: "1",
  created: 2,
  model: "m",
  text: "hello",
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  request: { messages: [], prompt: "x", input: ["x", "y"] },
};

describe("the row of the operation", () => {
  it.each(rows)("$name simulates a valid answer that is not empty", ({ mock, fault, choices, empty }) => {
    const answer = mock.answer(facts);
    expect(fault(answer, choices(facts.request))).toBeUndefined();
    expect(empty(answer)).toBe(false);
  });

  it.each(rows)("$name simulates and assembles events exactly if it streams", ({ streams, mock, assemble }) => {
    expect([mock.event !== undefined, assemble !== undefined]).toEqual([streams, streams]);
  });

  it.each(rows.filter(({ streams }) => streams))("$name assembles its own events to a valid answer", (row) => {
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

  it.each(rows)(
    "$name reads a usual finish reason and the usage from its own answer",
    ({ mock, reads, finishReasons }) => {
      const answer = mock.answer(facts);
      const reasons = reads.choices(answer)?.map((choice) => reads.finishReason(choice) ?? "none") ?? [];
      expect(reasons.filter((reason) => finishReasons[reason] !== "complete")).toEqual([]);
      expect(reads.usage(answer)).toMatchObject({ prompt_tokens: 1 });
    },
  );

  it.each(rows.filter(({ streams }) => streams))(
    "$name finds content and ends in its own events",
    ({ mock, reads }) => {
      const { usage: _usage, text, ...head } = facts;
      const mockEvent = mock.event?.({ ...head, text }) ?? {};
      const ended = mock.event?.({ ...head, finishReason: "stop" }) ?? {};
      const ends = (event: JsonObject): unknown => reads.choices(event)?.map((choice) => reads.finishReason(choice));
      expect([reads.contentLength(mockEvent), ends(mockEvent), reads.isEvent(mockEvent)]).toEqual([
        text.length,
        [undefined],
        true,
      ]);
      expect([reads.contentLength(ended), ends(ended), reads.isEvent(ended)]).toEqual([0, ["stop"], true]);
      expect(reads.isEvent({ ...mockEvent, error: { message: "broken" } })).toBe(false);
    },
  );

  it("embeddings simulates one vector per text, for any number of texts", () => {
    const input = Array.from({ length: 3_000 }, () => "x");
    const answer = operations.embeddings.mock.answer({ ...facts, request: { input } });
    expect(operations.embeddings.fault(answer, input.length)).toBeUndefined();
  });

  it.each(rows.filter(({ cacheItems }) => cacheItems !== undefined))(
    "$name splits requests and answers into items, and merges the answers again",
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

describe("operations", () => {
  it.each([
    ["chat", { error: { message: "x" } }],
    ["chat", { choices: [] }],
    ["chat", { choices: [{}] }],
    ["chat", "text"],
    ["text_completion", { choices: [{}] }],
    ["embeddings", { data: [] }],
    ["embeddings", { data: [{ embedding: null }] }],
    ["embeddings", { data: [{ embedding: 5 }] }],
  ] as const)("%s rejects %j as an answer", (name, value) => {
    expect(operations[name].fault(value)).toBeTypeOf("string");
  });

  it("distinguish empty answers from others", () => {
    const answer = (message: object) => ({ choices: [{ message }] });
    expect(operations.chat.empty(answer({ content: "" }))).toBe(true);
    expect(operations.chat.empty(answer({ content: null, tool_calls: [{}] }))).toBe(false);
    expect(operations.chat.empty(answer({ content: "x" }))).toBe(false);
  });

  it("estimate the tokens of huge bodies without reading all of them", () => {
    const request = { messages: [{ role: "user", content: "x".repeat(4_000_000) }] };
    expect(estimateChatInput(request)).toBeGreaterThan(999_000);
  });
});
