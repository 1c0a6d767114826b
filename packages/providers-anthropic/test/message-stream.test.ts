import { type ChatCompletionChunk, type JsonObject, RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, callOf, partsOf, replay, sse } from "./support/replay.js";
import { anthropic } from "../src/anthropic.js";

const start = {
  type: "message_start",
  message: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude-x",
    content: [],
    stop_reason: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 },
  },
};
const ping = { type: "ping" };
const stop = { type: "message_stop" };

function block(index: number, first: JsonObject, ...deltas: readonly JsonObject[]): JsonObject[] {
  return [
    { type: "content_block_start", index, content_block: first },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}
function text(index: number, ...texts: readonly string[]): JsonObject[] {
  return block(index, { type: "text", text: "" }, ...texts.map((piece) => ({ type: "text_delta", text: piece })));
}
function end(reason: string, more: JsonObject = {}): JsonObject {
  return {
    type: "message_delta",
    delta: { stop_reason: reason, stop_sequence: null, ...more },
    usage: { output_tokens: 12 },
  };
}

interface Read {
  readonly parts: StreamPart[];
  readonly chunks: ChatCompletionChunk[];
  readonly deltas: JsonObject[];
}

async function read(
  pieces: readonly Uint8Array[],
  request: JsonObject = {},
  operation: "chat" | "text_completion" = "chat",
): Promise<Read> {
  const transport = replay({ headers: { "content-type": "text/event-stream; charset=utf-8" }, pieces });
  const result = await anthropic({ transport }).call(operation, callOf(request, { stream: true }));
  if (result.kind !== "stream") throw new Error("no stream");
  const parts = await partsOf(result.parts);
  const chunks = parts.flatMap((part) => part.chunks as unknown as ChatCompletionChunk[]);
  return {
    parts,
    chunks,
    deltas: chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.delta as JsonObject)),
  };
}
function readEvents(events: readonly JsonObject[], request: JsonObject = {}): Promise<Read> {
  return read(
    events.map((event) => bytesOf(sse(event))),
    request,
  );
}

function joined(deltas: readonly JsonObject[], field: string): string {
  return deltas.map((delta) => (delta[field] as string | undefined) ?? "").join("");
}

