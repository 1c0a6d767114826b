// What recorded answers of vendors look like, filled with values of our own, so that it is tested without the recordings, too. With
// them, `-u` writes the shapes again.
import { readFileSync } from "node:fs";
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
import { isJsonObject, type JsonObject } from "../src/json.js";
import { hasRecordings, recordings } from "./support/recordings.js";
import { fullStreams } from "./support/samples.js";
import { sampleOf, type Shape, type Shapes, shapesOf } from "./support/shapes.js";
import { disorder } from "./support/stream-order.js";
import { type Translated, unnoticed } from "./support/unnoticed.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const crossings = names.flatMap((from) => names.map((to) => [from, to] as const));
const caller = { now: 7, request: { store: false }, streamUsage: true };
const file = new URL("recorded-shapes.json", import.meta.url);
const shapes = JSON.parse(readFileSync(file, "utf8")) as Shapes;

const crossingOf = (from: WireName, to: WireName) => ({
  from: wires[from],
  to: wires[to],
  names: new ToolNames(),
  answerer: {},
  caller,
});

function cross(from: WireName, to: WireName, body: JsonObject): Translated {
  const { value, losses } = translateAnswer(crossingOf(from, to), body);
  return { value: JSON.stringify(value), losses };
}

/** The list in an answer with one element of each type, as answers with one of them each. */
const lists: Readonly<Record<WireName, string>> = { chat: "choices", responses: "output", messages: "content" };

/** Fields that contradict others, or say what others say: no answer has all of them. */
const alternatives: Readonly<Record<WireName, JsonObject>> = {
  chat: {},
  responses: { error: null, incomplete_details: null },
  messages: { stop_details: null },
};

/**
 * Fields whose absence nobody could notice: repetitions of the request, what an answer has that another field says, too, and an empty list.
 */
const unnoticeable: ReadonlySet<string> = new Set([
  "context_management",
  "frequency_penalty",
  "presence_penalty",
  "store",
  "usage.prompt_cache_hit_tokens",
  "usage.prompt_cache_miss_tokens",
  "usage.prompt_tokens_details.cached_tokens",
]);

function answersOf(wire: WireName): readonly (readonly [string, JsonObject])[] {
  const shape = shapes[wire]["answer"];
  const whole: unknown = shape === undefined ? undefined : sampleOf(shape);
  if (!isJsonObject(whole)) return [];
  const elements = whole[lists[wire]];
  if (!Array.isArray(elements)) return [];
  return (elements as readonly JsonObject[])
    .flatMap((element) => (wire === "chat" ? choicesOf(element) : [element]))
    .map((element) => {
      const { type = "a choice" } = element;
      return [type as string, { ...whole, ...alternatives[wire], [lists[wire]]: [element] }];
    });
}

/** Hosts say what the model thought either in a part of the content or in a field of its own. */
function choicesOf(choice: JsonObject): readonly JsonObject[] {
  const message = choice["message"] as JsonObject;
  return [
    { ...choice, message: { ...message, reasoning: null, reasoning_content: null } },
    { ...choice, message: { ...message, content: "some content" } },
  ];
}

describe.each(crossings.filter(([from, to]) => from !== to))(
  "an answer with the fields of recorded ones, from %s to %s",
  (from, to) => {
    it.each(answersOf(from))("carries or reports each of them, with %s", (_, body) => {
      const lost = unnoticed(from, body, (read) => cross(from, to, read as JsonObject));
      expect(lost.filter((path) => !unnoticeable.has(path))).toEqual([]);
    });
  },
);

/** A stream of ours with one more event, after its first one. */
function withEvent(wire: WireName, type: string, shape: Shape): readonly WireEvent[] {
  const [first, ...rest] = fullStreams[wire][0] ?? [];
  const event = { ...(sampleOf(shape) as JsonObject), ...(type === "chunk" ? {} : { type }) };
  return first === undefined ? [event] : [first, event, ...rest];
}

describe.each(crossings)("a stream with an event like recorded ones, from %s to %s", (from, to) => {
  it.each(Object.entries(shapes[from]).filter(([type]) => type !== "answer"))(
    "is read and written in order: %s",
    (type, shape) => {
      const translation = new StreamTranslation(crossingOf(from, to));
      const written = [
        ...withEvent(from, type, shape).flatMap((event) => translation.read(event)),
        ...translation.end(),
      ];
      expect(disorder(to, written)).toBeUndefined();
    },
  );
});

it.skipIf(!hasRecordings)("the shapes are those of the recordings", async () => {
  await expect(`${JSON.stringify(shapesOf(recordings()), null, 2)}\n`).toMatchFileSnapshot("recorded-shapes.json");
});
