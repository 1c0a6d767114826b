import type { IncomingMessage, ServerResponse } from "node:http";
import { Cancellation, createError, systemClock } from "@modelyard/core/kit";
import { checkServed } from "../check-options.js";
import type { Gateway } from "../gateway.js";
import type { GatewayResponse } from "../http.js";
import { NodeRequest } from "./node-request.js";
import { ParsedRequest } from "./parsed-request.js";
import { PipelineQueue } from "./pipeline-queue.js";
import { send, type SendingParts, unsendable, WriteBatch } from "./send.js";

/** A failing connection also closes, and that is handled. */
function ignore(): void {
  // Nothing else to do.
}

export type Listener = (message: IncomingMessage, response: ServerResponse) => void;

/** What all requests of a listener share. */
interface ListenerParts extends SendingParts {
  readonly live: LiveRequests;
}

function respond(parts: ListenerParts, message: IncomingMessage, response: ServerResponse): void {
  const { live } = parts;
  const cancellation = new Cancellation();
  const request = live.add(cancellation);
  // `close` is emitted once. Using `once` would allocate two more objects.
  response.on("close", () => {
    live.delete(request);
    // An idle connection would delay the end of the drain.
    if (parts.gateway.draining) message.socket.end();
    if (!response.writableFinished)
      cancellation.cancel(createError({ kind: "aborted", message: "The client closed the connection." }));
  });
  response.on("error", ignore);
  message.on("error", ignore);
  answerOf(parts, message, cancellation).then(
    (answer) => {
      send({ parts, message, response }, answer);
    },
    (thrown: unknown) => {
      const exchange = { parts, message, response };
      send(exchange, unsendable(exchange, thrown));
    },
  );
}

/** Rejects if the request is outside of the base path. */
function answerOf(
  { gateway, basePath }: ListenerParts,
  message: IncomingMessage,
  cancellation: Cancellation,
): Promise<GatewayResponse> {
  try {
    const wasRead = message.readableEnded || message.readableDidRead;
    const RequestOf = wasRead ? ParsedRequest : NodeRequest;
    return gateway.handle(new RequestOf(message, cancellation, basePath));
  } catch (thrown) {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passed on unchanged
    return Promise.reject(thrown);
  }
}

/** Answers the requests of a `node:http` server with a gateway. */
export function listenerOf(
  gateway: Gateway,
  live: LiveRequests,
  options: Pick<ListenerParts, "basePath" | "stalledMs">,
): Listener {
  checkServed(gateway);
  const queue = new PipelineQueue();
  const parts = { gateway, live, batch: new WriteBatch(live), ...options };
  return (message, response) => {
    if (response.socket !== null) {
      respond(parts, message, response);
      return;
    }
    const { socket } = message;
    // A pipelined request: the one before it is not answered yet. It is not started before its turn, because Node does
    // not report to waiting requests that their client has left.
    if (queue.wait(socket))
      response.once("socket", () => {
        queue.begin(socket);
        respond(parts, message, response);
      });
    else socket.destroy();
  };
}

/** A request that is being answered. */
export interface LiveRequest {
  readonly cancellation: Cancellation;
  /** Its position in the list. */
  index: number;
}

/**
 * The requests that are being answered. The last request of the list takes the place of a removed one. A `Set` would
 * allocate in the old generation (docs/internals.md, "No closures in the old generation").
 */
export class LiveRequests {
  readonly #all: LiveRequest[] = [];
  readonly #waiting = new Set<(clean: boolean) => void>();

  get size(): number {
    return this.#all.length;
  }

  add(cancellation: Cancellation): LiveRequest {
    const request = { cancellation, index: this.#all.length };
    this.#all.push(request);
    return request;
  }

  /** Call it once for each request. */
  delete(request: LiveRequest): void {
    const last = this.#all.pop();
    if (last !== undefined && last !== request) {
      last.index = request.index;
      this.#all[request.index] = last;
    }
    if (this.#all.length === 0 && this.#waiting.size > 0) this.#resolveWaiting(true);
  }

  /** Cancels all requests. Callers of `emptied` get `false`. */
  cancel(reason: unknown): void {
    this.#resolveWaiting(false);
    // A cancelled request may leave the list at once.
    const all = this.#all.slice();
    for (const request of all) request.cancellation.cancel(reason);
  }

  /** @returns whether all requests ended within `ms`, without being cancelled */
  emptied(ms: number): Promise<boolean> {
    if (this.#all.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (clean: boolean): void => {
        systemClock.clearTimer(timer);
        this.#waiting.delete(done);
        resolve(clean);
      };
      const timer = systemClock.setTimer(() => {
        done(false);
      }, ms);
      this.#waiting.add(done);
    });
  }

  #resolveWaiting(clean: boolean): void {
    for (const done of this.#waiting) done(clean);
  }
}
