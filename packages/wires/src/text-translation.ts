import { createError } from "@modelyard/core/kit";
import { DeltaPrinter } from "./delta-printer.js";
import { DeltaTemplate } from "./delta-template.js";
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

  constructor(crossing: Crossing) {
    this.#stream = new StreamTranslation(crossing);
    this.#to = crossing.to.name;
  }

  /** What could not be carried up to now. */
  get losses(): StreamWriter["losses"] {
    return this.#stream.losses;
  }

  /**
   * @param data - of one event
   * @throws `invalid_response` if it is not JSON, and as {@link StreamTranslation.read} does; the caller then gets {@link fail}
   */
  read(data: string): string {
    const escaped = this.#template.textIn(data);
    const text = escaped === undefined ? undefined : unescaped(escaped);
    if (escaped === undefined || text === undefined) return this.#readWhole(data);
    const [event] = this.#stream.again(text);
    return event === undefined ? "" : this.#printer.print(event, escaped);
  }

  /** Called when the vendor's bytes end. */
  end(): string {
    return this.#print(this.#stream.end());
  }

  /** The last events of a stream that cannot go on. */
  fail(error: HubError): string {
    return this.#print(this.#stream.fail(error));
  }

  #readWhole(data: string): string {
    this.#template.forget();
    const events = this.#stream.read(data === "[DONE]" ? data : parsed(data));
    const printed = this.#print(events);
    const [event] = events;
    const { lastText } = this.#stream;
    if (lastText !== undefined && event !== undefined && events.length === 1)
      if (this.#printer.learn(event, printed, lastText)) this.#template.learn(data, lastText);
    return printed;
  }

  #print(events: readonly WireEvent[]): string {
    let text = "";
    for (const event of events) text += eventText(this.#to, event);
    return text;
  }
}

/** `undefined`: it is not the inside of a JSON string. */
function unescaped(text: string): string | undefined {
  if (!text.includes("\\")) return text;
  const value = parseJson(`"${text}"`);
  return typeof value === "string" ? value : undefined;
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
