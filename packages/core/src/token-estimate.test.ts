import { describe, expect, it } from "vitest";
import { estimateChatInput, estimateChoices, estimatePromptInput } from "./token-estimate.js";

const chat = (content: unknown, more: object = {}): number =>
  estimateChatInput({ model: "m", messages: [{ role: "user", content }], ...more });
/** Every request adds 3 tokens, and every message 4. */
const empty = chat("");
const of = (content: unknown): number => chat(content) - empty;

/** An array that counts how often its items are read. */
function watched<Item>(items: readonly Item[]): { readonly list: readonly Item[]; readonly looks: () => number } {
  let looks = 0;
  const list = new Proxy(items, {
    get: (target, key) => {
      if (typeof key === "string" && /^\d/u.test(key)) looks += 1;
      return Reflect.get(target, key) as unknown;
    },
  });
  return { list, looks: () => looks };
}

describe("estimateChatInput", () => {
  it("counts four characters of English as a token, and weighs other scripts by their cost", () => {
    expect(of("a".repeat(400))).toBe(100);
    expect(of("ж".repeat(400))).toBe(200);
    expect(of("語".repeat(400))).toBe(400);
    expect(of("日本語")).toBe(3);
    expect(of(`${"word ".repeat(40)}${"語".repeat(200)}`)).toBeGreaterThan(of("word ".repeat(80)) * 2);
  });

  it("counts every message, tool, tool call and schema", () => {
    expect(estimateChatInput({ messages: [] })).toBe(3);
    expect(empty).toBe(7);
    const tools = [{ type: "function", function: { name: "weather", description: "d".repeat(400), parameters: {} } }];
    expect(chat("", { tools })).toBeGreaterThan(empty + 100);
    expect(chat("", { functions: tools })).toBe(chat("", { tools }));
    expect(
      chat("", { response_format: { type: "json_schema", json_schema: { name: "x".repeat(80) } } }),
    ).toBeGreaterThan(empty + 20);
    const call = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "1", function: { arguments: "a".repeat(40) } }],
    };
    expect(estimateChatInput({ messages: [call] })).toBeGreaterThan(empty + 10);
  });

  it("counts images by their detail, audio by its length and documents by their size, never base64 as text", () => {
    const base64 = "A".repeat(1_000_000);
    const image = (detail?: string) => ({
      type: "image_url",
      image_url: { url: `data:image/png;base64,${base64}`, detail },
    });
    expect(of([image("low")])).toBe(85);
    expect(of([image("high"), image()])).toBe(2 * 765);
    expect(of([{ type: "input_audio", input_audio: { data: base64, format: "wav" } }])).toBe(157);
    expect(of([{ type: "input_audio", input_audio: { data: base64, format: "mp3" } }])).toBe(469);
    expect(of([{ type: "file", file: { file_data: base64 } }])).toBe(12_500);
    expect(of([{ type: "text", text: "a".repeat(40) }, "a".repeat(40)])).toBe(20);
  });

  it("does not take many short items for long ones because the first one is long", () => {
    const count = 60_000;
    const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
    const long = { role: "assistant", content: null, tool_calls: Array.from({ length: count }, () => call) };
    const short = { role: "tool", tool_call_id: "1", content: "x" };
    const both = estimateChatInput({ messages: [long, ...Array.from({ length: count }, () => short)] });
    const apart =
      count *
      (estimateChatInput({ messages: [{ ...long, tool_calls: [call] }] }) + estimateChatInput({ messages: [short] }));
    expect(both).toBeGreaterThan(apart / 3);
    expect(both).toBeLessThan(apart * 3);
  });

  it.each([
    ["messages", (list: readonly unknown[]) => ({ messages: list }), { role: "user", content: "hi" }],
    [
      "parts of a message",
      (list: readonly unknown[]) => ({ messages: [{ role: "user", content: list }] }),
      { type: "text", text: "hi" },
    ],
    [
      "tools",
      (list: readonly unknown[]) => ({ messages: [], tools: list }),
      { type: "function", function: { name: "f" } },
    ],
    ["values deep down", (list: readonly unknown[]) => ({ messages: [], tools: [{ a: { b: list } }] }), "value"],
  ] as const)("reads a bounded number of values, however many %s there are", (_, body, item) => {
    const { list, looks } = watched(Array.from({ length: 1_000_000 }, () => item));
    const small = estimateChatInput(body(Array.from({ length: 1_000 }, () => item)));
    const large = estimateChatInput(body(list));
    expect(looks()).toBeLessThanOrEqual(50_001);
    // The items that were not read are assumed to be like those that were.
    expect(large / small).toBeGreaterThan(900);
    expect(large / small).toBeLessThan(1_100);
  });

  it("reads a bounded number of characters of a text of any length", () => {
    expect(of("a".repeat(4_000_000))).toBe(1_000_000);
  });

  it.each([null, 5, "x", [null, 5, "x", [], {}], [{ role: "user", content: 7 }], { a: 1 }])(
    "accepts any body, also nonsense: %j",
    (messages) => {
      const tokens = estimateChatInput({ messages, tools: messages, response_format: messages });
      expect(Number.isInteger(tokens)).toBe(true);
      expect(tokens).toBeGreaterThanOrEqual(3);
    },
  );

  it("ends for data that refers to itself", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(Number.isInteger(estimateChatInput({ messages: [], tools: [circle] }))).toBe(true);
  });
});

describe("estimatePromptInput", () => {
  it("counts texts, tokens and lists of tokens", () => {
    expect(estimatePromptInput("a".repeat(40))).toBe(10);
    expect(estimatePromptInput(["a".repeat(40), "b".repeat(40)])).toBe(20);
    expect(estimatePromptInput([1, 2, 3])).toBe(3);
    expect(estimatePromptInput([[1, 2, 3], [4]])).toBe(4);
    expect(estimatePromptInput(undefined)).toBe(0);
  });

  it("reads a bounded number of items", () => {
    const tokens = watched(Array.from({ length: 1_000_000 }, (_, index) => index));
    expect(estimatePromptInput(tokens.list)).toBe(1_000_000);
    const texts = watched(Array.from({ length: 1_000_000 }, () => "word"));
    expect(estimatePromptInput(texts.list)).toBe(1_000_000);
    expect(Math.max(tokens.looks(), texts.looks())).toBeLessThanOrEqual(50_001);
  });
});

describe("estimateChoices", () => {
  it("counts text, refusals, reasoning and tool calls of every choice", () => {
    const text = "a".repeat(40);
    expect(estimateChoices({ choices: [{ text }, { text }] })).toBe(20);
    expect(estimateChoices({ choices: [{ message: { content: text, refusal: text, reasoning_content: text } }] })).toBe(
      30,
    );
    expect(
      estimateChoices({ choices: [{ message: { content: null, tool_calls: [{ function: { arguments: text } }] } }] }),
    ).toBeGreaterThan(10);
    for (const nonsense of [{}, { data: [] }, { choices: 5 }, { choices: [null, 5, {}] }])
      expect(estimateChoices(nonsense)).toBe(0);
  });
});
