// Every documented field of a stream, through every crossing: it is in the result, or reported.
import { describe, expect, it } from "vitest";
import {
  chat,
  type Loss,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  type WireEvent,
  type WireName,
} from "../src/index.js";
import { messagesDeltas, responsesEvents, streamSamples, unknownEvents } from "./event-fields.js";
import { unnoticed } from "./support/unnoticed.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const crossings = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));

function cross(from: WireName, to: WireName, events: readonly WireEvent[], likeLiteLLM = false) {
  const caller = { now: 7, request: { store: false }, streamUsage: true, likeLiteLLM };
  const stream = new StreamTranslation({
    from: wires[from],
    to: wires[to],
    names: new ToolNames(),
    answerer: {},
    caller,
  });
  const losses: Loss[] = [];
  const written = [...events.flatMap((event) => stream.read(event)), ...stream.end()];
  losses.push(...stream.losses);
  return { value: JSON.stringify(written), losses };
}

describe.each(crossings)("a stream from %s to %s", (from, to) => {
  const modes = from === "messages" && to === "chat" ? [false, true] : [false];
  it.each(
    Object.entries(streamSamples[from]).flatMap(([name, events]) => modes.map((mode) => [name, mode, events] as const)),
  )("carries or reports every field of %s (like LiteLLM: %s)", (_, likeLiteLLM, events) => {
    expect(unnoticed(from, events, (read) => cross(from, to, read as readonly WireEvent[], likeLiteLLM))).toEqual([]);
  });

  const samples = { chat: {}, responses: responsesEvents, messages: messagesDeltas }[from];
  const all = Object.entries({ ...samples, "an event of the future": unknownEvents[from] });
  it.each(all.flatMap(([name, sample]) => (typeof sample === "string" ? [] : [[name, sample] as const])))(
    "carries or reports %s",
    (_, { before, event, after }) => {
      const whole = cross(from, to, [...before, event, ...after]);
      const without = cross(from, to, [...before, ...after]);
      expect(shown(whole)).not.toEqual(shown(without));
    },
  );
});

function shown({ value, losses }: ReturnType<typeof cross>): unknown {
  return [value, losses.map(({ path }) => path)];
}
