import type { ChatMessage } from "@modelyard/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { convertMessages, convertMessagesEventually as convertEventually } from "./support/converted.js";

function call(id: string, args = '{"a":1}') {
  return { id, type: "function" as const, function: { name: "f", arguments: args } };
}

/** A call and its result. */
function calling(id: string, args?: string): readonly ChatMessage[] {
  return [
    { role: "assistant", content: null, tool_calls: [call(id, args)] },
    { role: "tool", tool_call_id: id, content: "x" },
  ];
}

function user(part: Record<string, unknown>): readonly ChatMessage[] {
  return [{ role: "user", content: [part as never] }];
}

describe("hostile conversations with Claude", () => {
  it("numbers calls of the same id without searching from the beginning for each", async () => {
    const lookups = vi.spyOn(Set.prototype, "has");
    const counted = async (calls: number): Promise<number> => {
      lookups.mockClear();
      const { messages } = await convertEventually(Array.from({ length: calls }, () => calling("call_0")).flat());
      const ids = messages.flatMap(({ content }) =>
        content.flatMap((block) => (block.type === "tool_use" ? [block.id] : [])),
      );
      expect(new Set(ids).size).toBe(calls);
      return lookups.mock.calls.length;
    };
    const [few, many] = [await counted(100), await counted(800)];
    lookups.mockRestore();
    expect(many).toBeLessThan(10 * few);
  });

  it("accepts messages with many parts, and many messages of one role", async () => {
    const parts = Array.from({ length: 200_000 }, () => ({ type: "text" as const, text: "x" }));
    const { system, messages } = await convertEventually([
      { role: "system", content: parts },
      { role: "user", content: "a" },
      { role: "user", content: parts },
    ]);
    expect([system?.length, messages[0]?.content.length]).toEqual([200_000, 200_001]);
  });

  it("leaves conversations with more messages than Anthropic accepts to other vendors", async () => {
    const many = Array.from({ length: 100_001 }, () => ({ role: "user" as const, content: "x" }));
    await expect(async () => convertEventually(many)).rejects.toMatchObject({
      kind: "unsupported_params",
      param: "messages",
      message: expect.stringContaining("100000") as unknown,
    });
  });

  it("refuses deeply nested arguments of a tool call before they are parsed", async () => {
    const deep = `{"a":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}}`;
    const messages = calling("1", deep);
    await expect(async () => convertEventually(messages)).rejects.toThrow(
      "The argument of the tool call messages[0].tool_calls[0] is nested more than 200 levels deep.",
    );
  });

  it("refuses arguments of a tool call with too many values before they are parsed", async () => {
    const wide = (count: number): readonly ChatMessage[] => calling("1", `{"a":[${"0,".repeat(count)}0]}`);
    expect((await convertEventually(wide(29_000))).tools).toHaveLength(1);
    await expect(async () => convertEventually(wide(30_000))).rejects.toThrow("has more than 30000 values.");
    await expect(async () => convertEventually(wide(90_000))).rejects.toThrow("has more than 30000 values.");
  });
});

