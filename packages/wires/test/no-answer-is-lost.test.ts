// Every documented field of an answer, through every crossing: it is in the result, or reported.
import { describe, expect, it } from "vitest";
import { chat, messages, responses, ToolNames, translateAnswer, type WireName } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { answerSamples } from "./answer-fields.js";
import { type Translated, unnoticed } from "./support/unnoticed.js";

const wires = { chat, responses, messages };
const names: readonly WireName[] = ["chat", "responses", "messages"];
const crossings = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));

function cross(from: WireName, to: WireName, body: JsonObject, likeLiteLLM: boolean): Translated {
  const caller = { now: 7, request: { store: false }, likeLiteLLM };
  const crossing = { from: wires[from], to: wires[to], names: new ToolNames(), answerer: {}, caller };
  const { value, losses } = translateAnswer(crossing, body);
  return { value: JSON.stringify(value), losses };
}

describe.each(crossings)("an answer from %s to %s", (from, to) => {
  const modes = from === "messages" && to === "chat" ? [false, true] : [false];
  it.each(
    Object.entries(answerSamples[from]).flatMap(([name, body]) => modes.map((mode) => [name, mode, body] as const)),
  )("carries or reports every field of %s (like LiteLLM: %s)", (_, likeLiteLLM, body) => {
    expect(unnoticed(from, body, (read) => cross(from, to, read as JsonObject, likeLiteLLM))).toEqual([]);
  });
});
