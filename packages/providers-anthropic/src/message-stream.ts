import type Anthropic from "@anthropic-ai/sdk";
import { isJsonObject, jsonExcess, type StreamPart, type TransportResponse } from "@modelyard/core";
import { StreamOpening } from "@modelyard/provider-kit";
import { createParser, type EventSourceParser } from "eventsource-parser";
import { endsOddly } from "./map-stop-reason.js";
import { type Batch, emptyBatch, type StreamTranslator } from "./stream-translator.js";

/** An event longer than this is no event, in characters. */
const longestEvent = 16 * 1024 * 1024;
/** Most that is kept of a stream until it may be handed on, in characters. */
const mostKept = 16 * 1024 * 1024;

export interface MessageStreamOptions {
  readonly response: TransportResponse;
  readonly translator: StreamTranslator;
  /** The last step: as chunks of chats, or of text completions. */
  readonly finish: (part: StreamPart) => StreamPart;
  /** The error that an event of the type `error` tells of. */
  readonly toError: (body: string) => unknown;
  /** The error for what the vendor should not have sent. */
  readonly invalid: (problem: string) => unknown;
  /** The error for a body that is not an event stream, from its beginning. */
  readonly wrong: (text: string) => unknown;
  /** Makes an error of ours of whatever was thrown. */
  readonly explain: (thrown: unknown) => unknown;
}

/** The parts of a response as they arrive: one part for each piece of the network that says something. */
export class MessageStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: MessageStreamOptions;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  readonly #body: AsyncIterator<Uint8Array>;
  /** Until it is known whether the body is an event stream. */
  #opening: StreamOpening | undefined;
  #batch: Batch = emptyBatch();
  /** What comes before the batch: content that arrived together with a stop reason that may mean a failure. */
  #before: StreamPart | undefined = undefined;
  /** What went wrong behind events that still have to be handed on. */
  #failure: { readonly error: unknown } | undefined;
  #over = false;
  /** Whether the vendor has sent its last byte. */
  #ended = false;

  constructor(options: MessageStreamOptions) {
    this.#options = options;
    this.#body = options.response.body()[Symbol.asyncIterator]();
    this.#opening = new StreamOpening(options.response);
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        this.#event(data, event);
      },
      maxBufferSize: longestEvent,
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded")
          this.#failure ??= { error: this.#options.invalid("an event without an end") };
      },
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<StreamPart>> {
    try {
      while (!this.#over) {
        const part = this.#take();
        if (part?.done === true) await this.return();
        if (part !== undefined) return { done: false, value: part };
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#ended) break;
        const piece = await this.#body.next();
        const bytes = await this.#begun(piece.value as Uint8Array | undefined);
        if (bytes !== undefined) this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
        // Behind the last byte, an event without its empty line is an event all the same.
        if (piece.done === true) this.#parser.feed("\n\n");
        if (piece.done === true) this.#ended = true;
      }
      this.#over = true;
      return { done: true, value: undefined };
    } catch (thrown) {
      this.#over = true;
      this.#options.response.discard();
      throw this.#options.explain(thrown);
    }
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#over = true;
    await this.#body.return?.();
    return { done: true, value: undefined };
  }

  /** @returns bytes of events, once it is clear that they are. @throws when what came is no event stream */
  async #begun(piece: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const opening = this.#opening;
    if (opening === undefined) return piece;
    const start = opening.take(piece);
    if (start === "wrong") throw this.#options.wrong(await opening.text(this.#body)) as Error;
    if (start !== undefined) this.#opening = undefined;
    return start;
  }

  #event(data: string, name: string | undefined): void {
    // Nothing follows the end, whatever else is sent; and an event without data is none.
    if (this.#failure !== undefined || this.#batch.done || data.trim() === "") return;
    if (name === "error") {
      this.#failure = { error: this.#options.toError(data) };
      return;
    }
    const excess = jsonExcess(data);
    if (excess !== undefined) {
      this.#failure = { error: this.#options.invalid(`an event that ${excess}`) };
      return;
    }
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      this.#failure = { error: this.#options.invalid("an event that is no JSON") };
      return;
    }
    if (!isJsonObject(event)) this.#failure = { error: this.#options.invalid("an event that is no object") };
    else if (event["type"] === "error" || (event["type"] === undefined && event["error"] != null))
      this.#failure = { error: this.#options.toError(data) };
    else this.#translate(event as unknown as Anthropic.RawMessageStreamEvent);
  }

  #translate(event: Anthropic.RawMessageStreamEvent): void {
    const { translator, invalid } = this.#options;
    try {
      if (event.type === "message_delta" && this.#batch.content && endsOddly(event.delta.stop_reason))
        this.#before ??= this.#flush();
      translator.translate(event, this.#batch);
      if (translator.kept > mostKept) this.#failure = { error: invalid("a block of more than 16 MB") };
    } catch (thrown) {
      // A stack that overflows is not the vendor's fault: what it sends is not nested so deep.
      const own = thrown instanceof RangeError;
      this.#failure = { error: own ? thrown : invalid("an event of a shape that Anthropic does not have") };
    }
  }

  #take(): StreamPart | undefined {
    const before = this.#before;
    this.#before = undefined;
    return before ?? this.#flush();
  }

  #flush(): StreamPart | undefined {
    const { chunks, done, usage } = this.#batch;
    if (chunks.length === 0 && !done && usage === undefined) return undefined;
    const batch = this.#batch;
    this.#batch = emptyBatch();
    return this.#options.finish({ ...batch, bytes: undefined });
  }
}