describe("a conversation with Claude", () => {
  it("collects system messages, merges successive messages of one role, and moves tool results to the user's message", () => {
    const { system, messages } = convertMessages([
      { role: "system", content: "one" },
      { role: "user", content: "look", name: "ann" },
      { role: "developer", content: [{ type: "text", text: "two", cache_control: { type: "ephemeral" } }] },
      { role: "user", content: "there" },
      { role: "assistant", content: null, tool_calls: [call("1"), call("2")] },
      { role: "tool", tool_call_id: "1", content: "result" },
      { role: "tool", tool_call_id: "2", content: "" },
      { role: "user", content: "and now?" },
    ]);
    expect(system).toEqual([
      { type: "text", text: "one" },
      { type: "text", text: "two", cache_control: { type: "ephemeral" } },
    ]);
    expect(messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "look" },
          { type: "text", text: "there" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "1", name: "f", input: { a: 1 } },
          { type: "tool_use", id: "2", name: "f", input: { a: 1 } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "1", content: "result" },
          { type: "tool_result", tool_use_id: "2" },
          { type: "text", text: "and now?" },
        ],
      },
    ]);
  });

  it("puts tool results before a text that came between them", () => {
    const { messages } = convertMessages([
      { role: "user", content: "x" },
      { role: "assistant", tool_calls: [call("1")] },
      { role: "user", content: "hurry" },
      { role: "tool", tool_call_id: "1", content: "done" },
    ]);
    expect(messages[2]?.content.map((block) => block.type)).toEqual(["tool_result", "text"]);
  });

  it.each([
    [
      "a data URL",
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
    ],
    [
      "image/jpg, as many write it",
      { type: "image_url", image_url: { url: "data:image/jpg;base64,AA" } },
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AA" } },
    ],
    [
      "an address",
      { type: "image_url", image_url: { url: "https://x.example/i.png" } },
      { type: "image", source: { type: "url", url: "https://x.example/i.png" } },
    ],
    [
      "a bare address",
      { type: "image_url", image_url: "https://x.example/i.png" },
      { type: "image", source: { type: "url", url: "https://x.example/i.png" } },
    ],
    [
      "a PDF",
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" } },
      { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: "JVBE" } },
    ],
    [
      "a text file",
      { type: "file", file: { file_data: "data:text/markdown;charset=utf-8;base64,w6QK" } },
      { type: "document", source: { type: "text", media_type: "text/plain", data: "ä\n" } },
    ],
    [
      "a file of Anthropic's",
      { type: "file", file: { file_id: "file_011" } },
      { type: "document", source: { type: "file", file_id: "file_011" } },
    ],
    [
      "a block in Anthropic's words",
      { type: "search_result", source: "s", title: "t", content: [] },
      { type: "search_result", source: "s", title: "t", content: [] },
    ],
  ])("sends %s", (_name, part, block) => {
    expect(convertMessages(user(part)).messages[0]?.content).toEqual([block]);
  });

  it("keeps images in tool results, and puts a message's cache mark on its last block", () => {
    const { messages } = convertMessages([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
        cache_control: { type: "ephemeral" },
      },
      { role: "assistant", tool_calls: [call("1")] },
      {
        role: "tool",
        tool_call_id: "1",
        content: [{ type: "image_url", image_url: { url: "https://x.example/i.png" } }],
        cache_control: { type: "ephemeral" },
      },
    ]);
    expect(messages[0]?.content).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "b", cache_control: { type: "ephemeral" } },
    ]);
    expect(messages[2]?.content).toEqual([
      {
        type: "tool_result",
        tool_use_id: "1",
        content: [{ type: "image", source: { type: "url", url: "https://x.example/i.png" } }],
        cache_control: { type: "ephemeral" },
      },
    ]);
  });

  it("converts the ids of other vendors in the same way for calls and results", () => {
    const { messages } = convertMessages([
      { role: "user", content: "x" },
      { role: "assistant", tool_calls: [call("functions.f:0")] },
      { role: "tool", tool_call_id: "functions.f:0", content: "r" },
    ]);
    const [use, result] = [messages[1]?.content[0], messages[2]?.content[0]];
    expect(use).toMatchObject({ id: "functions_f_0" });
    expect(result).toMatchObject({ tool_use_id: "functions_f_0" });
  });

  it("distinguishes calls whose ids start again in every turn", () => {
    const turn = (result: string): readonly ChatMessage[] => [
      { role: "assistant", tool_calls: [call("call.0"), call("call_0")] },
      { role: "tool", tool_call_id: "call.0", content: result },
      { role: "tool", tool_call_id: "call_0", content: result },
    ];
    const { messages } = convertMessages([{ role: "user", content: "x" }, ...turn("one"), ...turn("two")]);
    const ids = messages.map(({ content }) =>
      content.map((block) =>
        block.type === "tool_use" ? block.id : block.type === "tool_result" ? block.tool_use_id : "",
      ),
    );
    expect(ids.slice(1)).toEqual([
      ["call_0", "call_0_2"],
      ["call_0", "call_0_2"],
      ["call_0_3", "call_0_4"],
      ["call_0_3", "call_0_4"],
    ]);
  });

  it("begins with the user, trims an answer's beginning, and keeps the text of a refusal", () => {
    const { messages } = convertMessages([
      { role: "assistant", content: "Hello! " },
      { role: "user", content: "hi" },
      { role: "assistant", content: null, refusal: "I will not. " },
    ]);
    expect(messages.map((turn) => turn.role)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(messages.at(-1)?.content).toEqual([{ type: "text", text: "I will not." }]);
  });

  it("converts a conversation of system messages only", () => {
    expect(convertMessages([{ role: "system", content: "be brief" }])).toMatchObject({
      system: [{ text: "be brief" }],
      messages: [{ role: "user" }],
    });
  });

  it.each([
    ["not a JSON object", calling("1", "{")],
    ["not a JSON object", calling("1", "[1]")],
    ["no later turn has its result", [{ role: "assistant", tool_calls: [call("1")] }]],
    ["does not make that call", [{ role: "tool", tool_call_id: "1", content: "r" }]],
    ["at least one message with content", [{ role: "user", content: " " }]],
    ["tool_call_id is required", [{ role: "tool", content: "r" }]],
    ["not base64", user({ type: "image_url", image_url: { url: "data:image/png,AA" } })],
    ["not base64", user({ type: "image_url", image_url: { url: "data:base64,AA" } })],
    ["not base64", user({ type: "image_url", image_url: { url: `data:${";".repeat(5_000_000)}` } })],
    ["needs file_data or file_id", user({ type: "file", file: {} })],
    ["a string or a list of parts", [{ role: "user", content: { text: "x" } }]],
  ] as const)("refuses with %s", (message, source) => {
    const convert = (): unknown => convertMessages(source as unknown as readonly ChatMessage[]);
    expect(convert).toThrow(new RegExp(message.replaceAll(/[.+]/gu, String.raw`\$&`), "u"));
    const param = expect.stringMatching(/^messages/u) as unknown;
    const kind = expect.stringMatching(/^(?:invalid_request|unsupported_params)$/u) as unknown;
    expect(convert).toThrow(expect.objectContaining({ kind, source: "provider", param }));
  });

  it.each([
    ["audio", user({ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } })],
    ["the type video_url", user({ type: "video_url" })],
    ["image/svg+xml", user({ type: "image_url", image_url: { url: "data:image/svg+xml;base64,AA" } })],
    ["uploaded to Anthropic", user({ type: "file", file: { file_id: "file-openai" } })],
    ["accept only text here", [{ role: "system", content: [{ type: "image_url", image_url: { url: "https://x" } }] }]],
    ["accepts only text here", [{ role: "assistant", content: [{ type: "document" } as never] }]],
  ] as const)("leaves what other vendors may support to them: %s", (message, source) => {
    const convert = (): unknown => convertMessages(source);
    const param = "messages[0].content[0]";
    expect(convert).toThrow(expect.objectContaining({ kind: "unsupported_params", source: "provider", param }));
    expect(convert).toThrow(message);
  });

  it("names everything that cannot be sent in one error", () => {
    const parts = ["image/svg+xml", "image/bmp"].map((type) => ({
      type: "image_url" as const,
      image_url: { url: `data:${type};base64,AA` },
    }));
    expect(() => convertMessages([{ role: "user", content: parts }])).toThrow(
      /messages\[0\]\.content\[0\] \(.*svg.*messages\[0\]\.content\[1\] \(.*bmp/u,
    );
  });

  it("converts calls and results of functions as they were before tools existed", () => {
    const { messages } = convertMessages([
      { role: "user", content: "x" },
      { role: "assistant", content: null, function_call: { name: "f", arguments: '{"a":1}' } },
      { role: "function", name: "f", content: "r" },
    ] as readonly unknown[] as readonly ChatMessage[]);
    const id = messages[1]?.content[0]?.id;
    expect(messages[1]?.content).toEqual([{ type: "tool_use", id, name: "f", input: { a: 1 } }]);
    expect(messages[2]?.content).toEqual([{ type: "tool_result", tool_use_id: id, content: "r" }]);
  });
});

