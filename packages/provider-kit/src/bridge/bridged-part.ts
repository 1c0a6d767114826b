import type { Usage } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import { dataOf } from "../sse-text.js";

/** What is known of a part without parsing its events. */
export interface BridgedFacts {
  /** Characters of content. */
  readonly length: number;
  /** Finish reasons, as they were written. */
  readonly reasons: readonly string[];
  /** Whether the vendor has sent content, which may be written later only. */
  readonly content: boolean;
  readonly done: boolean;
  readonly usage: Usage | undefined;
  /** How many choices ended. */
  readonly finished: number;
}

const encoder = new TextEncoder();

/** Translated events. They are parsed only if their chunks are read. */
export class BridgedPart implements StreamPart {
  readonly content: boolean;
  readonly contentLength: number;
  readonly finished: number;
  readonly finishReasons: readonly string[];
  readonly done: boolean;
  readonly usage: Usage | undefined;
  readonly #text: string;
  #bytes: Uint8Array | undefined;
  #chunks: StreamPart["chunks"] | undefined;

  /** @param text - whole events, without the end mark of a chat */
  constructor(text: string, { length, reasons, content, done, usage, finished }: BridgedFacts) {
    this.#text = text;
    this.done = done;
    this.usage = usage;
    this.contentLength = length;
    // An empty part shows that the vendor is at work.
    this.content = length > 0 || (text === "" && content);
    this.finished = finished;
    this.finishReasons = reasons;
  }

  get bytes(): Uint8Array | undefined {
    return this.#text === "" ? undefined : (this.#bytes ??= encoder.encode(this.#text));
  }

  get chunks(): StreamPart["chunks"] {
    this.#chunks ??= dataOf(this.#text).map((data) => JSON.parse(data) as StreamPart["chunks"][number]);
    return this.#chunks;
  }
}

/** The last part of an answer that has lost something. Separate, so that the other parts need no field for it. */
export class LossyPart extends BridgedPart {
  readonly droppedParams: readonly string[];

  /** @param lost - paths of what the answer has lost */
  constructor(text: string, facts: BridgedFacts, lost: readonly string[]) {
    super(text, facts);
    this.droppedParams = lost;
  }
}