describe("a stream", () => {
  it("begins with the role, ends with a reason, reports usage and is done at message_stop", async () => {
    const { parts, chunks } = await readEvents([start, ping, ...text(0, "Hel", "lo"), end("end_turn"), stop]);
    expect(chunks.map((chunk) => chunk.choices[0])).toEqual([
      { index: 0, delta: { role: "assistant", content: "", refusal: null }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: "Hel" }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: "lo" }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: "stop" },
    ]);
    expect(chunks[1]).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-1_\w+$/u) as unknown,
      object: "chat.completion.chunk",
      created: 1_767_225_600,
      model: "claude-x",
    });
    expect(parts.map((part) => [part.content, part.finished, part.done, part.usage?.total_tokens])).toEqual([
      [false, 0, false, 101],
      [false, 0, false, undefined],
      [true, 0, false, undefined],
      [true, 0, false, undefined],
      [false, 1, false, 112],
      [false, 0, true, undefined],
    ]);
  });

  it.each([undefined, {}, { input_tokens: 0, output_tokens: 0 }])(
    "says nothing of its tokens before the end where it begins with %j",
    async (usage) => {
      const begun = { ...start, message: { ...start.message, usage } };
      const { parts } = await readEvents([begun, ...text(0, "x"), end("end_turn"), stop]);
      expect(parts.map((part) => part.usage?.total_tokens)).toEqual([undefined, undefined, 12, undefined]);
    },
  );

  it("shows the usage in a separate event only on request", async () => {
    const events = [start, ...text(0, "x"), end("end_turn"), stop];
    const shown = await readEvents(events, { stream_options: { include_usage: true } });
    expect(shown.chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 100, completion_tokens: 12, prompt_tokens_details: { cached_tokens: 90 } },
    });
    expect((await readEvents(events)).chunks.some((chunk) => chunk.usage !== undefined)).toBe(false);
  });

  it("numbers tool calls, and gives those without arguments an empty object", async () => {
    const use = (id: string, input: JsonObject = {}): JsonObject => ({ type: "tool_use", id, name: "f", input });
    const { deltas, chunks } = await readEvents([
      start,
      ...text(0, "I look"),
      ...block(
        1,
        use("a"),
        { type: "input_json_delta", partial_json: "" },
        { type: "input_json_delta", partial_json: '{"x"' },
        { type: "input_json_delta", partial_json: ":1}" },
      ),
      ...block(2, use("b"), { type: "input_json_delta", partial_json: "" }),
      ...block(3, use("c", { whole: true })),
      end("tool_use"),
      stop,
    ]);
    const calls = new Map<number, { id: string; args: string }>();
    for (const delta of deltas) {
      for (const part of (delta["tool_calls"] ?? []) as {
        index: number;
        id?: string;
        function: { arguments: string };
      }[]) {
        const known = calls.get(part.index);
        calls.set(part.index, { id: known?.id ?? part.id ?? "", args: (known?.args ?? "") + part.function.arguments });
      }
    }
    expect([...calls]).toEqual([
      [0, { id: "a", args: '{"x":1}' }],
      [1, { id: "b", args: "{}" }],
      [2, { id: "c", args: '{"whole":true}' }],
    ]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });

  it("passes thinking on as it comes, and at the end as a whole with its signature", async () => {
    const { deltas, parts } = await readEvents([
      start,
      ...block(
        0,
        { type: "thinking", thinking: "", signature: "" },
        { type: "thinking_delta", thinking: "let " },
        { type: "thinking_delta", thinking: "me" },
        { type: "signature_delta", signature: "sig" },
      ),
      ...block(1, { type: "redacted_thinking", data: "d" }),
      ...text(2, "so"),
      end("end_turn"),
      stop,
    ]);
    expect(joined(deltas, "reasoning_content")).toBe("let me");
    expect(deltas.flatMap((delta) => (delta["thinking_blocks"] as unknown[] | undefined) ?? [])).toEqual([
      { type: "thinking", thinking: "let me", signature: "sig" },
      { type: "redacted_thinking", data: "d" },
    ]);
    expect(parts.findIndex((part) => part.content)).toBe(2);
  });

  it("passes the input of the JSON tool on as text, and other text only if the tool is not called", async () => {
    const request = { response_format: { type: "json_object" } };
    const tool = block(
      1,
      { type: "tool_use", id: "t", name: "json_answer", input: {} },
      { type: "input_json_delta", partial_json: '{"n":' },
      { type: "input_json_delta", partial_json: "1}" },
    );
    const { deltas, chunks } = await readEvents(
      [start, ...text(0, "Here it is:"), ...tool, end("tool_use"), stop],
      request,
    );
    expect(joined(deltas, "content")).toBe('{"n":1}');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
    const without = await readEvents(
      [start, ...text(0, "I can", "not"), end("refusal", { stop_details: { explanation: "No." } }), stop],
      request,
    );
    expect(joined(without.deltas, "content")).toBe("I cannot");
    expect(without.deltas.at(-2)).toEqual({ refusal: "No." });
    expect(without.chunks.at(-1)?.choices[0]).toMatchObject({ delta: {}, finish_reason: "content_filter" });
  });

  it("ignores unknown events and blocks", async () => {
    const { deltas } = await readEvents([
      start,
      { type: "news" },
      ...block(
        0,
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        { type: "input_json_delta", partial_json: "{}" },
      ),
      ...text(1, "x"),
      end("end_turn"),
      stop,
    ]);
    expect(deltas).toEqual([{ role: "assistant", content: "", refusal: null }, { content: "x" }, {}]);
  });

  it("is not finished without its end mark, which counts even without an empty line", async () => {
    const cut = await readEvents([start, ...text(0, "x").slice(0, 2)]);
    expect(cut.parts.some((part) => part.done || part.finished > 0)).toBe(false);
    const { parts } = await read([bytesOf(sse(start, ...text(0, "x"), end("end_turn"), stop).trimEnd())]);
    expect(parts.at(-1)?.done).toBe(true);
  });

  it("streams text completions, without roles and reasoning", async () => {
    const events = [
      start,
      ...block(0, { type: "thinking", thinking: "" }, { type: "thinking_delta", thinking: "hm" }),
      ...text(1, "a", "b"),
      end("max_tokens"),
      stop,
    ];
    const { chunks, parts } = await read(
      [bytesOf(sse(...events))],
      { prompt: "x", messages: undefined },
      "text_completion",
    );
    expect(chunks).toEqual([
      expect.objectContaining({
        object: "text_completion",
        choices: [{ index: 0, text: "a", logprobs: null, finish_reason: null }],
      }),
      expect.objectContaining({ choices: [{ index: 0, text: "b", logprobs: null, finish_reason: null }] }),
      expect.objectContaining({ choices: [{ index: 0, text: "", logprobs: null, finish_reason: "length" }] }),
    ]);
    expect(parts).toHaveLength(1);
  });
});

