import type { ChatMessage, JsonObject } from "@modelyard/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { convertEventually, convertMessagesEventually as convertMessages } from "./support/converted.js";

/** A turn of an agent: a tool call, its result, and a question. */
const turn = (index: number): readonly ChatMessage[] => [
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: `call.${String(index)}`, type: "function", function: { name: "read", arguments: '{"a":1}' } }],
  },
  { role: "tool", tool_call_id: `call.${String(index)}`, content: "text" },
  { role: "user", content: [{ type: "text", text: `question ${String(index)}` }] },
];
const conversation = (turns: number): readonly ChatMessage[] => [
  { role: "system", content: "be brief" },
  { role: "user", content: "begin" },
  ...Array.from({ length: turns }, (_, index) => turn(index)).flat(),
];

const options = {
  model: "claude-sonnet-4-5",
  traitsModel: "claude-sonnet-4-5",
  apiVersion: "2023-06-01",
  interleaved: false,
  refuses: undefined,
  allowedParams: [],
  stream: false,
  dropParams: false,
  omittedFields: [],
  maxTokens: 100,
} as const;

const file = (text: string | Uint8Array, wrap = (data: string) => data): readonly ChatMessage[] => [
  {
    role: "user",
    content: [
      {
        type: "file",
        file: { file_data: `data:text/plain;base64,${wrap(Buffer.from(text as string).toString("base64"))}` },
      } as never,
    ],
  },
];

/** The converted request, and how many turns of the event loop that took. */
async function counted<Result>(convert: () => Promise<Result> | Result): Promise<[Result, number]> {
  const timers = vi.spyOn(globalThis, "setTimeout");
  const converted = await convert();
  return [converted, timers.mock.calls.length];
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a long conversation", () => {
  it("is converted in several turns of the event loop, with the same result as its parts", async () => {
    const [long, turns] = await counted(() => convertMessages(conversation(4_000)));
    expect(turns).toBeGreaterThan(8);
    const short = await convertMessages(conversation(3));
    expect(long.system).toEqual(short.system);
    expect(long.messages.slice(0, 6)).toEqual(short.messages.slice(0, 6));
    expect(long.messages).toHaveLength(2 * 4_000 + 1);
    expect(long.tools).toMatchObject([{ name: "read" }]);
  });

  it("is converted at once if it has a few hundred messages", () => {
    expect(convertMessages(conversation(150))).not.toBeInstanceOf(Promise);
  });

  it.each([
    ["parts", { role: "user", content: Array.from({ length: 1_000 }, () => ({ type: "text", text: "x" })) }],
    [
      "long arguments",
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "1", type: "function", function: { name: "f", arguments: `{"a":"${"x".repeat(64_000)}"}` } },
        ],
      },
      { role: "tool", tool_call_id: "1", content: "x" },
    ],
  ])("is converted in turns if each message has %s", async (_, ...messages) => {
    const many = Array.from({ length: 20 }, () => messages as readonly ChatMessage[]).flat();
    const [, turns] = await counted(() => convertMessages(many));
    expect(turns).toBeGreaterThan(5);
  });

  it("is refused like a short one", async () => {
    const last = { role: "narrator", content: "x" } as unknown as ChatMessage;
    await expect(async () => convertMessages([...conversation(4_000), last])).rejects.toThrow('not "narrator"');
  });

  it("becomes a request together with all other fields", async () => {
    const request = { messages: conversation(2_000), max_tokens: 5, temperature: 0.5 } as unknown as JsonObject;
    const converting: unknown = convertEventually(request, options);
    expect(converting).toBeInstanceOf(Promise);
    const { body } = await (converting as Promise<{ body: JsonObject }>);
    expect(body).toMatchObject({ model: "claude-sonnet-4-5", max_tokens: 5, temperature: 0.5 });
  });
});

describe("the ids of tool calls", () => {
  const called = (...ids: readonly string[]): readonly ChatMessage[] => [
    {
      role: "assistant",
      content: null,
      tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
    },
    ...ids.map((id): ChatMessage => ({ role: "tool", tool_call_id: id, content: "x" })),
  ];
  const idsOf = async (messages: readonly ChatMessage[]) => {
    const converted = await convertMessages(messages);
    const blocks = converted.messages.flatMap(({ content }) => content as readonly unknown[] as readonly JsonObject[]);
    return {
      calls: blocks.flatMap(({ type, id }) => (type === "tool_use" ? [id as string] : [])),
      results: blocks.flatMap(({ tool_use_id: id }) => (id === undefined ? [] : [id as string])),
    };
  };

  it("are shortened to a bounded length, and stay different and with their results", async () => {
    const middle = ".".repeat(1_000_000);
    const replaced = vi.spyOn(String.prototype, "replaceAll");
    const { calls, results } = await idsOf(called(`a${middle}1`, `a${middle}2`, `a${middle}x${middle}1`, "short.1"));
    const lengths = replaced.mock.contexts.map((text) => String(text).length);
    expect(lengths.length).toBeGreaterThan(0);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(64);
    expect(new Set(calls).size).toBe(4);
    expect(results).toEqual(calls);
    expect(calls[3]).toBe("short_1");
    for (const id of calls) expect(id).toMatch(/^[\w-]{1,64}$/u);
  });

  it("stay different if they differ only in the middle, where they are not looked at", async () => {
    const ids = ["1", "2"].map((mark) => `${"a".repeat(2_000)}${mark}${"b".repeat(2_000)}`);
    const { calls, results } = await idsOf(called(...ids));
    expect(new Set(calls).size).toBe(2);
    expect(results).toEqual(calls);
  });
});

