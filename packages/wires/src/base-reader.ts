import { RouterError } from "@modelyard/core";
import type { WireName } from "./hub/common.js";
import type { HubDelta, HubEvent } from "./hub/events.js";
import { isJsonObject, type JsonObject } from "./json.js";
import type { OpenBlock } from "./open-block.js";
import type { StreamReader, WireEvent } from "./wire.js";

/** The last event of a stream whose bytes ended too early. */
export const interrupted: HubEvent = {
  type: "error",
  error: { kind: "stream_interrupted", message: "The stream ended before the answer was complete." },
};

/** The most fields of a stream that are reported as unknown: a vendor chooses their names and their number. */
const mostUnknown = 100;

/**
 * What all readers of streams keep: one `start` comes first, nothing follows an end or an error, and an event that
 * cannot be read is an error of the stream instead of an exception.
 */
export abstract class BaseReader implements StreamReader {
  #started = false;
  /** What the last event meant, if it was one delta. */
  #delta: HubDelta | undefined;
  #over = false;
  /** Fields that were reported as unknown. */
  #unknown: Set<string> | undefined;

  /** What an event means. It may throw `invalid_response`. */
  protected abstract readEvent(event: JsonObject): readonly HubEvent[];
  /** The block that the last delta was added to. */
  protected abstract readonly grown: OpenBlock | undefined;
  protected abstract readonly wire: WireName;
  /** What the end of the vendor's bytes means. */
  protected abstract finish(): readonly HubEvent[];
  /** What the end mark of Chat Completions means. */
  protected done(): readonly HubEvent[] {
    return [];
  }

  read(event: WireEvent): readonly HubEvent[] {
    if (this.#over) return [];
    if (event === "[DONE]") return this.#ordered(this.done());
    // A host may write anything that is JSON.
    const value: unknown = event;
    if (!isJsonObject(value)) return [];
    try {
      const events = this.#ordered(this.readEvent(value));
      const first = events[0];
      this.#delta = events.length === 1 && first?.type === "delta" ? first.delta : undefined;
      return events;
    } catch (error) {
      if (!(error instanceof RouterError)) throw error;
      return this.#ordered([{ type: "error", error: { kind: error.kind, message: error.message } }]);
    }
  }

  again(text: string): HubEvent {
    if (this.#delta === undefined || this.grown === undefined) return { type: "alive" };
    return this.grown.add({ ...this.#delta, text } as HubDelta);
  }

  end(): readonly HubEvent[] {
    return this.#over ? [] : this.#ordered(this.finish());
  }

  /**
   * Fields that the hub does not interpret, the first time that they come: later events can then be read as quickly as those
   * without them.
   * @returns `undefined` if there are none, or none that are new
   */
  protected rest(
    event: string,
    place: Extract<HubEvent, { readonly type: "rest" }>["in"],
    unknown: JsonObject | undefined,
    choice = 0,
  ): HubEvent | undefined {
    if (unknown === undefined) return undefined;
    const known = (this.#unknown ??= new Set());
    let fields: Record<string, unknown> | undefined;
    for (const key in unknown) {
      const path = `${place} ${key}`;
      if (known.has(path) || known.size >= mostUnknown) continue;
      known.add(path);
      (fields ??= {})[key] = unknown[key];
    }
    return fields === undefined ? undefined : { type: "rest", wire: this.wire, event, in: place, choice, fields };
  }

  #ordered(events: readonly HubEvent[]): readonly HubEvent[] {
    if (this.#started && !hasBoundary(events)) return events;
    const ordered: HubEvent[] = [];
    for (const event of events) {
      if (event.type === "start" && this.#started) ordered.push({ type: "alive" });
      else {
        if (needsStart(event) && !this.#started) ordered.push({ type: "start", id: "", model: "" });
        this.#started ||= needsStart(event) || event.type === "start";
        ordered.push(event);
      }
      this.#over ||= event.type === "end" || event.type === "error";
    }
    return ordered;
  }
}

function hasBoundary(events: readonly HubEvent[]): boolean {
  return events.some(isBoundary);
}

function isBoundary({ type }: HubEvent): boolean {
  return type === "start" || type === "end" || type === "error";
}

/** Whether an event means that an answer has begun, though the vendor did not say so. */
function needsStart({ type }: HubEvent): boolean {
  return type !== "start" && type !== "error" && type !== "alive" && type !== "raw" && type !== "rest";
}
