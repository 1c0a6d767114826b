import {
  chat,
  messages,
  responses,
  StreamTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
} from "@modelyard/wires";
import { describe, expect, it } from "vitest";
import { crossings, wireNames, wires } from "./wires.js";

const translated = { chat, messages, responses };
const made = { names: new ToolNames(), answerer: { vendor: "openai" }, caller: { now: 1, request: { model: "m" } } };

function dataOf(event: Buffer): WireEvent | "[DONE]" {
  const data = /^data: (?<data>.*)$/mu.exec(event.toString())?.groups?.["data"] ?? "";
  return data === "[DONE]" ? data : (JSON.parse(data) as WireEvent);
}

describe("the canned answers", () => {
  it.each(wireNames)("have the size that was asked for: %s", (name) => {
    for (const size of [10_240, 102_400])
      expect(Math.abs(wires[name].answer(size).length - size) / size).toBeLessThan(0.01);
  });

  it.each(crossings)("of $vendor can be translated for a caller of $caller", ({ vendor, caller }) => {
    const crossing = { ...made, from: translated[vendor], to: translated[caller] };
    const { value } = translateAnswer(crossing, JSON.parse(wires[vendor].answer(2_048).toString()) as never);
    expect(JSON.stringify(value)).toContain("word word");
    const stream = new StreamTranslation(crossing);
    const events = wires[vendor].events().flatMap((event) => stream.read(dataOf(event)));
    const text = JSON.stringify([...events, ...stream.end()]);
    for (const word of ["word0 ", "word49 "]) expect(text).toContain(word);
  });
});
