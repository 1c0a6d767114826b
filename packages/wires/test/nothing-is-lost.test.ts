import { describe, expect, it } from "vitest";
import { chat, type Loss, messages, responses, type WireName, type WrittenRequest } from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { bare, contentParts, modelItems, requestFields } from "./fields.js";
import { claude, openaiChat, openaiResponses } from "./targets.js";

const read = { chat: chat.readRequest, responses: responses.readRequest, messages: messages.readRequest };
const write: Readonly<Record<WireName, (request: ReturnType<typeof chat.readRequest>) => WrittenRequest>> = {
  chat: (request) => chat.writeRequest(request, openaiChat),
  responses: (request) => responses.writeRequest(request, openaiResponses),
  messages: (request) => messages.writeRequest(request, claude),
};
const names: readonly WireName[] = ["chat", "responses", "messages"];
const crossings = names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));

function cross(from: WireName, to: WireName, body: JsonObject): WrittenRequest {
  return write[to](read[from](body));
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

/** Fields that ask for what a wire does anyway: Messages pads nothing, and its cache marks are explicit. */
const meaningless: Readonly<Partial<Record<WireName, readonly string[]>>> = {
  messages: ["prompt_cache_options", "stream_options"],
};

/** Whether a loss is about a field, or about something in it. */
function isAbout({ path }: Loss, field: string): boolean {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

describe.each(crossings)("a request from %s to %s", (from, to) => {
  it.each(Object.entries(requestFields[from]))(
    "carries, reports or refuses %s",
    (field, { value, with: needs = {} }) => {
      const without = cross(from, to, { ...bare[from], ...needs });
      const withField = cross(from, to, { ...bare[from], ...needs, [field]: value });
      const changed = shown(withField.value) !== shown(without.value);
      const reported =
        withField.losses.some((loss) => isAbout(loss, field)) || meaningless[to]?.includes(field) === true;
      expect({ field, noticed: changed || reported }).toEqual({ field, noticed: true });
    },
  );

  it.each(contentParts[from].map((part) => [shown(part), part] as const))(
    "carries, reports or refuses the part %s",
    (_, part) => {
      const key = from === "responses" ? "input" : "messages";
      const at = (content: readonly JsonObject[]): JsonObject => ({
        ...bare[from],
        [key]: [{ role: "user", content }],
      });
      const first = contentParts[from][0] as JsonObject;
      const without = cross(from, to, at([first]));
      const withPart = cross(from, to, at([first, part]));
      const changed = shown(withPart.value) !== shown(without.value);
      const path = `${key}[0].content[1]`;
      expect({ part, noticed: changed || withPart.losses.some((loss) => isAbout(loss, path)) }).toEqual({
        part,
        noticed: true,
      });
    },
  );

  it.each(modelItems[from].map((item) => [shown(item), item] as const))(
    "carries, reports or refuses %s of the model",
    (_, item) => {
      const { body, path } = conversation(from, item);
      const without = cross(from, to, conversation(from, undefined).body);
      const withItem = cross(from, to, body);
      const changed = shown(withItem.value) !== shown(without.value);
      expect({ item, noticed: changed || withItem.losses.some((loss) => isAbout(loss, path)) }).toEqual({
        item,
        noticed: true,
      });
    },
  );
});

/** A conversation of three turns, the second of which holds an item. */
function conversation(
  wire: WireName,
  item: JsonObject | undefined,
): { readonly body: JsonObject; readonly path: string } {
  const hi = { role: "user", content: "Hi" };
  if (wire === "responses")
    return { body: { ...bare.responses, input: [hi, ...(item === undefined ? [] : [item]), hi] }, path: "input[1]" };
  if (wire === "chat")
    return { body: { ...bare.chat, messages: [hi, ...(item === undefined ? [] : [item]), hi] }, path: "messages[1]" };
  const said = item === undefined ? [] : [{ role: "assistant", content: [item] }];
  return { body: { ...bare.messages, messages: [hi, ...said, hi] }, path: "messages[1].content[0]" };
}

/** Deployments that take all fields of their own wire. */
function writeBack(wire: WireName, request: ReturnType<typeof chat.readRequest>): JsonObject {
  if (wire === "chat")
    return chat.writeRequest(request, { ...openaiChat, topK: true, webSearch: true, streamUsage: false }).value;
  if (wire === "responses") return responses.writeRequest(request, openaiResponses).value;
  const thinking = request.reasoning.mode === "budget" ? ("budget" as const) : ("adaptive" as const);
  return messages.writeRequest(request, { ...claude, traits: { ...claude.traits, thinking } }).value;
}

describe.each(names)("a request from %s back to it", (wire) => {
  it.each(Object.entries(requestFields[wire]))("keeps %s as it was", (field, { value, with: needs = {} }) => {
    const body = { max_tokens: 10_000, ...needs, [field]: value };
    const asked = wire === "messages" ? { ...bare[wire], ...body } : { ...bare[wire], ...needs, [field]: value };
    const written = JSON.parse(shown(writeBack(wire, read[wire](asked)))) as JsonObject;
    // The older name of the same field.
    const name = wire === "chat" && field === "max_tokens" ? "max_completion_tokens" : field;
    expect(written[name]).toEqual(value);
  });
});
