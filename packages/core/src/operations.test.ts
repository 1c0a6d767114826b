import { describe, expect, it } from "vitest";
import type { JsonObject } from "./json.js";
import { operations } from "./operations.js";
import { estimateChatInput } from "./token-estimate.js";
import type { MockFacts, OperationRow } from "./operations/operation-row.js";
import type { Usage } from "./wire/usage.js";

const rows = Object.values(operations);
const facts: MockFacts = {
  id: "1",
  created: 2,
  model: "m",
  text: "hello",
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  request: { messages: [], prompt: "x", input: ["x", "y"] },
};

const streamed = rows.filter(({ streams }) => streams);

/** The events of a simulated stream. */
function eventsOf(
  row: OperationRow,
  {
    pieces = ["hel", "lo"],
    finishReason,
  }: { readonly pieces?: readonly string[]; readonly finishReason?: string } = {},
): readonly JsonObject[] {
  const { text: _text, usage, ...head } = facts;
  const steps = pieces.map((text, index) => ({ text, index, textSoFar: pieces.slice(0, index + 1).join("") }));
  const end = { index: pieces.length, textSoFar: pieces.join(""), finishReason, usage };
  return [...steps, end].flatMap((step) => row.mock.events?.({ ...head, ...step }) ?? []);
}

/** What the finish reasons of an answer or an event mean. */
function endingsIn({ reads, finishReasons }: OperationRow, value: JsonObject): readonly unknown[] {
  const choices = reads.choices(value) ?? [];
  return choices.flatMap((choice) => {
    const reason = reads.finishReason(choice);
    return reason === undefined ? [] : [finishReasons[reason]];
  });
}

describe("the row of the operation", () => {
  it.each(rows)("$name simulates a valid answer that is not empty", ({ mock, fault, choices, empty }) => {
    const answer = mock.answer(facts);
    expect(fault(answer, choices(facts.request))).toBeUndefined();
    expect(empty(answer)).toBe(false);
  });

  it.each(rows)("$name simulates and assembles events exactly if it streams", ({ streams, mock, assemble }) => {
    expect([mock.events !== undefined, assemble !== undefined]).toEqual([streams, streams]);
  });

  it.each(streamed)("$name assembles its own events to a valid answer", (row) => {
    const answer = row.assemble?.(eventsOf(row)) ?? {};
    expect([row.fault(answer), row.empty(answer), row.reads.text(answer)]).toEqual([undefined, false, "hello"]);
    expect(endingsIn(row, answer)).toEqual(["complete"]);
  });

  it.each(streamed)("$name assembles an answer without text from a stream that ends at once", (row) => {
    const answer = row.assemble?.(eventsOf(row, { pieces: [] })) ?? {};
    expect([row.empty(answer), endingsIn(row, answer)]).toEqual([true, ["complete"]]);
  });

  it.each(rows)(
    "$name reads a usual finish reason and the usage from its own answer",
    ({ mock, reads, finishReasons, apart }) => {
      const answer = mock.answer(facts);
      const reasons = reads.choices(answer)?.map((choice) => reads.finishReason(choice) ?? "none") ?? [];
      expect(reasons.filter((reason) => finishReasons[reason] !== "complete")).toEqual([]);
      // What vendors do not charge for has no usage.
      const usage = reads.usage(answer) as Usage | undefined;
      expect(usage?.prompt_tokens).toBe(apart === true ? undefined : 1);
    },
  );

  it.each(streamed)("$name finds the text, the content and one end in its own events", (row) => {
    const { reads } = row;
    const events = eventsOf(row);
    expect(events.map((event) => reads.text(event)).join("")).toBe("hello");
    expect(events.reduce((sum, event) => sum + reads.contentLength(event), 0)).toBe("hello".length);
    expect(events.flatMap((event) => endingsIn(row, event))).toEqual(["complete"]);
    expect(endingsIn(row, events[0] ?? {})).toEqual([]);
    expect(events.every((event) => reads.isEvent(event))).toBe(true);
  });

  it.each(streamed)("$name does not accept errors as events", ({ reads }) => {
    const errors: readonly JsonObject[] = [
      { error: { message: "broken" } },
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    ];
    for (const error of errors) expect(reads.isEvent(error)).toBe(false);
  });

  it.each(
    streamed.flatMap((row) => [
      [row.name, "length", "cut"] as const,
      [row.name, "content_filter", "filtered"] as const,
      [row.name, "tool_calls", "complete"] as const,
    ]),
  )("%s simulates a stream that ends with %s, which means %s", (name, finishReason, meaning) => {
    const row = operations[name];
    expect(eventsOf(row, { finishReason }).flatMap((event) => endingsIn(row, event))).toEqual([meaning]);
  });

  it.each(streamed)("$name reads the usage of a whole stream from its events", (row) => {
    let usage: Usage | undefined;
    for (const event of eventsOf(row)) usage = (row.reads.usage(event, usage) as Usage | undefined) ?? usage;
    expect(usage).toMatchObject(facts.usage);
  });

  it.each(streamed)("$name estimates the tokens of an answer from its text", (row) => {
    const answer = row.mock.answer({ ...facts, text: "a".repeat(400) });
    expect(row.outputTokens(answer)).toBeGreaterThanOrEqual(100);
    expect(row.outputTokens(answer)).toBeLessThan(115);
    for (const nonsense of [{}, { choices: 5, content: 5, output: 5 }, { content: [null, 5], output: [null, 5] }])
      expect(row.outputTokens(nonsense)).toBe(0);
  });

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
    ["messages", { type: "error", error: { type: "overloaded_error" } }],
    ["messages", { content: "x", stop_reason: "end_turn" }],
    ["messages", { content: [], stop_reason: null }],
    ["responses", { status: "failed", output: [], error: { code: "server_error" } }],
    ["responses", { status: "completed" }],
    ["responses", { status: "completed", output: [], usage: { output_tokens: 0 } }],
  ] as const)("%s rejects %j as an answer", (name, value) => {
    expect(operations[name].fault(value)).toBeTypeOf("string");
  });

  it("distinguish empty answers from others", () => {
    const answer = (message: object) => ({ choices: [{ message }] });
    expect(operations.chat.empty(answer({ content: "" }))).toBe(true);
    expect(operations.chat.empty(answer({ content: null, tool_calls: [{}] }))).toBe(false);
    expect(operations.chat.empty(answer({ content: "x" }))).toBe(false);
  });

  it.each([
    ["messages", { content: [], stop_reason: "end_turn" }],
    ["messages", { content: [], stop_reason: "refusal" }],
    ["responses", { status: "queued", output: [], error: null }],
    ["responses", { status: "incomplete", output: [], incomplete_details: { reason: "max_output_tokens" } }],
  ] as const)("%s accepts %j as an answer, which is empty", (name, value) => {
    expect([operations[name].fault(value), operations[name].empty(value)]).toEqual([undefined, true]);
  });

  it("estimate the tokens of huge bodies without reading all of them", () => {
    const request = { messages: [{ role: "user", content: "x".repeat(4_000_000) }] };
    expect(estimateChatInput(request)).toBeGreaterThan(999_000);
  });
});
