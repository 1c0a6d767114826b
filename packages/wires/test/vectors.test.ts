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
} from "../src/index.js";
import type { JsonObject } from "../src/json.js";
import { claude, hostChat, openaiChat, openaiResponses } from "./targets.js";

interface Vector {
  readonly in: JsonObject;
  readonly out: JsonObject;
  readonly losses: readonly { readonly path: string; readonly kind: string }[];
}

function vector(name: string): Vector {
  return JSON.parse(readFileSync(new URL(`vectors/${name}.json`, import.meta.url), "utf8")) as Vector;
}

function kinds(losses: readonly { readonly path: string; readonly kind: string }[]): unknown {
  return losses.map(({ path, kind }) => ({ path, kind }));
}

function order(losses: Vector["losses"]): Vector["losses"] {
  return losses.toSorted((one, other) => one.path.localeCompare(other.path));
}

describe("requests", () => {
  const plain = { ...claude.traits, jsonSchema: false, thinking: "budget" as const };
  it.each([
    [
      "request-chat-to-messages",
      chat.readRequest,
      (r: ReturnType<typeof chat.readRequest>) =>
        messages.writeRequest(r, { ...claude, model: "claude-sonnet-4-5", traits: plain }),
    ],
    [
      "request-chat-to-responses",
      chat.readRequest,
      (r: ReturnType<typeof chat.readRequest>) =>
        responses.writeRequest(r, { ...openaiResponses, model: "gpt-5.6-sol" }),
    ],
    [
      "request-responses-to-messages",
      responses.readRequest,
      (r: ReturnType<typeof chat.readRequest>) => messages.writeRequest(r, { ...claude, model: "claude-opus-4-6" }),
    ],
    [
      "request-responses-to-chat",
      responses.readRequest,
      (r: ReturnType<typeof chat.readRequest>) => chat.writeRequest(r, { ...hostChat, model: "host-model" }),
    ],
    [
      "request-messages-to-responses",
      messages.readRequest,
      (r: ReturnType<typeof chat.readRequest>) =>
        responses.writeRequest(r, { ...openaiResponses, model: "gpt-5.6-sol" }),
    ],
    [
      "request-messages-to-chat",
      messages.readRequest,
      (r: ReturnType<typeof chat.readRequest>) =>
        chat.writeRequest(r, { ...openaiChat, model: "gpt-4o", dropParams: true }),
    ],
  ])("%s", (name, read, write) => {
    const { in: given, out, losses } = vector(name);
    const written = write(read(given));
    expect(JSON.parse(JSON.stringify(written.value))).toEqual(out);
    expect(order(written.losses)).toMatchObject(order(losses));
    expect(written.losses).toHaveLength(losses.length);
  });
});

const openai = { vendor: "openai", deployment: "d2", model: "gpt-5.6-sol" };

describe("answers", () => {
  const caller = { now: 1, request: {} };
  it.each([
    ["answer-messages-to-chat", messages, chat, caller],
    ["answer-responses-to-messages", responses, messages, caller],
    [
      "answer-chat-to-responses",
      chat,
      responses,
      { ...caller, request: { model: "m", input: "Tell", max_output_tokens: 20 } },
    ],
  ] as const)("%s", (name, from, to, by) => {
    const { in: given, out, losses } = vector(name);
    const written = translateAnswer({ from, to, names: new ToolNames(), answerer: openai, caller: by }, given);
    expect(JSON.parse(JSON.stringify(written.value))).toEqual(out);
    expect(kinds(written.losses)).toEqual(losses);
  });
});

describe("streams", () => {
  it.each([
    ["stream-messages-to-chat", messages, chat],
    ["stream-chat-to-messages", chat, messages],
    ["stream-responses-to-chat", responses, chat],
    ["stream-chat-to-responses", chat, responses],
    ["stream-responses-to-messages", responses, messages],
  ] as const)("%s", (name, from, to) => {
    const { in: given, out } = vector(name) as unknown as { readonly in: WireEvent[]; readonly out: WireEvent[] };
    const streamUsage = name === "stream-messages-to-chat";
    const caller = { now: 1, request: { store: false }, streamUsage };
    const stream = new StreamTranslation({ from, to, names: new ToolNames(), answerer: openai, caller });
    const written = [...given.flatMap((event) => stream.read(event)), ...stream.end()];
    expect(JSON.parse(JSON.stringify(written))).toEqual(out);
  });
});
