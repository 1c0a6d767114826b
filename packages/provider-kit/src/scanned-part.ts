import type { JsonObject, Usage } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { dataOf } from "./sse-text.js";

/** One event. */
export interface ScannedEvent {
  /** Its JSON text. */
  readonly data: string;
  /** Not set: the scanner recognized it, and did not parse it. */
  readonly value?: JsonObject;
}

/** What the events of one piece contain. */
export interface ScannedFacts {
  /** Characters of content. */
  content: number;
  finished: number;
  done: boolean;
  usage: Usage | undefined;
  /** Finish reasons, as they were written. */
  reasons: readonly string[];
  /** Whether a separate part begins at `end`. */
  deferred: boolean;
  /** Events that must not be shown: the offsets at which each begins and ends. `undefined`: none. */
  hidden: [number, number][] | undefined;
  /** The events that are shown, if they are kept. */
  events: ScannedEvent[] | undefined;
  /** Where the end mark begins; the length of the text if there is none. */
  end: number;
}

export function nothingYet(end: number): ScannedFacts {
  return {
    content: 0,
    finished: 0,
    reasons: noReasons,
    deferred: false,
    done: false,
    usage: undefined,
    hidden: undefined,
    events: undefined,
    end,
  };
}

const noReasons: readonly string[] = Object.freeze([]);

/** Some events. They are parsed only if their chunks are read. */
export class ScannedPart implements StreamPart {
  readonly bytes: Uint8Array | undefined;
  readonly content: boolean;
  readonly contentLength: number;
  readonly finished: number;
  readonly finishReasons: readonly string[];
  readonly done: boolean;
  readonly usage: Usage | undefined;
  readonly #text: string;
  readonly #events: readonly ScannedEvent[] | undefined;
  #chunks: StreamPart["chunks"] | undefined;

  constructor(text: string, bytes: Uint8Array | undefined, facts: ScannedFacts) {
    this.#text = text;
    this.bytes = bytes;
    this.content = facts.content > 0;
    this.contentLength = facts.content;
    this.finished = facts.finished;
    this.finishReasons = facts.reasons;
    this.done = facts.done;
    this.usage = facts.usage;
    this.#events = facts.events;
  }

  get chunks(): StreamPart["chunks"] {
    this.#chunks ??= dataOf(this.#text).map((data) => JSON.parse(data) as StreamPart["chunks"][number]);
    return this.#chunks;
  }

  get events(): readonly ScannedEvent[] {
    return this.#events ?? dataOf(this.#text).map((data) => ({ data }));
  }
}
