import type { HubEvent } from "./hub/events.js";

/** The last event of a stream whose bytes ended too early. */
export const interrupted: HubEvent = {
  type: "error",
  error: { kind: "stream_interrupted", message: "The stream ended before the answer was complete." },
};
