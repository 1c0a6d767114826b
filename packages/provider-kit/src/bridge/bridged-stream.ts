import type { JsonObject, ProviderError, Usage } from "@modelyard/core";
import { isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import { type Block, type HubEvent, TextTranslation, type WireEvent } from "@modelyard/wires";
import type { HttpExchange } from "../http-exchange.js";
import { type ScannedEvent, ScannedPart } from "../scanned-part.js";
import {
  type BridgeFacts,
  crossingOf,
  losesReasoning,
  lostPaths,
  rememberAnswer,
  rememberReasoning,
} from "./bridge-facts.js";
import { type BridgedFacts, BridgedPart, LossyPart } from "./bridged-part.js";
import { asFailure, failedReason } from "./failures.js";
import { KeptLength } from "./kept-length.js";
import { withOwnId } from "./own-id.js";
import { wires } from "./wires.js";

/** How much of a stream may be kept for its later events, in characters. */
const mostKept = 16 * 1024 * 1024;

/**
 * The parts of a vendor's stream, translated into the wire of the caller. Each part becomes at most one. Most events bring
 * a piece of text; they are translated from text to text, and neither parsed nor printed as a whole.
 */
export class BridgedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #source: AsyncIterator<StreamPart>;
  readonly #facts: BridgeFacts;
  readonly #exchange: HttpExchange<unknown>;
  readonly #translation: TextTranslation;
  /** Translated events that were not passed on yet. */
  #text = "";
  /** Characters of content in them. */
  #length = 0;
  /** Finish reasons in them. */
  #reasons: readonly string[] = noReasons;
  /** The failure that the vendor's latest event reports with its finish reason. */
  #failed: ProviderError | undefined;
  /** Whether the event with the answer's id has come. */
  #begun = false;
  /** Whether the translated stream has its last event. */
  #ended = false;
  /** Whether the losses were reported. */
  #reported = false;
  /** Finish reasons of the vendor up to now. */
  #finished = 0;
  #usage: Usage | undefined;
  /** Whether the vendor has sent content. */
  #usable = false;
  /** Whether the vendor's events reported usage since the last part. */
  #sawUsage = false;
  readonly #kept: KeptLength;
  /** The blocks of the answer up to now, for callers whose wire has no place for their reasoning. */
  readonly #blocks: Block[] = [];
  /** An error after events that still have to be passed on. */
  #failure: { readonly error: unknown } | undefined;
  /** Whether the vendor's stream ended before its answer was complete. */
  #cut = false;
  #over = false;

  constructor(parts: AsyncIterable<StreamPart>, facts: BridgeFacts, exchange: HttpExchange<unknown>) {
    this.#source = parts[Symbol.asyncIterator]();
    this.#facts = facts;
    this.#exchange = exchange;
    this.#kept = new KeptLength(losesReasoning(facts) || wires[facts.from].repeatsAnswer);
    const observe = (event: HubEvent): void => {
      this.#observe(event);
    };
    this.#translation = new TextTranslation({ ...crossingOf(facts, exchange), observe }, (event) => this.#keeps(event));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    while (!this.#over) {
      if (this.#failure !== undefined) throw this.#fail(this.#failure.error);
      const result = await this.#source.next();
      if (result.done === true) this.#over = true;
      const part = result.done === true ? this.#last() : this.#translated(result.value);
      if (part !== undefined) return { done: false, value: part };
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#over = true;
    this.#failure = undefined;
    await this.#source.return?.();
    return { done: true, value: undefined };
  }

  #fail(error: unknown): unknown {
    this.#over = true;
    this.#exchange.response.discard();
    return error;
  }

  #observe(event: HubEvent): void {
    if (this.#kept.after(event) > mostKept)
      throw this.#exchange.invalid("more than 16 MB that must be kept to translate its stream");
    if (event.type === "usage") this.#sawUsage = true;
    else if (event.type === "start") this.#begun = true;
    else if (event.type === "block_stop" && losesReasoning(this.#facts)) this.#blocks.push(event.block);
    else if (event.type === "end") {
      this.#ended = true;
      rememberReasoning(this.#facts, this.#blocks);
    } else if (event.type === "error" && this.#facts.engineJudges === true && event.error.kind === "stream_interrupted")
      this.#cut = true;
    else if (event.type === "error")
      this.#failure ??= { error: this.#exchange.fault(event.error.kind, event.error.message) };
  }

  #translated(part: StreamPart): StreamPart | undefined {
    this.#finished += part.finished;
    this.#usage = part.usage ?? this.#usage;
    this.#usable ||= part.content;
    this.#sawUsage = false;
    const { usageEvent } = wires[this.#facts.to];
    this.#attempt(() => {
      const mayFail = part.finished !== 0 && this.#facts.engineJudges !== true;
      if (part instanceof ScannedPart) this.#readAll(part.events, mayFail);
      else for (const chunk of part.chunks) this.#readEvent(chunk, mayFail);
      const usage = part.usage === undefined || this.#sawUsage ? undefined : usageEvent?.(part.usage);
      if (usage !== undefined) this.#text += this.#translation.readEvent(usage, "");
      // Without an end mark, the answer is complete once the usage is known. Some hosts then stay silent.
      const isComplete = this.#facts.engineJudges !== true && this.#finished > 0 && this.#usage !== undefined;
      if (part.done || isComplete) this.#end();
    });
    return this.#part(part);
  }

  /** The connection has ended, perhaps without an end mark. */
  #last(): StreamPart | undefined {
    this.#attempt(() => {
      this.#end();
    });
    return this.#text === ""
      ? undefined
      : this.#part({ content: false, done: this.#ended, finished: 0, usage: undefined });
  }

  /** An iterator would cost an object for each event until V8 has optimized the code. */
  #readAll(events: readonly ScannedEvent[], finishes: boolean): void {
    for (let index = 0; index < events.length; index += 1) this.#read(events[index] as ScannedEvent, finishes);
  }

  /** @param finishes - whether it may contain a finish reason */
  #read({ data, value }: ScannedEvent, finishes: boolean): void {
    const again = this.#translation.again(data);
    if (again === undefined) this.#readEvent(value ?? (JSON.parse(data) as JsonObject), finishes, data);
    else if (again !== "" && this.#failure === undefined) {
      this.#length += this.#translation.lastText?.length ?? 0;
      this.#text += again;
    }
  }

  #readEvent(event: JsonObject, finishes: boolean, data = ""): void {
    this.#failed = finishes ? failedReason(event, this.#facts, this.#exchange, () => this.#usable) : undefined;
    this.#text += this.#translation.readEvent(this.#begun ? event : withOwnId(event, this.#exchange.now()), data);
    if (this.#failed !== undefined) throw this.#failed;
  }

  #end(): void {
    if (!this.#ended) this.#text += this.#translation.end();
  }

  /** Notes what an event means to the caller, if it is not a repeated one. @returns whether the caller gets it */
  #keeps(event: WireEvent): boolean {
    // Events after a failure describe it, as the error that is thrown does. The gateway writes the end mark of a chat.
    if (this.#failure !== undefined || this.#cut || event === "[DONE]") return false;
    const { reads } = operations[this.#facts.from];
    if (this.#ended) {
      // The content before the vendor's reason counts, but the answer must not end as if it were complete.
      if (this.#failed !== undefined) return false;
      // A failure that only the end shows: of calls that are not whole, say.
      if (!reads.isEvent(event)) {
        this.#failure = { error: this.#exchange.fault("invalid_response", messageIn(event)) };
        return false;
      }
      if (isJsonObject(event["response"])) rememberAnswer(this.#facts, event["response"]);
    }
    this.#length += reads.contentLength(event);
    const choices = reads.choices(event);
    if (choices !== undefined)
      for (const choice of choices) {
        const reason = reads.finishReason(choice);
        if (reason !== undefined) this.#reasons = [...this.#reasons, reason];
      }
    return true;
  }

  #attempt(translate: () => void): void {
    try {
      translate();
    } catch (thrown) {
      this.#failure ??= { error: asFailure(thrown, this.#exchange) };
    }
  }

  /** The events up to now. */
  #part({ content, done: end, usage, finished }: PartFacts): StreamPart | undefined {
    const text = this.#text;
    const length = this.#length;
    const reasons = this.#reasons;
    this.#text = "";
    this.#length = 0;
    this.#reasons = noReasons;
    // After an end mark nothing is read, and so a failure that came with it would be lost.
    const done = end && this.#failure === undefined;
    if (text === "" && !done && usage === undefined && !content) return undefined;
    const judged = this.#facts.engineJudges === true ? finished : reasons.length;
    const facts = { length, reasons, content, done, usage, finished: judged };
    return this.#ended && !this.#reported ? this.#lastPart(text, facts) : new BridgedPart(text, facts);
  }

  /** The part in which the translated stream ends, with what the answer has lost. */
  #lastPart(text: string, facts: BridgedFacts): StreamPart {
    this.#reported = true;
    const lost = lostPaths(this.#translation.losses);
    return lost.length === 0 ? new BridgedPart(text, facts) : new LossyPart(text, facts, lost);
  }
}

type PartFacts = Pick<StreamPart, "content" | "done" | "finished" | "usage">;

const noReasons: readonly string[] = Object.freeze([]);

/** The message of an event that reports a failure. */
function messageIn({ error, message }: JsonObject): string {
  const said = isJsonObject(error) ? error["message"] : message;
  return typeof said === "string" ? said : "The answer could not be translated.";
}
