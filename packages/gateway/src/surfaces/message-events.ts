import type { JsonObject, RouterError, Trail } from "@modelyard/core";
import type { Bytes, StreamPart, StreamWriter } from "@modelyard/core/kit";
import { messages } from "@modelyard/wires";
import { startWithAskedModel } from "./asked-model.js";
import { continuations } from "./continuations.js";
import { sseEvent } from "./sse-event.js";
import { hasMessage, vendorErrorEvent } from "./vendor-error.js";

const ping = sseEvent({ type: "ping" });
const stop = { type: "message_stop" };

/**
 * Whether a part ends the answer. `chunks`, which is parsed when it is read, is only read where there are no bytes, or where
 * translated events end before the vendor's.
 */
function ends(part: StreamPart): boolean {
  if (part.done && part.bytes !== undefined) return true;
  if (!part.done && part.finished <= 0) return false;
  const last: JsonObject | undefined = part.chunks.at(-1);
  return last?.["type"] === stop.type;
}

/** Whether a body, or the data of an event, is an error of this wire. */
export function isMessageError({ type, error }: JsonObject): boolean {
  return type === "error" && hasMessage(error) && typeof error["type"] === "string";
}

/** The vendor's own id, by which its support finds the call, or ours. */
export function requestIdOf({ callId, vendorHeaders }: Trail): string {
  return vendorHeaders?.["request-id"] ?? callId;
}

/** One stream of Messages. The model in its first event is the one that the caller asked for. */
export class MessageEvents implements StreamWriter {
  readonly contentType = "text/event-stream; charset=utf-8";
  readonly ping = ping;
  readonly headers: Readonly<Record<string, string>>;
  readonly #trail: Trail;
  #begun = false;
  #ended = false;

  constructor(trail: Trail) {
    this.#trail = trail;
    this.headers = { "request-id": requestIdOf(trail) };
  }

  /** Bytes are sent as they came. */
  part(part: StreamPart): Bytes {
    if (ends(part)) this.#ended = true;
    const started = this.#begun ? undefined : startWithAskedModel(part, this.#trail.requestedModel);
    if (started !== undefined) this.#begun = true;
    return started ?? part.bytes ?? part.chunks.map(sseEvent).join("");
  }

  /** A vendor may end the stream after the stop reason without this event, for which clients wait. */
  end(): string | undefined {
    const last = continuations(this.#trail) + (this.#ended ? "" : sseEvent(stop));
    return last === "" ? undefined : last;
  }

  error(error: RouterError): string {
    const { kind, message, code } = error;
    return (
      vendorErrorEvent(error, isMessageError) ??
      sseEvent(messages.writeError({ kind, message, code }, this.#trail.callId).body)
    );
  }
}
