import { type JsonObject, RouterError, type Usage } from "@modelyard/core";
import { isJsonObject, jsonExcess, type StreamPart } from "@modelyard/core/kit";
import { createParser, type EventSourceParser } from "eventsource-parser";
import { lineParser } from "./line-parser.js";
import { StreamOpening } from "./stream-opening.js";
import type { HttpExchange } from "./http-exchange.js";

/** Longer events are refused, in characters. */
const longestEvent = 16 * 1024 * 1024;

/** What the events that arrived together contain. A vendor's translator adds to it. */
export interface PartDraft<Chunk = object> {
  readonly chunks: Chunk[];
  /** Whether one of them has content. */
  content: boolean;
  /** How many choices ended. A choice that continues after its end counts as -1. */
  finished: number;
  /** As the vendor wrote them, or in OpenAI's terms. */
  finishReasons: readonly string[];
  /** Whether the vendor's end mark was among them. Nothing is read after it. */
  done: boolean;
  usage: Usage | undefined;
}

/** Turns a vendor's events into OpenAI's chunks, one by one. */
export interface EventTranslator<Event extends object = JsonObject, Chunk = object> {
  /**
   * Adds the contents of `event` to `draft`. Events that are irrelevant for the answer add nothing.
   * @param startPart - begins another part, for a finish reason that may mean a failure, and returns its draft
   * @throws a provider error for an event that reports a failure. Any other exception means that the event has an
   * unexpected shape
   */
  translate(event: Event, draft: PartDraft<Chunk>, startPart: () => PartDraft<Chunk>): void;
}

export interface EventStreamOptions {
  /** How events are separated: as server-sent events, or as lines of JSON. @defaultValue `events` */
  readonly format?: "events" | "lines";
  /** The last step for each part. */
  readonly finish?: (part: StreamPart) => StreamPart;
}

const noReasons: readonly string[] = Object.freeze([]);

function emptyDraft(): PartDraft {
  return { chunks: [], content: false, finished: 0, finishReasons: noReasons, done: false, usage: undefined };
}

/**
 * The parts of a streamed answer: one for each piece that arrives with events that matter. Events that are too long or not
 * JSON, events that report errors, and bodies that are not event streams become provider errors.
 */
export function eventStream<Event extends object = JsonObject, Chunk = object>(
  exchange: HttpExchange<never> | HttpExchange<unknown>,
  translator: EventTranslator<Event, Chunk>,
  options: EventStreamOptions = {},
): AsyncIterable<StreamPart> {
  return new EventStream(exchange, translator, options);
}

class EventStream implements AsyncIterable<StreamPart>, AsyncIterator<StreamPart> {
  readonly #exchange: HttpExchange<unknown>;
  readonly #translator: EventTranslator<never, never>;
  readonly #finish: (part: StreamPart) => StreamPart;
  readonly #decoder = new TextDecoder();
  readonly #parser: Pick<EventSourceParser, "feed">;
  readonly #body: AsyncIterator<Uint8Array>;
  /** Until it is known whether the body is an event stream. */
  #opening: StreamOpening | undefined;
  #draft: PartDraft = emptyDraft();
  /** The part before the draft: content that arrived together with a finish reason that may mean a failure. */
  #before: StreamPart | undefined = undefined;
  /** An error after events that still have to be passed on. */
  #failure: { readonly error: unknown } | undefined;
  #over = false;
  /** Whether the vendor has sent its last byte. */
  #ended = false;

  constructor(
    exchange: HttpExchange<unknown>,
    translator: EventTranslator<never, never>,
    { format = "events", finish = (part) => part }: EventStreamOptions,
  ) {
    this.#exchange = exchange;
    this.#translator = translator;
    this.#finish = finish;
    this.#body = exchange.response.body()[Symbol.asyncIterator]();
    if (format === "events") this.#opening = new StreamOpening(exchange.response);
    this.#parser = format === "events" ? this.#eventParser() : this.#lineParser();
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
        // At the end of the body, an event counts even without the empty line after it.
        if (piece.done === true) this.#parser.feed("\n\n");
        if (piece.done === true) this.#ended = true;
      }
      this.#over = true;
      return { done: true, value: undefined };
    } catch (thrown) {
      this.#over = true;
      this.#exchange.response.discard();
      throw this.#exchange.explain(thrown);
    }
  }

  async return(): Promise<IteratorResult<StreamPart>> {
    this.#over = true;
    await this.#body.return?.();
    return { done: true, value: undefined };
  }

  /** @returns bytes to parse; `undefined` until the body is known to be an event stream. @throws if it is not one */
  async #begun(piece: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const opening = this.#opening;
    if (opening === undefined) return piece;
    const start = opening.take(piece);
    if (start === "wrong") throw this.#exchange.notEvents(await opening.text(this.#body));
    if (start !== undefined) this.#opening = undefined;
    return start;
  }

  #eventParser(): EventSourceParser {
    return createParser({
      onEvent: ({ event, data }) => {
        this.#event(data, event);
      },
      maxBufferSize: longestEvent,
      onError: ({ type }) => {
        if (type === "max-buffer-size-exceeded") this.#endless();
      },
    });
  }

  #lineParser(): Pick<EventSourceParser, "feed"> {
    return lineParser({
      onLine: (line) => {
        this.#event(line, undefined);
      },
      onEndless: () => {
        this.#endless();
      },
      longest: longestEvent,
    });
  }

  #endless(): void {
    this.#failure ??= { error: this.#exchange.invalid("an event without an end") };
  }

  #event(data: string, name: string | undefined): void {
    // Whatever is sent after the end mark is ignored, and so are events without data.
    if (this.#failure !== undefined || this.#draft.done || data.trim() === "") return;
    if (name === "error") {
      this.#failure = { error: this.#exchange.failure(data) };
      return;
    }
    const excess = jsonExcess(data);
    if (excess !== undefined) {
      this.#failure = { error: this.#exchange.invalid(`an event that ${excess}`) };
      return;
    }
    let event: unknown;
    try {
      event = JSON.parse(data);
    } catch {
      this.#failure = { error: this.#exchange.invalid("an event that is not JSON") };
      return;
    }
    if (!isJsonObject(event)) this.#failure = { error: this.#exchange.invalid("an event that is not an object") };
    else if (event["type"] === "error" || (event["type"] === undefined && event["error"] != null))
      this.#failure = { error: this.#exchange.failure(data) };
    else this.#translate(event as never);
  }

  #translate(event: never): void {
    try {
      this.#translator.translate(event, this.#draft as never, () => {
        if (this.#draft.content) this.#before ??= this.#flush();
        return this.#draft as never;
      });
    } catch (thrown) {
      // A stack overflow is our own fault: what the vendor sends is never nested deeply enough for one.
      const own = thrown instanceof RangeError || RouterError.isInstance(thrown);
      this.#failure = { error: own ? thrown : this.#exchange.invalid("an event of an unexpected shape") };
    }
  }

  #take(): StreamPart | undefined {
    const before = this.#before;
    this.#before = undefined;
    return before ?? this.#flush();
  }

  #flush(): StreamPart | undefined {
    const draft = this.#draft;
    if (draft.chunks.length === 0 && !draft.done && draft.usage === undefined) return undefined;
    this.#draft = emptyDraft();
    return this.#finish({ ...draft, chunks: draft.chunks as never, bytes: undefined });
  }
}
