import type { JsonObject, Outcome, RouterError, StreamPart } from "@modelyard/core";
import type { Call } from "../call/call.js";
import { assembleAnswer } from "./assemble.js";
import { countAttempts } from "./count-attempts.js";
import type { Keep } from "./run-cached.js";
import type { StreamEnd } from "../stream/stream-session.js";

/** Tells everybody that a request is over, once. */
export function requestSucceeded(call: Call, answer: unknown): void {
  const { hub } = call.services;
  if (!hub.wants("request_succeeded")) return;
  const at = call.tick();
  hub.emit({
    ...facts(call, at),
    type: "request_succeeded",
    payload: hub.payload ? { request: call.body, answer } : undefined,
  });
}

export function requestFailed(call: Call, error: RouterError, answer?: unknown): void {
  error.attempts = call.trail.attempts;
  countAttempts(error);
  error.trail = call.trail;
  const { hub } = call.services;
  if (!hub.wants("request_failed")) return;
  const at = call.tick();
  hub.emit({
    ...facts(call, at),
    type: "request_failed",
    error,
    payload: hub.payload ? { request: call.body, answer } : undefined,
  });
}

export function requestStarted(call: Call): void {
  const { hub } = call.services;
  if (!hub.wants("request_started")) return;
  hub.emit({
    type: "request_started",
    at: call.startedAt,
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    request: call.original,
    metadata: call.metadata,
    tags: call.tags,
  });
}

function facts(call: Call, at: number) {
  return {
    at,
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    durationMs: at - call.startedAt,
    trail: call.trail,
    metadata: call.metadata,
    tags: call.tags,
  };
}

/** A stream that is kept is kept in memory: beyond this many bytes of text it is not. */
const mostRecorded = 8 * 1024 * 1024;

/** Keeps a stream's events for those who want the whole answer. */
export class StreamRecorder {
  readonly chunks: JsonObject[] = [];
  #size = 0;

  /** Whether everything is here. */
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

export interface StreamWatch {
  readonly call: Call;
  /** Wants the events of a good end; `undefined`: nobody does. */
  readonly keep: Keep | undefined;
  /** The request is over, however it ended. */
  readonly over: () => void;
}

/** What happens when a stream ends. */
export function watchStream({ call, keep, over }: StreamWatch): StreamEnd {
  const recorder = keep !== undefined || call.services.hub.payload ? new StreamRecorder() : undefined;
  const answer = (): unknown =>
    recorder === undefined || recorder.chunks.length === 0
      ? undefined
      : assembleAnswer(call.operation, recorder.chunks);
  return {
    done: () => {
      if (recorder?.whole === true) keep?.({ chunks: recorder.chunks });
      over();
      requestSucceeded(call, answer());
    },
    failed: (error) => {
      over();
      requestFailed(call, error, answer());
    },
    left: (error) => {
      over();
      requestFailed(call, error, answer());
    },
    ...(recorder === undefined
      ? {}
      : {
          part: (part: StreamPart) => {
            recorder.add(part);
          },
        }),
  };
}

/** The plain value of an outcome, for callbacks. */
export function answerOf(outcome: Outcome): unknown {
  return outcome.kind === "answer" ? outcome.value : undefined;
}
