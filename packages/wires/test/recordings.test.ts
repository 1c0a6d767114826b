// Answers that real vendors gave, on the way to each of the three wires: what they say must arrive.
import { describe, expect, it } from "vitest";
import {
  chat,
  type HubEvent,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { type Gist, gistOf, gistOfAnswer } from "./support/gist.js";
import { hasRecordings, type Recording, recordings } from "./support/recordings.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const caller = { now: 1, request: { store: false }, streamUsage: true };
const answerer = { vendor: "vendor", deployment: "deployment", model: "model" };

function gistOfStream(wire: WireName, events: readonly WireEvent[]): Gist {
  const reader = wires[wire].streamReader();
  const read: readonly HubEvent[] = [...events.flatMap((event) => reader.read(event)), ...reader.end()];
  const ended = read
    .filter((event) => event.type === "block_stop")
    .toSorted((one, other) => one.index - other.index)
    .map(({ block }) => block);
  const last = read.at(-1);
  const stop = read.find((event) => event.type === "stop")?.stop.reason;
  return gistOf(ended, last?.type === "error" ? last.error.kind : (stop ?? "none"));
}

function arrived({ wire, events, stream }: Recording, to: WireName): { readonly sent: Gist; readonly got: Gist } {
  const crossing = { from: wires[wire], to: wires[to], names: new ToolNames(), answerer, caller };
  if (!stream) {
    const [body = {}] = events;
    const { value } = translateAnswer(crossing, body);
    const got = wires[to].readAnswer(JSON.parse(JSON.stringify(value)) as JsonObject);
    return { sent: gistOfAnswer(wires[wire].readAnswer(body)), got: gistOfAnswer(got) };
  }
  const translation = new StreamTranslation(crossing);
  const written = [...events.flatMap((event) => translation.read(event)), ...translation.end()];
  const parsed = JSON.parse(JSON.stringify(written)) as WireEvent[];
  return { sent: gistOfStream(wire, events), got: gistOfStream(to, parsed) };
}

/** Words of one wire that another has no word for, and what comes back for them. */
const translatedStops: Readonly<Record<string, string>> = {
  refusal: "content_filter",
  // Chat Completions and Responses say how an answer with calls ended by its calls.
  end: "tool_calls",
};

const all = recordings();

describe.skipIf(!hasRecordings)("answers recorded from vendors", () => {
  it("are there", () => {
    expect(all.length).toBeGreaterThan(100);
  });
});

describe.skipIf(!hasRecordings).each(names.flatMap((from) => names.map((to) => [to, from] as const)))(
  "recorded answers, %s in front of a vendor of %s",
  (to, from) => {
    it.each(all.filter(({ wire }) => wire === from).map((recording) => [recording.name, recording] as const))(
      "%s says the same",
      (_, recording) => {
        const { sent, got } = arrived(recording, to);
        // What the vendor says of a refusal is text only for callers of Chat Completions.
        const text = sent.stop === "refusal" && to === "chat" ? got.text : sent.text;
        const stop = translatedStops[sent.stop] === got.stop ? got.stop : sent.stop;
        expect(got).toEqual({ ...sent, text, stop });
      },
    );
  },
);

if (!hasRecordings)
  process.stderr.write(
    "Skipped the recorded answers of vendors: set MODELYARD_FIXTURES to the folder that holds them.\n",
  );
