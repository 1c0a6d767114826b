import { BaseReader, interrupted } from "../base-reader.js";
import { AnswerFields, given, numberIn, objectIn, textIn, unknownIn } from "../fields.js";
import type { HubStop } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { isJsonObject, type JsonObject } from "../json.js";
import { JsonEnd } from "../json-end.js";
import { OpenBlock } from "../open-block.js";
import { callId } from "../tool-ids.js";
import { chatExtra } from "./read-content.js";
import { readAnnotation } from "./read-answer.js";
import { readTextParts } from "./read-text-parts.js";
import { readStreamError } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Reads the chunks of a streamed chat completion. */
export class ChatStreamReader extends BaseReader {
  readonly #choices = new Map<number, ChoiceReader>();
  /** The choice that was read last. */
  #last: ChoiceReader | undefined;
  #id = "";
  #started = false;
  #service: { readonly tier?: string; readonly fingerprint?: string } | undefined;

  protected readonly wire = "chat";

  protected get grown(): OpenBlock | undefined {
    return this.#last?.talk;
  }

  protected readEvent(chunk: JsonObject): readonly HubEvent[] {
    const error = chunk["error"];
    // Some hosts write an empty object beside every chunk.
    if (error !== undefined && error !== null && error !== "" && shown(error)) return [readStreamError(error)];
    const events = this.#started ? [] : [this.#start(chunk)];
    const choices = chunk["choices"];
    if (Array.isArray(choices))
      for (const choice of choices as readonly unknown[]) if (isJsonObject(choice)) this.#choice(choice, events);
    const usage = readUsage(chunk["usage"]);
    if (usage !== undefined) events.push({ type: "usage", usage });
    const tier = textIn(chunk, "service_tier");
    if (tier !== undefined && tier !== this.#service?.tier) this.#service = { ...this.#service, tier };
    this.#note("", unknownIn(chunk, knownFields.chunk), 0, events);
    return events;
  }

  /** Adds fields that are not known to what the event means. */
  #note(place: "" | "choice" | "delta", unknown: JsonObject | undefined, choice: number, events: HubEvent[]): void {
    const rest = this.rest("chunk", place, unknown, choice);
    if (rest !== undefined) events.push(rest);
  }

