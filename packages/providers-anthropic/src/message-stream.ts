import type Anthropic from "@anthropic-ai/sdk";
import { isJsonObject, type StreamPart, type TransportResponse } from "@modelyard/core";
import { bodyType, encodingOf, failureText } from "@modelyard/transport";
import { createParser, type EventSourceParser } from "eventsource-parser";
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
  /** Makes an error of ours of whatever was thrown. */
  readonly explain: (thrown: unknown) => unknown;
}

/** The parts of a response as they arrive: one part for each piece of the network that says something. */
export class MessageStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #options: MessageStreamOptions;
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser;
  #body: AsyncIterator<Uint8Array> | undefined;
  #batch: Batch = emptyBatch();
  /** What went wrong behind events that still have to be handed on. */
  #failure: { readonly error: unknown } | undefined;
  #over = false;
  /** Whether the vendor has sent its last byte. */
  #ended = false;

  constructor(options: MessageStreamOptions) {
    this.#options = options;
    this.#parser = createParser({
      onEvent: ({ data }) => {
        this.#event(data);
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
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#ended) break;
        this.#body ??= await this.#open();
        const piece = await this.#body.next();
        // Behind the last byte, an event without its empty line is an event all the same.
        this.#parser.feed(piece.done === true ? "\n\n" : this.#decoder.decode(piece.value, { stream: true }));
        if (piece.done === true) this.#ended = true;
        const part = this.#take();
        if (part?.done === true) await this.return();
        if (part !== undefined) return { done: false, value: part };
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
    if (this.#body === undefined) this.#options.response.discard();
    else await this.#body.return?.();
    return { done: true, value: undefined };
  }

  /** @throws when what came is no event stream */
  async #open(): Promise<AsyncIterator<Uint8Array>> {
    const { response, toError, invalid } = this.#options;
    const type = response.header("content-type") ?? "";
    const packed = encodingOf(response) !== undefined;
    if (!packed && (type === "" || type.includes("event-stream"))) return response.body()[Symbol.asyncIterator]();
    const body = await failureText(response);
    if (type.includes("json") && body.includes('"error"')) throw toError(body);
    throw invalid(`${bodyType(response)} where events were asked for`);
  }

  #event(data: string): void {
    // Nothing follows the end, whatever else is sent.
    if (this.#failure !== undefined || this.#batch.done) return;
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
      translator.translate(event, this.#batch);
      if (translator.kept > mostKept) this.#failure = { error: invalid("a block of more than 16 MB") };
    } catch {
      this.#failure = { error: invalid("an event of a shape that Anthropic does not have") };
    }
  }

  #take(): StreamPart | undefined {
    const { chunks, content, finished, done, usage } = this.#batch;
    if (chunks.length === 0 && !done && usage === undefined) return undefined;
    this.#batch = emptyBatch();
    return this.#options.finish({ chunks, bytes: undefined, content, finished, done, usage });
  }
}