/** A conversation as OpenAI allows it: every call has its result, texts may be empty, roles may repeat. */
const exchange = fc.oneof(
  fc
    .record({ role: fc.constantFrom("user", "assistant", "system", "developer"), content: fc.string() })
    .map((message) => [message]),
  fc.array(fc.json({ maxDepth: 1 }), { minLength: 1, maxLength: 3 }).map((values) => ({ values })),
);

function build(steps: readonly unknown[]): ChatMessage[] {
  let next = 0;
  return (steps as readonly (ChatMessage[] | { readonly values: readonly string[] })[]).flatMap(
    (step): ChatMessage[] => {
      if (Array.isArray(step)) return step;
      const calls = step.values.map((value) => {
        next += 1;
        return call(`call_${String(next)}`, JSON.stringify({ value }));
      });
      const results = calls.map(({ id }): ChatMessage => ({
        role: "tool",
        tool_call_id: id,
        content: `result of ${id}`,
      }));
      return [{ role: "assistant", content: null, tool_calls: calls }, ...results];
    },
  );
}

describe("the conversion of any conversation", () => {
  const converted = fc.array(exchange, { maxLength: 12 }).map((steps) => {
    const source: ChatMessage[] = [...build(steps), { role: "user", content: "end" }];
    return { source, ...convertMessages(source) };
  });

  it("alternates between the roles, begins with the user, and has no empty block", () => {
    fc.assert(
      fc.property(converted, ({ messages }) => {
        expect(messages[0]?.role).toBe("user");
        for (const [index, turn] of messages.entries()) {
          expect(turn.role).not.toBe(messages[index - 1]?.role);
          expect(turn.content.length).toBeGreaterThan(0);
          expect(turn.content.some((block) => block.type === "text" && block.text?.trim() === "")).toBe(false);
        }
      }),
    );
  });

  it("loses no text, call or result", () => {
    fc.assert(
      fc.property(converted, ({ source, system, messages }) => {
        const blocks = [...(system ?? []), ...messages.flatMap((turn) => turn.content)];
        const texts = blocks.flatMap(({ type, text }) => (type === "text" && text !== undefined ? [text] : []));
        const wanted = source.flatMap(({ role, content }) =>
          role === "tool" || typeof content !== "string" || content.trim() === "" ? [] : [content],
        );
        // If a conversation begins with the assistant, a first message of the user is added.
        expect(texts.filter((text) => text !== "Begin.").toSorted()).toEqual(
          wanted.filter((text) => text !== "Begin.").toSorted(),
        );
        const calls = source
          .flatMap((message) => message.tool_calls ?? [])
          .flatMap((made) => (made.type === "function" ? [[made.id, made.function.arguments]] : []));
        expect(
          blocks.flatMap((block) => (block.type === "tool_use" ? [[block.id, JSON.stringify(block.input)]] : [])),
        ).toEqual(calls);
      }),
    );
  });

  it("has the results of a turn's calls at the beginning of the next turn", () => {
    fc.assert(
      fc.property(converted, ({ messages }) => {
        for (const [index, turn] of messages.entries()) {
          const ids = turn.content.flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
          const answers = (messages[index + 1]?.content ?? []).slice(0, ids.length);
          expect(answers.map((block) => (block.type === "tool_result" ? block.tool_use_id : ""))).toEqual(ids);
        }
      }),
    );
  });
});
