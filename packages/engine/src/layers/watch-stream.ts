import type { JsonObject, RouterError } from "@modelyard/core";
import type { StreamPart } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { StreamEnd } from "../stream/end-report.js";

/** Handles the end of a request. */
export interface RequestEnds {
  readonly succeeded: (call: Call, answer: unknown) => void;
  readonly failed: (call: Call, error: RouterError, answer: unknown) => void;
}

/** Limit for a recorded stream, in bytes, because recordings are held in memory. */
const mostRecorded = 8 * 1024 * 1024;

/** Records a stream's events for the cache and for callbacks that need complete answers. */
export class StreamRecorder {
  readonly chunks: JsonObject[] = [];
  #size = 0;

  /** Whether all events were recorded. */
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

/** Handles the end of a stream: the request ends, and the complete answer is cached and passed to callbacks. */
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
