import { withRest } from "./fields.js";
import type { WireName } from "./hub/common.js";
import type { HubEvent } from "./hub/events.js";
import type { JsonObject } from "./json.js";
import type { LossList } from "./losses.js";
import { reportRest } from "./report-answer.js";
import type { WireEvent } from "./wire.js";

type Rest = Extract<HubEvent, { readonly type: "rest" }>;

/** Fields of events that the hub does not interpret: those of the writer's wire wait for their event, others are reported. */
export class RestOfEvents {
  readonly #wire: WireName;
  readonly #losses: LossList;
  #waiting: Map<string, JsonObject> | undefined;

  constructor(wire: WireName, losses: LossList) {
    this.#wire = wire;
    this.#losses = losses;
  }

  add(rest: Rest): void {
    if (rest.wire !== this.#wire) {
      reportRest(rest, this.#losses);
      return;
    }
    const waiting = (this.#waiting ??= new Map<string, JsonObject>());
    const fields = rest.in === "" ? rest.fields : { [rest.in]: rest.fields };
    waiting.set(rest.event, withRest(waiting.get(rest.event) ?? {}, fields));
  }

  /** The events that were written, with the fields that have waited for them. */
  complete(events: readonly WireEvent[]): readonly WireEvent[] {
    const waiting = this.#waiting;
    if (waiting === undefined || waiting.size === 0) return events;
    return events.map((event) => {
      const type = event === "[DONE]" ? "" : String(event["type"]);
      const rest = waiting.get(type);
      if (rest === undefined || event === "[DONE]") return event;
      waiting.delete(type);
      return withRest(event, rest);
    });
  }
}
