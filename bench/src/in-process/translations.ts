import {
  chat,
  type Crossing,
  messages,
  responses,
  StreamTranslation,
  TextTranslation,
  ToolNames,
  translateAnswer,
  type WireEvent,
} from "@modelyard/wires";
import { chatAnswer } from "../wires/chat.js";
import { bestOf, type Results } from "./timing.js";

const deltas = 200;
const created = 1_700_000_000;
const names = new ToolNames();
const caller = { now: created, request: { model: "m", store: false } };
const fromChat: Omit<Crossing, "to"> = { from: chat, names, answerer: { vendor: "openai" }, caller };
const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created, model: "m" };

function chunk(delta: object, finish: string | null = null): string {
  return JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
}

/** The data of a streamed chat completion, as a vendor writes it. */
const chunks: readonly string[] = [
  chunk({ role: "assistant", content: "", refusal: null }),
  ...Array.from({ length: deltas }, (_, index) => chunk({ content: ` word${String(index)}` })),
  chunk({}, "stop"),
];

/** The same answer as the events of another wire. */
function crossed(to: Crossing["to"]): readonly string[] {
  const stream = new StreamTranslation({ ...fromChat, to });
  const events = [...chunks.flatMap((data) => stream.read(JSON.parse(data) as WireEvent)), ...stream.read("[DONE]")];
  return events.map((event) => JSON.stringify(event));
}

const answer = chatAnswer(10_240).toString();

/** Event by event, as objects. */
function translateEvents(from: Crossing["from"], to: Crossing["to"], events: readonly string[]): number {
  const stream = new StreamTranslation({ ...fromChat, from, to });
  let length = 0;
  for (const data of events)
    for (const event of stream.read(JSON.parse(data) as WireEvent)) length += JSON.stringify(event).length;
  for (const event of stream.end()) length += JSON.stringify(event).length;
  return length;
}

/** From text to text. */
function translateText(from: Crossing["from"], to: Crossing["to"], events: readonly string[]): number {
  const stream = new TextTranslation({ ...fromChat, from, to });
  let length = 0;
  for (const data of events) length += stream.read(data).length;
  return length + stream.end().length;
}

/** What is left without a translation: each event is parsed, and written again. */
function reprintAll(events: readonly string[]): number {
  let length = 0;
  for (const data of events) length += JSON.stringify(JSON.parse(data)).length;
  return length;
}

/** Time of a translated event of a stream, and of a translated answer of 10 KB, in microseconds. */
export async function translations(): Promise<Results> {
  const toResponses = crossed(responses);
  const toMessages = crossed(messages);
  const streams = await bestOf(
    {
      "chat, parsed and printed only": () => reprintAll(chunks),
      "chat to messages, as objects": () => translateEvents(chat, messages, chunks),
      "chat to messages": () => translateText(chat, messages, chunks),
      "chat to responses": () => translateText(chat, responses, chunks),
      "messages to chat": () => translateText(messages, chat, toMessages),
      "messages to responses": () => translateText(messages, responses, toMessages),
      "responses to chat": () => translateText(responses, chat, toResponses),
      "responses to messages": () => translateText(responses, messages, toResponses),
    },
    100,
  );
  const answers = await bestOf(
    {
      "chat, parsed and printed only": () => JSON.stringify(JSON.parse(answer)),
      "chat to messages": () =>
        JSON.stringify(translateAnswer({ ...fromChat, to: messages }, JSON.parse(answer) as object as never).value),
      "chat to responses": () =>
        JSON.stringify(translateAnswer({ ...fromChat, to: responses }, JSON.parse(answer) as object as never).value),
    },
    2_000,
  );
  return {
    ...Object.fromEntries(
      Object.entries(streams).map(([name, us]) => [`stream event, ${name}, us`, us / chunks.length] as const),
    ),
    ...Object.fromEntries(Object.entries(answers).map(([name, us]) => [`10 KB answer, ${name}, us`, us] as const)),
  };
}
