import type { Callback, RouterEvent } from "@modelyard/core";
import { describeCallback } from "../../src/conformance/callback.js";

const right: Callback = {
  name: "count",
  events: ["request_started", "request_succeeded", "attempt_succeeded", "deployment_cooldown"],
  payload: true,
  on: () => undefined,
  flush: async () => undefined,
  close: async () => undefined,
};

let closed = false;

const wrong: Readonly<Record<string, () => Callback>> = {
  "a name with a space": () => ({ ...right, name: "my count" }),
  "no events": () => ({ ...right, events: [] }),
  "an event that does not exist": () => ({ ...right, events: ["request_ended" as never] }),
  "an event twice": () => ({ ...right, events: ["fallback", "fallback"] }),
  "throws without usage": () => ({
    ...right,
    on: (event: RouterEvent) => {
      if (event.type === "request_succeeded" && event.trail.usage!.total_tokens < 0) throw new Error("negative");
    },
  }),
  "throws without a payload": () => ({
    ...right,
    on: (event: RouterEvent) => void (event.type === "request_succeeded" && event.payload!.answer),
  }),
  "rejects later": () => ({
    ...right,
    on: (): never => Promise.reject(new Error("late")) as never,
  }),
  "changes events": () => ({ ...right, on: (event) => void Object.assign(event, { seen: true }) }),
  "changes metadata": () => ({
    ...right,
    on: (event: RouterEvent) => {
      if (event.type === "request_started") Object.assign(event.metadata, { seen: true });
    },
  }),
  "needs the beginning of a call": () => {
    const begun = new Set<string>();
    return {
      ...right,
      on: (event: RouterEvent) => {
        if (event.type === "request_started") begun.add(event.callId);
        if (event.type === "request_succeeded" && !begun.has(event.callId)) throw new Error("unknown call");
      },
    };
  },
  "cannot be flushed without events": () => {
    let seen = 0;
    return {
      ...right,
      on: () => void (seen += 1),
      flush: async () => (seen === 0 ? Promise.reject(new Error("nothing to send")) : undefined),
    };
  },
  "cannot be closed twice": () => {
    let times = 0;
    return { ...right, close: async () => ((times += 1) > 1 ? Promise.reject(new Error("closed")) : undefined) };
  },
  "throws after it was closed": () => {
    closed = false;
    return {
      ...right,
      close: async () => void (closed = true),
      on: () => {
        if (closed) throw new Error("closed");
      },
    };
  },
};

describeCallback("right: a callback", { create: () => right });
for (const [name, create] of Object.entries(wrong)) describeCallback(`wrong: ${name}`, { create });
