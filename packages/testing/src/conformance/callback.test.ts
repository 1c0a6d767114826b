import type { RouterEvent } from "@modelyard/core";
import { routerEventTypes } from "@modelyard/core/kit";
import { describeCallback } from "./callback.js";

describeCallback("a callback that reads everything", {
  create: () => {
    const seen: string[] = [];
    return {
      name: "reader",
      events: routerEventTypes,
      payload: true,
      on(event: RouterEvent) {
        seen.push(JSON.stringify(event));
      },
    };
  },
});

describeCallback("a callback with all methods", {
  create: () => ({
    name: "complete",
    events: ["fallback"],
    start: () => undefined,
    on: () => undefined,
    flush: async () => undefined,
    close: async () => undefined,
  }),
});
