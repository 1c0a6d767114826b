import { createError } from "@modelyard/core/kit";
import { DeltaPrinter } from "./delta-printer.js";
import { DeltaTemplate, unescaped } from "./delta-template.js";
import { parseJson } from "./fields.js";
import type { WireName } from "./hub/common.js";
import type { HubError } from "./hub/error.js";
import { isJsonObject } from "./json.js";
import { type Crossing, StreamTranslation } from "./translate.js";
import type { StreamWriter, WireEvent } from "./wire.js";

/**
 * Translates one stream from text to text: the data of the vendor's events to the server-sent events that the caller gets.
 * It says the same as {@link StreamTranslation}, but most events are neither parsed nor printed as a whole.
 */
export class TextTranslation {
  readonly #stream: StreamTranslation;
  readonly #to: WireName;
  readonly #template = new DeltaTemplate();
  readonly #printer = new DeltaPrinter();
  readonly #keeps: (event: WireEvent) => boolean;

  /**
   * @param keeps - called with each event of the caller before it is printed, except for those of {@link again}. Events that
   * it refuses are not printed.
   */
  constructor(crossing: Crossing, keeps: (event: WireEvent) => boolean = always) {
    this.#stream = new StreamTranslation(crossing);
    this.#to = crossing.to.name;
    this.#keeps = keeps;
  }

  /** What could not be carried up to now. */
  get losses(): StreamWriter["losses"] {
    return this.#stream.losses;
  }

  /** The text of the last event, if it brought a piece of text, and nothing else. */
  get lastText(): string | undefined {
    return this.#stream.lastText;
  }

  /**
   * @param data - of one event
   * @throws `invalid_response` if it is not JSON, and as {@link StreamTranslation.read} does; the caller then gets {@link fail}
   */
  read(data: string): string {
    return this.again(data) ?? this.readEvent(data === "[DONE]" ? data : parsed(data), data);
  }

  /** An event that differs from the last in its text only. `undefined`: it must be parsed, and {@link readEvent} called. */
  again(data: string): string | undefined {
    const template = this.#template;
    if (template.step(data, 0) !== data.length) return undefined;
    const escaped = data.slice(template.from, template.to);
    const text = unescaped(escaped);
    if (text === undefined) return undefined;
    const event = this.#stream.again(text);
    return event === undefined ? "" : this.#printer.print(event, escaped);
  }

  /**
   * @param event - an event that was parsed
   * @param data - what it was parsed from
   * @throws as {@link StreamTranslation.read} does; the caller then gets {@link fail}
   */
  readEvent(event: WireEvent, data: string): string {
    this.#template.forget();
    const events = this.#stream.read(event);
    const printed = this.#print(events);
    const [written] = events;
    const { lastText } = this.#stream;
    if (lastText !== undefined && written !== undefined && events.length === 1)
      if (this.#printer.learn(written, printed, lastText)) this.#template.learn(data, lastText);
    return printed;
  }

  /** Called when the vendor's bytes end. */
  end(): string {
    return this.#print(this.#stream.end());
  }

  /** The last events of a stream that cannot go on. */
  fail(error: HubError): string {
    return this.#print(this.#stream.fail(error));
  }

  #print(events: readonly WireEvent[]): string {
    let text = "";
    for (const event of events) if (this.#keeps(event)) text += eventText(this.#to, event);
    return text;
  }
}

function always(): boolean {
  return true;
}

function parsed(data: string): WireEvent {
  const value = parseJson(data);
  if (isJsonObject(value)) return value;
  throw createError({
    kind: "invalid_response",
    message: "The vendor's stream has an event that is not a JSON object.",
  });
}

/** An event as it is sent. Chat Completions has no names of events; clients of the others skip events without one. */
function eventText(wire: WireName, event: WireEvent): string {
  if (event === "[DONE]") return "data: [DONE]\n\n";
  const data = JSON.stringify(event);
  return wire === "chat" ? `data: ${data}\n\n` : `event: ${String(event["type"])}\ndata: ${data}\n\n`;
}