describe("a stream that goes wrong", () => {
  const good = sse(start, ...text(0, "x").slice(0, 2));

  it.each([
    [
      "an error event",
      `${good}event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`,
      "overloaded",
    ],
    ["an error without a type", `${good}data: {"error":{"message":"boom"}}\n\n`, "api_error"],
    ["no JSON", `${good}data: {"type": "content_blo\n\n`, "invalid_response"],
    ["no object", `${good}data: 7\n\n`, "invalid_response"],
    ["an event of a wrong shape", `${good}data: {"type":"content_block_start"}\n\n`, "invalid_response"],
    ["an event without an end", `${good}data: ${"x".repeat(17 * 1024 * 1024)}`, "invalid_response"],
  ])("passes on what came before %s, and then fails", async (_name, body, kind) => {
    const transport = replay({ headers: { "content-type": "text/event-stream" }, pieces: [bytesOf(body)] });
    const result = await anthropic({ transport }).call("chat", callOf({}, { stream: true }));
    const seen: StreamPart[] = [];
    const reading = (async () => {
      if (result.kind === "stream") for await (const part of result.parts) seen.push(part);
    })();
    await expect(reading).rejects.toMatchObject({ kind, source: "provider", provider: "anthropic" });
    // The error of a parser quotes the text that it could not parse.
    await expect(reading).rejects.not.toHaveProperty("cause");
    expect(seen.some((part) => part.content)).toBe(true);
    expect(transport.discarded).toBe(1);
  });

  const long = "x".repeat(1024 * 1024);
  const opened = (first: JsonObject): JsonObject => ({ type: "content_block_start", index: 0, content_block: first });
  const delta = (more: JsonObject): JsonObject => ({ type: "content_block_delta", index: 0, delta: more });

  it.each<readonly [string, JsonObject, readonly JsonObject[]]>([
    [
      "text that is held back while the answer may come by tool",
      { response_format: { type: "json_object" } },
      [opened({ type: "text", text: "" }), delta({ type: "text_delta", text: long })],
    ],
    ["thoughts", {}, [opened({ type: "thinking", thinking: "" }), delta({ type: "thinking_delta", thinking: long })]],
    [
      "a signature",
      {},
      [opened({ type: "thinking", thinking: "" }), delta({ type: "signature_delta", signature: long })],
    ],
  ])("keeps 16 MB of %s, and no more", async (_name, request, [first, piece]) => {
    const event = bytesOf(sse(piece as JsonObject));
    const pieces = [bytesOf(sse(start, first as JsonObject)), ...Array.from({ length: 17 }, () => event)];
    const transport = replay({ headers: { "content-type": "text/event-stream" }, pieces });
    const result = await anthropic({ transport }).call("chat", callOf(request, { stream: true }));
    await expect(result.kind === "stream" ? partsOf(result.parts) : undefined).rejects.toMatchObject({
      kind: "invalid_response",
      source: "provider",
      message: expect.stringContaining("more than 16 MB") as unknown,
    });
  });

  it("keeps 16 MB of blocks that never end, and no more; blocks that end are not kept", async () => {
    const many = (count: number, more: (index: number) => readonly JsonObject[]): readonly Uint8Array[] =>
      Array.from({ length: count }, (_, index) => bytesOf(sse(...more(index))));
    const first = (index: number): JsonObject => ({ ...opened({ type: "text", text: "" }), index });
    await expect(read([bytesOf(sse(start)), ...many(140_000, (index) => [first(index)])])).rejects.toMatchObject({
      kind: "invalid_response",
    });
    const whole = many(140_000, (index) => [first(index), { type: "content_block_stop", index }]);
    const { parts } = await read([bytesOf(sse(start)), ...whole, bytesOf(sse(...text(0, "x"), end("end_turn"), stop))]);
    expect(parts.at(-1)?.done).toBe(true);
  });

  it.each([
    ["text/html", "<html></html>", "invalid_response"],
    ["application/json", '{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', "rate_limit"],
  ])("has the kind for its type %s", async (type, body, kind) => {
    const transport = replay({ headers: { "content-type": type }, pieces: [bytesOf(body)] });
    const result = await anthropic({ transport }).call("chat", callOf({}, { stream: true }));
    await expect(result.kind === "stream" ? partsOf(result.parts) : undefined).rejects.toMatchObject({ kind });
  });
});

