import type { JsonObject } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { failure } from "@modelyard/testing";
import { ToolNames } from "@modelyard/wires";
import { describe, expect, it } from "vitest";
import type { HttpExchange } from "../http-exchange.js";
import { BridgedStream } from "./bridged-stream.js";
import type { WireOperation } from "./wires.js";

const megabyte = "x".repeat(1024 * 1024);

const exchange = {
  created: 1,
  now: () => 1_000,
  invalid: (problem: string) => new Error(`The vendor sent ${problem}.`),
  fault: (_kind: string, message: string) => new Error(message),
  response: { discard: () => undefined },
} as unknown as HttpExchange<unknown>;

interface Script {
  readonly begin: readonly JsonObject[];
  /** One MB of a block of a kind. Blocks that were not open before begin with it. */
  readonly piece: (index: number) => readonly JsonObject[];
}

function chatDelta(delta: JsonObject): JsonObject {
  return { id: "chatcmpl-1", object: "chat.completion.chunk", model: "m", choices: [{ index: 0, delta }] };
}

function block(content: JsonObject): readonly JsonObject[] {
  return [
    { type: "message_start", message: { id: "msg_1", model: "m", content: [], usage: { input_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: content },
  ];
}

function blockDelta(delta: JsonObject): readonly JsonObject[] {
  return [{ type: "content_block_delta", index: 0, delta }];
}

function item(added: JsonObject): readonly JsonObject[] {
  return [
    { type: "response.created", response: { id: "resp_1", model: "m", output: [] } },
    { type: "response.output_item.added", output_index: 0, item: added },
  ];
}

const named = { item_id: "i", output_index: 0, content_index: 0, summary_index: 0 };

/** Streams whose blocks never end: each crossing, and each kind of block that grows. */
const endless: readonly (readonly [from: WireOperation, to: WireOperation, kind: string, script: Script])[] = [
  ["messages", "chat", "text", { begin: [], piece: () => [chatDelta({ content: megabyte })] }],
  [
    "responses",
    "chat",
    "arguments",
    {
      begin: [chatDelta({ tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f" } }] })],
      piece: () => [chatDelta({ tool_calls: [{ index: 0, function: { arguments: megabyte } }] })],
    },
  ],
  [
    "chat",
    "messages",
    "thoughts",
    {
      begin: block({ type: "thinking", thinking: "" }),
      piece: () => blockDelta({ type: "thinking_delta", thinking: megabyte }),
    },
  ],
  [
    "responses",
    "messages",
    "signatures",
    {
      begin: block({ type: "thinking", thinking: "" }),
      piece: () => blockDelta({ type: "signature_delta", signature: megabyte }),
    },
  ],
  [
    "chat",
    "responses",
    "summaries",
    {
      begin: [
        ...item({ id: "i", type: "reasoning", summary: [] }),
        { type: "response.reasoning_summary_part.added", ...named, part: { type: "summary_text", text: "" } },
      ],
      piece: () => [{ type: "response.reasoning_summary_text.delta", ...named, delta: megabyte }],
    },
  ],
  [
    "messages",
    "responses",
    "arguments",
    {
      begin: item({ id: "i", type: "function_call", call_id: "c", name: "f", arguments: "" }),
      piece: () => [{ type: "response.function_call_arguments.delta", ...named, delta: megabyte }],
    },
  ],
];

async function* partsOf({ begin, piece }: Script, pieces: number): AsyncGenerator<StreamPart> {
  const part = (chunks: readonly JsonObject[]) => ({
    chunks,
    bytes: undefined,
    content: true,
    finished: 0,
    done: false,
  });
  yield part(begin) as unknown as StreamPart;
  for (let index = 0; index < pieces; index += 1) yield part(piece(index)) as unknown as StreamPart;
}

/** Reads a stream that is 18 MB long. */
async function read(from: WireOperation, to: WireOperation, script: Script): Promise<void> {
  const facts = {
    from,
    to,
    caller: { request: {} },
    names: new ToolNames(),
    answerer: {},
    dropped: [],
    memory: {},
    stores: false,
  };
  const stream = new BridgedStream(partsOf(script, 18), facts as never, exchange);
  for await (const part of stream) if (part.done) throw new Error("The stream has an end.");
}

describe("a translated stream", () => {
  it.each(endless)(
    "keeps 16 MB, and no more: to callers of %s from a vendor of %s, %s",
    async (from, to, _, script) => {
      expect(await failure(read(from, to, script))).toMatchObject({
        message: expect.stringContaining("more than 16 MB") as unknown,
      });
    },
  );

  const ending: Script = {
    begin: item({ id: "i", type: "message", role: "assistant", content: [] }).slice(0, 1),
    piece: (index) => {
      const place = { item_id: `fc_${String(index)}`, output_index: index };
      const call = {
        id: place.item_id,
        type: "function_call",
        call_id: `c_${String(index)}`,
        name: "f",
        arguments: "",
      };
      return [
        { type: "response.output_item.added", ...place, item: call },
        { type: "response.function_call_arguments.delta", ...place, delta: `"${megabyte}"` },
        { type: "response.output_item.done", ...place, item: { ...call, arguments: `"${megabyte}"` } },
      ];
    },
  };

  it("keeps blocks that have ended only for callers whose wire or whose memory needs them", async () => {
    const wanted = { message: expect.stringContaining("more than 16 MB") as unknown };
    expect(await failure(read("chat", "responses", ending))).toMatchObject(wanted);
    expect(await failure(read("messages", "responses", ending))).toMatchObject({
      message: "The stream ended before the answer was complete.",
    });
  });
});
