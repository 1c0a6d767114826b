import { BaseReader, interrupted } from "../base-reader.js";
import { type Fields, given, parseJson } from "../fields.js";
import type { HubStop } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import type { HubDelta, HubEvent } from "../hub/events.js";
import { isJsonObject } from "../json.js";
import { OpenBlock } from "../open-block.js";
import { callId } from "../tool-ids.js";
import { readAnnotation } from "./read-answer.js";
import { readStreamError } from "./read-error.js";
import { readStop } from "./stop.js";
import { readUsage } from "./usage.js";

/** Reads the chunks of a streamed chat completion. */
export class ChatStreamReader extends BaseReader {
  readonly #choices = new Map<number, ChoiceReader>();
  #id = "";
  #started = false;
  #service: { readonly tier?: string; readonly fingerprint?: string } | undefined;

  protected readEvent(chunk: Fields): readonly HubEvent[] {
    const error = chunk.any("error");
    // Some hosts write an empty object beside every chunk.
    if (error !== undefined && error !== "" && shown(error)) return [readStreamError(error)];
    const events = this.#started ? [] : [this.#start(chunk)];
    for (const choice of chunk.each("choices")) events.push(...this.#choice(choice));
    const usage = readUsage(chunk.any("usage"));
    if (usage !== undefined) events.push({ type: "usage", usage });
    const tier = chunk.text("service_tier");
    if (tier !== undefined) this.#service = { ...this.#service, tier };
    return events;
  }

  #start(chunk: Fields): HubEvent {
    this.#started = true;
    const fingerprint = chunk.text("system_fingerprint");
    if (fingerprint !== undefined) this.#service = { fingerprint };
    const createdAt = chunk.number("created");
    this.#id = chunk.text("id") ?? "";
    return { type: "start", id: this.#id, model: chunk.text("model") ?? "", ...given({ createdAt }) };
  }

  #choice(choice: Fields): readonly HubEvent[] {
    const index = choice.number("index") ?? 0;
    let reader = this.#choices.get(index);
    if (reader === undefined) this.#choices.set(index, (reader = new ChoiceReader(index, this.#id)));
    return reader.read(choice);
  }

  protected override done(): readonly HubEvent[] {
    return this.finish();
  }

  /** Complete without the end mark too, if every choice has ended: many hosts omit the mark. */
  protected finish(): readonly HubEvent[] {
    const choices = [...this.#choices.values()];
    if (choices.length === 0 || choices.some(({ stop }) => stop === undefined)) return [interrupted];
    return [...choices.flatMap((choice) => choice.finish()), { type: "end", ...given({ service: this.#service }) }];
  }
}

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
  #talk: OpenBlock | undefined;
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

  read(choice: Fields): readonly HubEvent[] {
    this.#events = [];
    const delta = choice.in("delta") ?? choice.in("message");
    const logprobs = choice.in("logprobs")?.list("content");
    if (delta !== undefined) this.#delta(delta, logprobs?.length === 0 ? undefined : logprobs);
    if (this.#events.length > 0) this.stop = undefined;
    const reason = choice.text("finish_reason");
    if (reason !== undefined && reason !== "")
      this.stop = readStop(reason, { calls: this.#calls.size > 0, refusal: this.#refusal });
    return this.#events;
  }

  finish(): readonly HubEvent[] {
    this.#events = [];
    this.#closeTalk();
    for (const call of this.#calls.values()) this.#close(call);
    return [...this.#events, { type: "stop", choice: this.#choice, stop: this.stop ?? { reason: "end" } }];
  }

  #delta(delta: Fields, logprobs: unknown): void {
    this.#say("reasoning", delta.any("reasoning_content") ?? delta.any("reasoning"));
    this.#say("text", delta.any("content"), logprobs);
    for (const annotation of delta.each("annotations"))
      this.#add(this.#talking("text"), { kind: "citation", citation: readAnnotation(annotation) });
    const refusal = delta.any("refusal");
    if (typeof refusal === "string" && refusal !== "") this.#refusal = (this.#refusal ?? "") + refusal;
    this.#say("refusal", refusal);
    const audio = delta.object("audio");
    if (audio !== undefined) this.#add(this.#talking("audio"), { kind: "audio", value: audio });
    for (const call of delta.each("tool_calls")) this.#call(call);
    const old = delta.object("function_call");
    if (old !== undefined) this.#call(delta.of({ index: 0, function: old }, delta.at("function_call")));
  }

  /** An empty text opens nothing: hosts write it beside others. */
  #say(kind: "reasoning" | "refusal" | "text", text: unknown, logprobs?: unknown): void {
    if (typeof text !== "string" || text === "") return;
    const block = this.#talking(kind);
    this.#add(block, logprobs === undefined ? { kind, text } : { kind, text, logprobs });
  }

  /** The open block of a kind; a new one where another kind, or a call, came in between. */
  #talking(kind: "audio" | "reasoning" | "refusal" | "text"): OpenBlock {
    if (this.#talk?.type === kind) return this.#talk;
    this.#closeTalk();
    return (this.#talk = this.#open(kind === "text" || kind === "refusal" ? { type: kind, text: "" } : { type: kind }));
  }

  #closeTalk(): void {
    if (this.#talk !== undefined) this.#events.push(this.#talk.stop);
    this.#talk = undefined;
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

  #call(call: Fields): void {
    const custom = call.in("custom");
    const called = custom ?? call.inOrEmpty("function");
    const id = nonEmpty(call.text("id"));
    const { block, over } = this.#callAt(call.number("index") ?? 0, id, () =>
      this.#headOf(id, called, custom === undefined ? "json" : "text"),
    );
    const input = called.any(custom === undefined ? "arguments" : "input");
    const text = isJsonObject(input) ? JSON.stringify(input) : input;
    if (typeof text === "string" && text !== "" && !over) this.#add(block, { kind: "input", text });
  }

  /** @throws `invalid_response` for a call that names no tool */
  #headOf(id: string | undefined, called: Fields, kind: "json" | "text"): Block {
    const name = called.neededText("name");
    const made = () => callId([this.#answerId, this.#choice, this.#calls.size, name]);
    return { type: "tool_call", id: id ?? made(), name, input: { kind, text: "" } };
  }

  /** Some hosts number all calls 0: then a new id begins a new call. */
  #callAt(index: number, id: string | undefined, head: () => Block): OpenCall {
    const open = this.#calls.get(index);
    if (open !== undefined && (id === undefined || open.id === undefined || open.id === id)) return open;
    this.#closeTalk();
    if (open !== undefined) this.#close(open);
    for (const other of this.#calls.values()) if (isJsonObject(parseJson(other.block.text))) this.#close(other);
    const call = { id, block: this.#open(head()), over: false };
    this.#calls.set(index, call);
    return call;
  }

  #close(call: OpenCall): void {
    if (!call.over) this.#events.push(call.block.stop);
    call.over = true;
  }
}

interface OpenCall {
  readonly id: string | undefined;
  readonly block: OpenBlock;
  /** A later call began when its arguments were whole. */
  over: boolean;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