describe("the arguments of tool calls", () => {
  const calling = (...texts: readonly string[]): readonly ChatMessage[] => [
    {
      role: "assistant",
      content: null,
      tool_calls: texts.map((text, index) => ({
        id: `call-${String(index)}`,
        type: "function",
        function: { name: "f", arguments: text },
      })),
    },
    ...texts.map((_, index): ChatMessage => ({ role: "tool", tool_call_id: `call-${String(index)}`, content: "x" })),
  ];
  const inputsOf = ({
    messages,
  }: {
    readonly messages: readonly { readonly content: readonly unknown[] }[];
  }): unknown => messages[1]?.content.map((block) => (block as { readonly input: unknown }).input);

  it("are parsed in several turns of the event loop when one message has many of them", async () => {
    const inputs = Array.from({ length: 1_000 }, (_, index) => ({ index, text: "x".repeat(2_000) }));
    const texts = inputs.map((input) => JSON.stringify(input));
    const parsed: number[] = [];
    const { parse } = JSON;
    vi.spyOn(JSON, "parse").mockImplementation((text) => {
      // The test itself reads the body that is sent.
      if (!text.startsWith('{"model"')) parsed[parsed.length - 1] = (parsed.at(-1) ?? 0) + text.length;
      return parse(text) as unknown;
    });
    const timer = globalThis.setTimeout;
    parsed.push(0);
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((act: () => void, ms: number) => {
      parsed.push(0);
      return timer(act, ms);
    }) as typeof setTimeout);
    expect(inputsOf(await convertMessages(calling(...texts)))).toEqual(inputs);
    expect(Math.max(...parsed)).toBeLessThanOrEqual(64 * 1024);
  });

  it("are checked and parsed in turns of their own when they are long", async () => {
    const input = { text: "x".repeat(1_000_000), list: Array.from({ length: 20_000 }, (_, index) => index) };
    const [converted, turns] = await counted(() => convertMessages(calling("{}", JSON.stringify(input), '{"a":1}')));
    expect(inputsOf(converted)).toEqual([{}, input, { a: 1 }]);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ["not JSON", `{"a":"${"x".repeat(100_000)}`, "messages[0].tool_calls[1] has arguments that are not a JSON object."],
    [
      "of too many values",
      `{"a":[${"0,".repeat(60_000)}0]}`,
      "The argument of the tool call messages[0].tool_calls[1] has more than 30000 values.",
    ],
    [
      "of too many unlike keys",
      JSON.stringify(Array.from({ length: 20_000 }, (_, index) => ({ [`k${String(index)}`]: 0 }))),
      "The argument of the tool call messages[0].tool_calls[1] has more than 5000 keys in large objects, or in objects unlike each other.",
    ],
  ])("are refused when they are long and %s", async (_, text, message) => {
    await expect(async () => convertMessages(calling("{}", text))).rejects.toThrow(message);
  });
});

describe("a long text file", () => {
  const texts: readonly (readonly [string, string])[] = [
    ["ASCII", "plain text\n".repeat(100_000)],
    ["characters of several bytes, which pieces cut in two", `a${"文字😀é".repeat(150_000)}`],
  ];

  it.each(texts)("is decoded in several turns of the event loop: %s", async (_, text) => {
    const [{ messages }, turns] = await counted(() => convertMessages(file(text)));
    expect(messages[0]?.content[0]).toMatchObject({ type: "document", source: { data: text } });
    expect(turns).toBeGreaterThan(3);
  });

  it("is decoded if its base64 has line breaks", async () => {
    const text = "文字😀é".repeat(150_000);
    const lines = (data: string): string => data.replaceAll(/.{76}/gu, "$&\r\n");
    const { messages } = await convertMessages(file(text, lines));
    expect(messages[0]?.content[0]).toMatchObject({ source: { data: text } });
  });

  it.each([
    ["UTF-8", file(new Uint8Array(400_000).fill(0xff))],
    ["UTF-8 at its end", file(Buffer.concat([Buffer.from("x".repeat(400_000)), Buffer.from([0xe6, 0x96])]))],
    ["base64", file("x".repeat(400_000), (data) => `${data}!`)],
  ])("is refused if it is not %s", async (_, messages) => {
    await expect(async () => convertMessages(messages)).rejects.toMatchObject({
      kind: "unsupported_params",
      message: "messages[0].content[0] is a text file that is not base64-encoded UTF-8.",
    });
  });
});

describe("a request that no model accepts is refused before it is converted", () => {
  const messages = [{ role: "user", content: "x" }];
  const many = (count: number, item: unknown): readonly unknown[] => Array.from({ length: count }, () => item);
  const properties = Object.fromEntries(many(40_000, 0).map((_, index) => [`p${String(index)}`, { type: "string" }]));

  const calls = many(5_001, { id: "1", type: "function", function: { name: "f", arguments: "{}" } });

  it.each<[string, JsonObject, string]>([
    [
      "messages[0].tool_calls",
      { messages: [{ role: "assistant", content: null, tool_calls: calls }] },
      "messages[0].tool_calls has more than 5000 entries. Send fewer.",
    ],
    ["stop", { stop: many(1_001, "x") }, "stop has more than 1000 entries. Send fewer."],
    ["stop_sequences", { stop_sequences: many(1_001, "x") }, "stop_sequences has more than 1000 entries. Send fewer."],
    ["tools", { tools: many(10_001, { name: "f" }) }, "tools has more than 10000 entries. Send fewer."],
    [
      "response_format",
      { response_format: { type: "json_schema", json_schema: { schema: { type: "object", properties } } } },
      "response_format has a schema that is longer than 256 KB. Send a shorter one.",
    ],
  ])("%s", (param, fields, message) => {
    expect(() => convertEventually({ messages, ...fields }, options)).toThrow(
      expect.objectContaining({
        kind: param === "response_format" ? "unsupported_params" : "invalid_request",
        param,
        message,
      }),
    );
  });
});
