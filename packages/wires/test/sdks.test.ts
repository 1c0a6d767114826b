// What we write for a caller of another wire, read by the official SDK of that wire.
import { describe, expect, it } from "vitest";
import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import { inputOf } from "./support/gist.js";
import { hasRecordings, recordings } from "./support/recordings.js";
import { readAnswerBySdk, readStreamBySdk, type SdkGist } from "./support/sdks.js";
import { streamVectors, vector } from "./support/vectors.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const caller = { now: 1, request: { store: false }, streamUsage: true };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };

function crossed(from: WireName, to: WireName, events: readonly WireEvent[]): readonly WireEvent[] {
  const crossing = { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller };
  const translation = new StreamTranslation(crossing);
  return [...events.flatMap((event) => translation.read(event)), ...translation.end()];
}

/** What the source says, by the hub's reader of its wire. */
function said(wire: WireName, events: readonly WireEvent[]): { readonly gist: SdkGist; readonly failed: boolean } {
  const reader = wires[wire].streamReader();
  const read = [...events.flatMap((event) => reader.read(event)), ...reader.end()];
  const blocks = read
    .filter((event) => event.type === "block_stop")
    .toSorted((one, other) => one.index - other.index)
    .map(({ block }) => block);
  const stop = read.find((event) => event.type === "stop")?.stop;
  return { gist: gistOf(blocks, stop?.reason ?? "none"), failed: read.at(-1)?.type === "error" };
}

function gistOf(blocks: ReturnType<typeof chat.readAnswer>["choices"][number]["blocks"], stop: string): SdkGist {
  return {
    text: blocks.map((block) => (block.type === "text" || block.type === "refusal" ? block.text : "")).join(""),
    calls: blocks.flatMap((block) => (block.type === "tool_call" ? [[block.id, block.name, block.input.text]] : [])),
    stop,
  };
}

/** The words of each wire for how an answer ended. */
const words: Readonly<Record<string, Readonly<Record<WireName, readonly string[]>>>> = {
  end: { chat: ["stop"], responses: ["completed"], messages: ["end_turn"] },
  stop_sequence: { chat: ["stop"], responses: ["completed"], messages: ["stop_sequence", "end_turn"] },
  length: { chat: ["length"], responses: ["max_output_tokens"], messages: ["max_tokens"] },
  tool_calls: { chat: ["tool_calls"], responses: ["completed"], messages: ["tool_use"] },
  content_filter: { chat: ["content_filter"], responses: ["content_filter"], messages: ["refusal"] },
  refusal: { chat: ["stop", "content_filter"], responses: ["completed", "content_filter"], messages: ["refusal"] },
  pause: { chat: ["stop"], responses: ["completed"], messages: ["pause_turn"] },
};

/** What an SDK read, and what it should have read, so that they can be compared. */
function compared(got: SdkGist, sent: SdkGist, to: WireName): readonly [got: unknown, expected: unknown] {
  const calls = (list: SdkGist["calls"]): unknown => list.map(([id, name, input]) => [id, name, inputOf(input)]);
  // What the vendor says of a refusal is text only for callers of Chat Completions.
  const text = sent.stop === "refusal" && to === "chat" ? got.text : sent.text;
  const known = words[sent.stop ?? "none"]?.[to] ?? [];
  const stop = known.includes(got.stop ?? "none") ? got.stop : known;
  return [
    { text: got.text, calls: calls(got.calls), stop: got.stop },
    { text, calls: calls(sent.calls), stop },
  ];
}

const all = recordings();
const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [to, from] as const));

describe.skipIf(!hasRecordings).each(pairs)(
  "recorded answers read by SDKs, %s in front of a vendor of %s",
  (to, from) => {
    const recorded = all.filter(({ wire }) => wire === from);
    const streams = recorded
      .filter(({ stream }) => stream)
      .map((recording) => ({ name: recording.name, recording, ...said(from, recording.events) }));

    it.each(streams.filter(({ failed }) => !failed))(
      "the stream $name says the same to the SDK",
      async ({ recording: { events }, gist }) => {
        const [got, expected] = compared(await readStreamBySdk(to, crossed(from, to, events)), gist, to);
        expect(got).toEqual(expected);
      },
    );

    it.each(streams.filter(({ failed }) => failed))(
      "the stream $name, which failed, is an error to the SDK",
      async ({ recording: { events } }) => {
        await expect(readStreamBySdk(to, crossed(from, to, events))).rejects.toThrow();
      },
    );

    it.each(recorded.filter(({ stream }) => !stream))(
      "the answer $name says the same to the SDK",
      async ({ events: [body = {}] }) => {
        const crossing = { from: wires[from], to: wires[to], names: new ToolNames(), answerer, caller };
        const [choice] = wires[from].readAnswer(body).choices;
        const { value } = translateAnswer(crossing, body);
        const sent = gistOf(choice!.blocks, choice!.stop.reason);
        const [got, expected] = compared(await readAnswerBySdk(to, value), sent, to);
        expect(got).toEqual(expected);
      },
    );
  },
);

describe("worked examples, to the SDK of their wire", () => {
  it.each(streamVectors)("%s is read in and out", async (name, from, to) => {
    const { in: given, out } = vector<WireEvent[]>(name);
    const { gist } = said(from, given);
    const read = [
      compared(await readStreamBySdk(from, given), gist, from),
      compared(await readStreamBySdk(to, out), gist, to),
      compared(await readStreamBySdk(to, crossed(from, to, given)), gist, to),
    ];
    for (const [got, expected] of read) expect(got).toEqual(expected);
  });

  it.each(names)("a stream that breaks is an error to the SDK of %s", async (to) => {
    for (const from of names) {
      const [name] = streamVectors.find(([, source]) => source === from)!;
      const { in: given } = vector<WireEvent[]>(name);
      for (let cut = 1; cut < given.length - 3; cut += 1)
        await expect(readStreamBySdk(to, crossed(from, to, given.slice(0, cut)))).rejects.toThrow();
    }
  });
});

if (!hasRecordings)
  process.stderr.write("Skipped the SDKs on recorded answers: set MODELYARD_FIXTURES to the folder that holds them.\n");
