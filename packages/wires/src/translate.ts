import type { Caller } from "./caller.js";
import { throwFailure } from "./chat/read-error.js";
import type { HubAnswer } from "./hub/answer.js";
import type { Written } from "./hub/common.js";
import type { HubEvent } from "./hub/events.js";
import type { JsonObject } from "./json.js";
import { type Answerer, stampAnswer, stampEvent } from "./origin.js";
import { CallRestorer, restoreAnswer } from "./restore-calls.js";
import type { ToolNames } from "./tool-names.js";
import type { StreamReader, StreamWriter, Wire, WireEvent } from "./wire.js";

/** Everything that a translation of an answer depends on. */
export interface Crossing {
  /** The wire of the vendor, as far as it reads answers. */
  readonly from: Pick<Wire<never>, "readAnswer" | "streamReader">;
  /** The wire of the caller. */
  readonly to: Wire<never>;
  /** How the request named the caller's tools. */
  readonly names: ToolNames;
  readonly answerer: Answerer;
  readonly caller: Caller;
  /** Called with each event of a stream, for those who have to know more of it than its translation. */
  readonly observe?: (event: HubEvent) => void;
}

/**
 * A vendor's answer in the caller's wire.
 * @param observe - called with the answer as it was read, for those who have to know more of it than its translation
 * @throws `invalid_response` if it cannot be read, or cannot be written without inventing something
 */
export function translateAnswer(
  { from, to, names, answerer, caller }: Crossing,
  body: JsonObject,
  observe?: (answer: HubAnswer) => void,
): Written<JsonObject> {
  const whole = from.readAnswer(body);
  observe?.(whole);
  const read = stampAnswer(restoreAnswer(whole, names), answerer);
  const failed = read.choices.find(({ stop }) => stop.reason === "error")?.stop;
  if (failed?.reason === "error") throwFailure(failed.error);
  return to.writeAnswer(read, caller);
}

/** Translates one stream, event by event. */
export class StreamTranslation {
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #restorer: CallRestorer;
  readonly #answerer: Answerer;

  /** The text of the last event, if it meant one delta of text or thinking, and nothing else. */
  lastText: string | undefined;
  readonly #observe: ((event: HubEvent) => void) | undefined;

  constructor({ from, to, names, answerer, caller, observe }: Crossing) {
    this.#observe = observe;
    this.#reader = from.streamReader();
    this.#writer = to.streamWriter(caller);
    this.#restorer = new CallRestorer(names);
    this.#answerer = answerer;
  }

  /** What could not be carried up to now. */
  get losses(): StreamWriter["losses"] {
    return this.#writer.losses;
  }

  /** @throws as {@link translateAnswer} does; the caller then gets {@link fail} */
  read(event: WireEvent): readonly WireEvent[] {
    return this.#write(this.#reader.read(event));
  }

  /** The same for an event that differs from the last in its text only. @see StreamReader.again */
  again(text: string): WireEvent | undefined {
    const event = this.#reader.again(text);
    this.lastText = textOf(event);
    this.#observe?.(event);
    return this.#written(event)[0];
  }

  /** Called when the vendor's bytes end. */
  end(): readonly WireEvent[] {
    return this.#write(this.#reader.end());
  }

  /** The last events of a stream that cannot go on. */
  fail(error: Extract<HubEvent, { readonly type: "error" }>["error"]): readonly WireEvent[] {
    return this.#writer.write({ type: "error", error });
  }

  #write(events: readonly HubEvent[]): readonly WireEvent[] {
    this.lastText = undefined;
    if (events.length === 1) return this.#writeOne(events[0] as HubEvent);
    if (this.#observe !== undefined) for (const event of events) this.#observe(event);
    return events.flatMap((event) => this.#written(event));
  }

  #writeOne(event: HubEvent): readonly WireEvent[] {
    this.lastText = textOf(event);
    this.#observe?.(event);
    return this.#written(event);
  }

  #written(event: HubEvent): readonly WireEvent[] {
    if (this.#restorer.leaves(event)) return this.#writer.write(stampEvent(event, this.#answerer));
    return this.#restorer
      .restore(event)
      .flatMap((restored) => this.#writer.write(stampEvent(restored, this.#answerer)));
  }
}

function textOf(event: HubEvent): string | undefined {
  if (event.type !== "delta") return undefined;
  const { delta } = event;
  if (delta.kind === "reasoning" || delta.kind === "summary") return delta.text;
  return delta.kind === "text" && delta.logprobs === undefined ? delta.text : undefined;
}
