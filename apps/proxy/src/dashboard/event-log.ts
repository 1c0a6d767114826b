import type { SeenEvent } from "@modelyard/dashboard/data";

/** An event that occurs again while it is among the latest is counted, so that an outage does not displace the others. */
const latest = 8;

/** The most recent events, of which a limited number is kept. */
export class EventLog {
  readonly #events: SeenEvent[] = [];
  readonly #size: number;
  #written = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How often events were recorded, including those that are no longer kept. */
  get written(): number {
    return this.#written;
  }

  write(event: Pick<SeenEvent, "at" | "deploymentId" | "text" | "type">): void {
    this.#written += 1;
    const from = Math.max(0, this.#events.length - latest);
    const again = this.#events.findIndex(
      ({ type, text, deploymentId }, index) =>
        index >= from && type === event.type && text === event.text && deploymentId === event.deploymentId,
    );
    const [before] = again === -1 ? [] : this.#events.splice(again, 1);
    const id = before?.id ?? this.#written;
    this.#events.push({ ...event, id, sequence: this.#written, times: (before?.times ?? 0) + 1 });
    if (this.#events.length > this.#size) this.#events.shift();
  }

  /** The events after one of them, the newest first. @param after - its sequence number; 0: all */
  since(after: number): readonly SeenEvent[] {
    return this.#events.filter(({ sequence }) => sequence > after).toReversed();
  }
}
