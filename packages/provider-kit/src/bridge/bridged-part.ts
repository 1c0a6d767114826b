import type { JsonObject, Usage } from "@modelyard/core";
import type { OperationRow, StreamPart } from "@modelyard/core/kit";
import { dataOf } from "../sse-text.js";

/** What is known of a part without parsing its events. */
export interface BridgedFacts {
  /** Characters of content. `undefined`: the events say. */
  readonly contentLength: number | undefined;
  /** Whether the vendor has sent content, which may be written later only. */
  readonly content: boolean;
  readonly done: boolean;
  readonly usage: Usage | undefined;
}

const encoder = new TextEncoder();

/** Translated events. They are parsed only if their chunks are read, or if they may contain a finish reason. */
export class BridgedPart implements StreamPart {
  readonly content: boolean;
  readonly contentLength: number;
  readonly finished: number;
  readonly finishReasons: readonly string[];
  readonly done: boolean;
  readonly usage: Usage | undefined;
  readonly #text: string;
  #bytes: Uint8Array | undefined;
  #chunks: readonly JsonObject[] | undefined;

  /** @param text - whole events, without the end mark of a chat */
  constructor(text: string, { reads }: OperationRow, facts: BridgedFacts) {
    this.#text = text;
    this.done = facts.done;
    this.usage = facts.usage;
    const whole = facts.contentLength === undefined ? this.#parsed : [];
    const reasons = whole.flatMap((chunk) =>
      (reads.choices(chunk) ?? []).flatMap((choice) => reads.finishReason(choice) ?? []),
    );
    const length = facts.contentLength ?? whole.reduce((sum, chunk) => sum + reads.contentLength(chunk), 0);
    this.contentLength = length;
    // An empty part shows that the vendor is at work.
    this.content = length > 0 || (text === "" && facts.content);
    this.finished = reasons.length;
    this.finishReasons = reasons;
  }

  get bytes(): Uint8Array | undefined {
    return this.#text === "" ? undefined : (this.#bytes ??= encoder.encode(this.#text));
  }

  get chunks(): StreamPart["chunks"] {
    return this.#parsed as unknown as StreamPart["chunks"];
  }

  get #parsed(): readonly JsonObject[] {
    return (this.#chunks ??= [...dataOf(this.#text)].map((data) => JSON.parse(data) as JsonObject));
  }
}
