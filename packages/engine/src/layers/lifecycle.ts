import { RouterError } from "@modelyard/core";
import type { Call } from "../call/call.js";
import { internalError } from "../call/internal-error.js";
import { isLive } from "../stream/continued-stream.js";
import { countAttempts } from "./count-attempts.js";
import type { Layer } from "./layer.js";
import { type RequestEnds, watchStream } from "./watch-stream.js";

/** The outermost layer, in which every request begins and ends exactly once, whether it is a plain call or a stream. */
export class Lifecycle {
  /** Requests in progress, streams included. */
  inFlight = 0;

  readonly layer: Layer = async (call, next) => {
    this.#begin(call);
    try {
      call.cancellation.throwIfCancelled();
      const outcome = await next(call);
      if (outcome.kind === "stream" && isLive(outcome.parts)) outcome.parts.end = watchStream(call, this.#ends);
      // A stream from the cache counts as ended before it is read, because no vendor is involved.
      else this.#ends.succeeded(call, outcome.kind === "answer" ? outcome.value : undefined);
      return outcome;
    } catch (thrown) {
      const error = RouterError.isInstance(thrown) ? thrown : internalError(call, thrown);
      this.#ends.failed(call, error, undefined);
      throw error;
    }
  };

  readonly #ends: RequestEnds = {
    succeeded: (call, answer) => {
      this.#end(call);
      requestSucceeded(call, answer);
    },
    failed: (call, error, answer) => {
      this.#end(call);
      requestFailed(call, error, answer);
    },
  };

  #begin(call: Call): void {
    this.inFlight += 1;
    call.services.retryBudget?.request(call.startedAt);
    requestStarted(call);
    call.begin();
  }

  #end(call: Call): void {
    if (call.end()) this.inFlight -= 1;
  }
}

function requestSucceeded(call: Call, answer: unknown): void {
  const { hub } = call.services;
  if (!hub.wanted.has("request_succeeded")) return;
  const at = call.tick();
  hub.emit({
    ...facts(call, at),
    type: "request_succeeded",
    payload: hub.payload ? { request: call.body, answer } : undefined,
  });
}

function requestFailed(call: Call, error: RouterError, answer?: unknown): void {
  error.attempts = call.trail.attempts;
  countAttempts(error);
  error.trail = call.trail;
  const { hub } = call.services;
  if (!hub.wanted.has("request_failed")) return;
  const at = call.tick();
  hub.emit({
    ...facts(call, at),
    type: "request_failed",
    error,
    payload: hub.payload ? { request: call.body, answer } : undefined,
  });
}

function requestStarted(call: Call): void {
  const { hub } = call.services;
  if (!hub.wanted.has("request_started")) return;
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