describe("a stream that is split anywhere", () => {
  const body = bytesOf(
    sse(
      start,
      ping,
      ...text(0, "zwölf ", "日本 🙂", ' \r\n"done"'),
      ...block(
        1,
        { type: "tool_use", id: "t", name: "f", input: {} },
        { type: "input_json_delta", partial_json: '{"é":' },
        { type: "input_json_delta", partial_json: '"✓"}' },
      ),
      end("tool_use"),
      stop,
    ),
  );

  it("becomes the same chunks", async () => {
    // Each answer gets an id of its own.
    const chunksOf = async (pieces: readonly Uint8Array[]) =>
      (await read(pieces, { stream_options: { include_usage: true } })).chunks.map((chunk) => ({ ...chunk, id: "" }));
    const wanted = await chunksOf([body]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: body.length }), { maxLength: 12 }), async (cuts) => {
        const places = [0, ...cuts.toSorted((left, right) => left - right), body.length];
        const pieces = places.slice(1).map((place, index) => body.subarray(places[index], place));
        expect(await chunksOf(pieces)).toEqual(wanted);
      }),
    );
  });

  it("is read alike in one piece and in many if its bytes are damaged, and fails only with provider errors", async () => {
    const ending = async (pieces: readonly Uint8Array[]): Promise<string> => {
      try {
        return (await read(pieces, {})).chunks.length > 0 ? "some" : "none";
      } catch (thrown) {
        return RouterError.isInstance(thrown) ? thrown.kind : `not ours: ${String(thrown)}`;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: body.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 }),
        fc.nat({ max: body.length }),
        async (changes, cut) => {
          const damaged = Uint8Array.from(body);
          for (const [at, byte] of changes) damaged[at] = byte;
          const whole = await ending([damaged]);
          expect(whole).not.toContain("not ours");
          expect(await ending([damaged.subarray(0, cut), damaged.subarray(cut)])).toBe(whole);
        },
      ),
    );
  });
});

describe("a stream whose host stays silent after the stop reason", () => {
  it("has shown the finish reason and the usage by then", async () => {
    const { chunks } = await readEvents([start, ...text(0, "x"), end("end_turn")], {
      stream_options: { include_usage: true },
    });
    expect(chunks.slice(-2)).toMatchObject([
      { choices: [{ finish_reason: "stop" }] },
      { choices: [], usage: { completion_tokens: 12 } },
    ]);
  });
});
