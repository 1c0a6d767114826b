import type { JsonObject, RouterError, Trail } from "@modelyard/core";
import { type Bytes, isJsonObject, type StreamPart, type StreamWriter } from "@modelyard/core/kit";
import { responses } from "@modelyard/wires";
import { continuations } from "./continuations.js";
import { sseEvent } from "./sse-event.js";
import { vendorErrorEvent } from "./vendor-error.js";

const colon = 0x3a;

function eventsIn(part: StreamPart | undefined): readonly JsonObject[] {
  return part?.chunks ?? [];
}

/** Some clients wait as long as the message says, since headers were sent before the failure. */
function messageOf({ kind, message, retryAfterMs }: RouterError): string {
  if (kind !== "rate_limit" || retryAfterMs === undefined || /try again in/iu.test(message)) return message;
  return `${message} Please try again in ${String(Math.ceil(retryAfterMs / 100) / 10)}s.`;
}

/** Whether the data of an event are an `error` of this wire. A failed response is not, because it has ids, which are ours. */
function isErrorEvent({ type, message }: JsonObject): boolean {
  return type === "error" && typeof message === "string";
}

/** The number of the vendor's event. */
function numberIn({ vendorAnswer }: RouterError): number | undefined {
  const event: unknown = JSON.parse(vendorAnswer?.body ?? "null");
  const number = isJsonObject(event) ? event["sequence_number"] : undefined;
  return typeof number === "number" ? number : undefined;
}

/**
 * One stream of Responses. Its first and its last part are kept, to report a failure as events that continue the
 * response.
 */
export class ResponseEvents implements StreamWriter {
  readonly contentType = "text/event-stream; charset=utf-8";
  // A comment: readers of events skip it.
  readonly ping = ": ping\n\n";
  readonly #trail: Trail;
  #first: StreamPart | undefined;
  #last: StreamPart | undefined;

  constructor(trail: Trail) {
    this.#trail = trail;
  }

  /** Bytes are sent as they came. `chunks`, which may be parsed when it is read, is left alone. */
  part(part: StreamPart): Bytes {
    this.#first ??= part;
    // Comments have no number. Only what begins with one is parsed to see whether an event follows.
    const first = part.bytes?.[0];
    if (part.content || (first !== undefined && first !== colon) || part.chunks.length > 0) this.#last = part;
    return part.bytes ?? part.chunks.map(sseEvent).join("");
  }

  /** The last event of the answer also ends the stream. */
  end(): string | undefined {
    const last = continuations(this.#trail);
    return last === "" ? undefined : last;
  }

  /** Two events, since some clients read only one of them: Codex waits for the second. The first is the vendor's own, as it sent it. */
  error(error: RouterError): string {
    const vendors = vendorErrorEvent(error, isErrorEvent);
    const [first = "", ...rest] = this.#failed(error, vendors === undefined ? undefined : numberIn(error));
    return [vendors ?? first, ...rest].join("");
  }

  /** @param from - the number of the first event. Not set: the one after the last event */
  #failed(error: RouterError, from = this.#nextNumber()): readonly string[] {
    const begun = eventsIn(this.#first).find(({ response }) => isJsonObject(response))?.["response"];
    const created = isJsonObject(begun) ? begun : undefined;
    const { callId, requestedModel, attempts } = this.#trail;
    const now = Math.floor((attempts.at(-1)?.startedAt ?? 0) / 1000);
    const writer = responses.streamWriter({ now, request: {} });
    writer.write({ type: "start", id: `resp_${callId}`, model: requestedModel });
    const { kind, code, param } = error;
    const failure = { kind, code, message: messageOf(error), ...(param === undefined ? {} : { param }) };
    const events = writer.write({ type: "error", error: failure }) as readonly JsonObject[];
    return events.map((event, index) => sseEvent(numbered(event, from + index, created)));
  }

  #nextNumber(): number {
    const number = eventsIn(this.#last).at(-1)?.["sequence_number"];
    return typeof number === "number" ? number + 1 : 0;
  }
}

/** An event with its number in the stream. A response in it keeps what the vendor said about it at its beginning. */
function numbered(event: JsonObject, number: number, created: JsonObject | undefined): JsonObject {
  const { response } = event;
  if (!isJsonObject(response) || created === undefined) return { ...event, sequence_number: number };
  const { status, error, output } = response;
  return { ...event, sequence_number: number, response: { ...created, status, error, output } };
}