  #start(chunk: JsonObject): HubEvent {
    this.#started = true;
    const fingerprint = textIn(chunk, "system_fingerprint");
    if (fingerprint !== undefined) this.#service = { fingerprint };
    const createdAt = numberIn(chunk, "created");
    this.#id = textIn(chunk, "id") ?? "";
    return {
      type: "start",
      id: this.#id,
      model: textIn(chunk, "model") ?? "",
      ...given({ createdAt, tier: textIn(chunk, "service_tier") }),
    };
  }

  /** @param events - gets what the choice means */
  #choice(choice: JsonObject, events: HubEvent[]): void {
    const index = numberIn(choice, "index") ?? 0;
    let reader = this.#choices.get(index);
    if (reader === undefined) this.#choices.set(index, (reader = new ChoiceReader(index, this.#id)));
    this.#last = reader;
    reader.read(choice, events);
    this.#note("choice", unknownIn(choice, knownFields.choice), index, events);
    const delta = objectIn(choice, "delta");
    if (delta !== undefined) this.#note("delta", unknownIn(delta, knownFields.delta), index, events);
    const declined = objectIn(choice, "logprobs")?.["refusal"];
    if (Array.isArray(declined) && declined.length > 0)
      this.#note("choice", { logprobs: { refusal: declined } }, index, events);
  }

  protected override done(): readonly HubEvent[] {
    return this.finish();
  }

  /** Complete without the end mark too, if every choice has ended: many hosts omit the mark. */
  protected finish(): readonly HubEvent[] {
    const choices = [...this.#choices.values()];
    if (choices.length === 0 || choices.some(({ stop }) => stop === undefined)) return [interrupted];
    const failed = choices.find(({ stop }) => stop?.reason === "error")?.stop;
    if (failed?.reason === "error") return [{ type: "error", error: failed.error }];
    return [...choices.flatMap((choice) => choice.finish()), { type: "end", ...given({ service: this.#service }) }];
  }
}

/** What is read of each object, and what says nothing. */
const knownFields = {
  chunk: new Set("id object created model choices usage service_tier system_fingerprint error obfuscation".split(" ")),
  choice: new Set("index delta message logprobs finish_reason".split(" ")),
  delta: new Set(
    "role content reasoning_content reasoning refusal annotations audio tool_calls function_call".split(" "),
  ),
  call: new Set("index id type function custom".split(" ")),
  called: new Set("name arguments input".split(" ")),
};

/** Whether an error says anything. */
function shown(error: unknown): boolean {
  return !isJsonObject(error) || Object.keys(error).length > 0;
}

/** One choice: at most one text or thought is open at a time; calls stay open, since nothing says that they end. */
class ChoiceReader {
  readonly #choice: number;
  readonly #answerId: string;
  /** By the number that the vendor gave them. */
  readonly #calls = new Map<number, OpenCall>();
  #latest: OpenCall | undefined;
  /** The text, or what else is not a call, that is open. */
  talk: OpenBlock | undefined;
  #next = 0;
  #refusal: string | undefined;
  #events: HubEvent[] = [];
  /** Why it ended. Taken back if more follows, as some hosts have it. */
  stop: HubStop | undefined;

  /** @param answerId - calls without an id get one that is made of it */
  constructor(choice: number, answerId: string) {
    this.#choice = choice;
    this.#answerId = answerId;
  }

  /** @param events - gets what it means */
  read(choice: JsonObject, events: HubEvent[]): void {
    this.#events = events;
    const before = events.length;
    const delta = objectIn(choice, "delta") ?? objectIn(choice, "message");
    if (delta !== undefined) this.#delta(delta, logprobsIn(choice));
    if (events.length > before) this.stop = undefined;
    const reason = textIn(choice, "finish_reason");
    if (reason !== undefined && reason !== "")
      this.stop = readStop(reason, { calls: this.#calls.size > 0, refusal: this.#refusal });
  }

  finish(): readonly HubEvent[] {
    this.#events = [];
    this.#closeTalk();
    for (const call of this.#calls.values()) this.#close(call);
    return [...this.#events, { type: "stop", choice: this.#choice, stop: this.stop ?? { reason: "end" } }];
  }

  #delta(delta: JsonObject, logprobs: unknown): void {
    this.#say("reasoning", delta["reasoning_content"] ?? delta["reasoning"]);
    const content = delta["content"];
    if (Array.isArray(content)) this.#parts(content, logprobs);
    else this.#say("text", content, logprobs);
    if (delta["annotations"] !== undefined)
      for (const annotation of new AnswerFields(delta, "delta").each("annotations"))
        this.#add(this.#talking("text"), { kind: "citation", citation: readAnnotation(annotation) });
    const refusal = delta["refusal"];
    if (typeof refusal === "string" && refusal !== "") this.#refusal = (this.#refusal ?? "") + refusal;
    this.#say("refusal", refusal);
    const audio = objectIn(delta, "audio");
    if (audio !== undefined) this.#add(this.#talking("audio"), { kind: "audio", value: audio });
    const calls = delta["tool_calls"];
    if (Array.isArray(calls)) for (const call of calls as readonly unknown[]) if (isJsonObject(call)) this.#call(call);
    const old = objectIn(delta, "function_call");
    if (old !== undefined) this.#call({ index: 0, function: old });
  }

  /** Some hosts write a text as parts. */
  #parts(content: readonly unknown[], logprobs: unknown): void {
    const { thoughts, text, others } = readTextParts(content);
    this.#say("reasoning", thoughts);
    this.#say("text", text, logprobs);
    for (const value of others) {
      this.#closeTalk();
      this.#events.push(this.#open({ type: "other", wire: "chat", value }).stop);
    }
  }

  /** An empty text opens nothing: hosts write it beside others. */
  #say(kind: "reasoning" | "refusal" | "text", text: unknown, logprobs?: unknown): void {
    if (typeof text !== "string" || text === "") return;
    const block = this.#talking(kind);
    this.#add(block, logprobs === undefined ? { kind, text } : { kind, text, logprobs });
  }

  /** The open block of a kind; a new one where another kind, or a call, came in between. */
  #talking(kind: "audio" | "reasoning" | "refusal" | "text"): OpenBlock {
    if (this.talk?.type === kind) return this.talk;
    this.#closeTalk();
    if (this.#latest !== undefined) this.#closeIfWhole(this.#latest);
    return (this.talk = this.#open(kind === "text" || kind === "refusal" ? { type: kind, text: "" } : { type: kind }));
  }

  #closeTalk(): void {
    if (this.talk !== undefined) this.#events.push(this.talk.stop);
    this.talk = undefined;
  }

  #open(head: Block): OpenBlock {
    const block = new OpenBlock(this.#choice, this.#next, head);
    this.#next += 1;
    this.#events.push(block.start);
    return block;
  }

  #add(block: OpenBlock, delta: HubDelta): void {
    this.#events.push(block.add(delta));
  }

  /** @throws `invalid_response` for a call that names no tool */
  #call(call: JsonObject): void {
    const custom = objectIn(call, "custom");
    const called = custom ?? objectIn(call, "function") ?? nothing;
    const open = this.#callAt(call, called, custom === undefined ? "json" : "text");
    const input = called[custom === undefined ? "arguments" : "input"];
    const text = isJsonObject(input) ? JSON.stringify(input) : input;
    if (typeof text !== "string" || text === "" || open.over) return;
    this.#add(open.block, { kind: "input", text });
    open.end?.read(text);
    if (open !== this.#latest || this.talk !== undefined) this.#closeIfWhole(open);
  }

  /** Some hosts number all calls 0: then a new id begins a new call. */
  #callAt(call: JsonObject, called: JsonObject, kind: "json" | "text"): OpenCall {
    const index = numberIn(call, "index") ?? 0;
    const id = nonEmpty(textIn(call, "id"));
    const open = this.#calls.get(index);
    if (open !== undefined && (id === undefined || open.id === undefined || open.id === id)) return open;
    const name = new AnswerFields(called, "delta.tool_calls.function").neededText("name");
    this.#closeTalk();
    if (open !== undefined) this.#close(open);
    if (this.#latest !== undefined) this.#closeIfWhole(this.#latest);
    const made = id ?? callId([this.#answerId, this.#choice, this.#calls.size, name]);
    const extra = chatExtra(unknownInCall(call, called));
    const head: Block = { type: "tool_call", id: made, name, input: { kind, text: "" }, ...given({ extra }) };
    const begun = { id, block: this.#open(head), end: kind === "json" ? new JsonEnd() : undefined, over: false };
    this.#calls.set(index, begun);
    this.#latest = begun;
    return begun;
  }

  /** Nothing says that a call ends but the arguments themselves, once a later call, or a text, has begun. */
  #closeIfWhole(call: OpenCall): void {
    if (call.end?.reached === true) this.#close(call);
  }

  #close(call: OpenCall): void {
    if (!call.over) this.#events.push(call.block.stop);
    call.over = true;
  }
}

interface OpenCall {
  readonly id: string | undefined;
  readonly block: OpenBlock;
  /** Where its arguments end. Not set: free text, of which nothing says that it ends. */
  readonly end: JsonEnd | undefined;
  /** A later call has begun, and its arguments are whole. */
  over: boolean;
}

const nothing: JsonObject = {};

function unknownInCall(call: JsonObject, called: JsonObject): JsonObject | undefined {
  const rest = unknownIn(call, knownFields.call);
  const inner = unknownIn(called, knownFields.called);
  if (inner === undefined) return rest;
  return { ...rest, [call["custom"] === undefined ? "function" : "custom"]: inner };
}

function logprobsIn(choice: JsonObject): unknown {
  const content = objectIn(choice, "logprobs")?.["content"];
  return Array.isArray(content) && content.length > 0 ? content : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
