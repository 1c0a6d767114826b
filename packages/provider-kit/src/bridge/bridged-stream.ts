import type { JsonObject, Usage } from "@modelyard/core";
import { isJsonObject, operations, type StreamPart } from "@modelyard/core/kit";
import { type Block, type HubEvent, StreamTranslation, type WireEvent } from "@modelyard/wires";
import type { HttpExchange } from "../http-exchange.js";
import { type BridgeFacts, crossingOf, rememberReasoning } from "./bridge-facts.js";
import { asFailure, failedReason } from "./failures.js";
import { withOwnId } from "./own-id.js";
import { wires } from "./wires.js";

/** The parts of a vendor's stream, translated into the wire of the caller. Each part becomes at most one. */
export class BridgedStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #source: AsyncIterator<StreamPart>;
  readonly #facts: BridgeFacts;
  readonly #exchange: HttpExchange<unknown>;
  readonly #translation: StreamTranslation;
  #events: JsonObject[] = [];
  #begun = false;
  /** Whether the translated stream has its last event. */
  #ended = false;
  /** Finish reasons of the vendor up to now. */
  #finished = 0;
  #usage: Usage | undefined;
  /** Whether the vendor's events reported usage since the last part. */
  #sawUsage = false;
  /** The blocks of the answer up to now, for callers whose wire has no place for their reasoning. */
  readonly #blocks: Block[] = [];
  /** An error after events that still have to be passed on. */
  #failure: { readonly error: unknown } | undefined;
  #over = false;

  constructor(parts: AsyncIterable<StreamPart>, facts: BridgeFacts, exchange: HttpExchange<unknown>) {
    this.#source = parts[Symbol.asyncIterator]();
    this.#facts = facts;
    this.#exchange = exchange;
    const observe = (event: HubEvent): void => {
      this.#observe(event);
    };
    this.#translation = new StreamTranslation({ ...crossingOf(facts, exchange), observe });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    while (!this.#over) {
      if (this.#failure !== undefined) throw await this.#fail(this.#failure.error);
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

  async #fail(error: unknown): Promise<unknown> {
    this.#over = true;
    await this.#source.return?.();
    return error;
  }

  #observe(event: HubEvent): void {
    if (event.type === "usage") this.#sawUsage = true;
    else if (event.type === "block_stop") this.#finishedBlock(event.block);
    else if (event.type === "end") {
      this.#ended = true;
      rememberReasoning(this.#facts, this.#blocks, this.#exchange.now());
    } else if (event.type === "error")
      this.#failure ??= { error: this.#exchange.fault(event.error.kind, event.error.message) };
  }

  #finishedBlock(block: Block): void {
    if (wires[this.#facts.from].losesReasoning) this.#blocks.push(block);
  }

  #translated(part: StreamPart): StreamPart | undefined {
    this.#finished += part.finished;
    this.#usage = part.usage ?? this.#usage;
    this.#sawUsage = false;
    const { usageEvent } = wires[this.#facts.to];
    this.#attempt(() => {
      const chunks = part.chunks as unknown as readonly JsonObject[];
      for (const chunk of chunks) this.#read(chunk, part.finished !== 0);
      const usage = part.usage === undefined || this.#sawUsage ? undefined : usageEvent?.(part.usage);
      if (usage !== undefined) this.#read(usage);
      // Without an end mark, the answer is complete once the usage is known. Some hosts then stay silent.
      if (part.done || (this.#finished > 0 && this.#usage !== undefined)) this.#end();
    });
    return this.#part(part);
  }

  /** The connection has ended, perhaps without an end mark. */
  #last(): StreamPart | undefined {
    this.#attempt(() => {
      this.#end();
    });
    if (this.#events.length === 0) return undefined;
    return this.#part({
      chunks: [],
      bytes: undefined,
      content: false,
      finished: 0,
      done: this.#ended,
      usage: undefined,
    });
  }

  /** @param finishes - whether it may contain a finish reason */
  #read(chunk: JsonObject, finishes = false): void {
    const event = this.#begun ? chunk : withOwnId(chunk, this.#exchange.now());
    this.#begun = true;
    const events = this.#translation.read(event);
    const failure = finishes ? failedReason(chunk, this.#facts, this.#exchange) : undefined;
    // The content before the reason counts, but the answer must not end as if it were complete.
    if (failure === undefined || !this.#ended) this.#add(events);
    if (failure !== undefined) throw failure;
  }

  #end(): void {
    if (!this.#ended) this.#add(this.#translation.end());
  }

  /** Adds events up to one that reports a failure, which becomes the error that is thrown. */
  #add(events: readonly WireEvent[]): void {
    const { reads } = operations[this.#facts.from];
    for (const event of events) {
      if (this.#failure !== undefined) return;
      if (!isJsonObject(event)) continue;
      if (reads.isEvent(event)) this.#events.push(event);
      else this.#failure = { error: this.#exchange.fault("invalid_response", messageIn(event)) };
    }
  }

  #attempt(translate: () => void): void {
    try {
      translate();
    } catch (thrown) {
      this.#failure ??= { error: asFailure(thrown, this.#exchange) };
    }
  }

  /** The events up to now, with what they say in the words of the caller's wire. */
  #part({ content, contentLength, done, usage }: StreamPart): StreamPart | undefined {
    const { reads } = operations[this.#facts.from];
    const chunks = this.#events;
    this.#events = [];
    let length = 0;
    const reasons: string[] = [];
    for (const chunk of chunks) {
      length += reads.contentLength(chunk);
      for (const choice of reads.choices(chunk) ?? []) {
        const reason = reads.finishReason(choice);
        if (reason !== undefined) reasons.push(reason);
      }
    }
    // What the vendor sends may be written later only, but it shows that the vendor is at work.
    const waits = chunks.length === 0 && content;
    if (chunks.length === 0 && !done && usage === undefined && !waits) return undefined;
    return {
      chunks: chunks as unknown as StreamPart["chunks"],
      bytes: undefined,
      content: length > 0 || waits,
      contentLength: waits ? contentLength : length,
      finished: reasons.length,
      finishReasons: reasons,
      done,
      usage,
    };
  }
}

/** The message of an event that reports a failure. */
function messageIn({ error, message }: JsonObject): string {
  const said = isJsonObject(error) ? error["message"] : message;
  return typeof said === "string" ? said : "The answer could not be translated.";
}
