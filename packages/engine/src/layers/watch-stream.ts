import type { JsonObject, RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { StreamEnd } from "../stream/end-report.js";

/** How a request ends. */
export interface RequestEnds {
  readonly succeeded: (call: Call, answer: unknown) => void;
  readonly failed: (call: Call, error: RouterError, answer: unknown) => void;
}

/** Streams are collected in memory, up to this many bytes of text. */
const mostRecorded = 8 * 1024 * 1024;

/** Collects a stream's events for the cache and callbacks that want the complete answer. */
export class StreamRecorder {
  readonly chunks: JsonObject[] = [];
  #size = 0;

  /** Whether the collection is complete. */
  get whole(): boolean {
    return this.#size <= mostRecorded;
  }

  add(part: StreamPart): void {
    if (!this.whole) return;
    const chunks = part.chunks as readonly JsonObject[];
    this.#size += part.bytes?.length ?? JSON.stringify(chunks).length;
    if (this.#size <= mostRecorded) this.chunks.push(...chunks);
    else this.chunks.length = 0;
  }
}

/** Ends the request when its stream ends, and passes on the complete answer if it is wanted. */
export function watchStream(call: Call, ends: RequestEnds): StreamEnd {
  const { store } = call;
  const recorder = store !== undefined || call.services.hub.payload ? new StreamRecorder() : undefined;
  const answer = (): unknown =>
    recorder === undefined || recorder.chunks.length === 0 ? undefined : call.row.assemble?.(recorder.chunks);
  const failed = (error: RouterError): void => {
    ends.failed(call, error, answer());
  };
  return {
    done: () => {
      if (recorder?.whole === true) store?.({ chunks: recorder.chunks });
      ends.succeeded(call, answer());
    },
    failed,
    left: failed,
    ...(recorder === undefined
      ? {}
      : {
          part: (part: StreamPart) => {
            recorder.add(part);
          },
        }),
  };
}
