import type { RouterEvent } from "@modelyard/core";
import { expect, it } from "vitest";
import { Recorder } from "./recorder.js";

it("notes outages of shared state, and reloads with their result", () => {
  const recorder = new Recorder();
  const events: readonly RouterEvent[] = [
    { type: "shared_state_lost", at: 1, state: "redis" },
    { type: "shared_state_restored", at: 2, state: "redis" },
    { type: "configuration_changed", at: 3, added: ["a"], removed: ["b", "c"], kept: [] },
  ];
  for (const event of events) recorder.callback.on(event);
  recorder.noteRejectedReload(4);
  expect(recorder.events.since(0).map(({ type, text }) => `${type}: ${text}`)).toEqual([
    "reload_rejected: the changed file has errors, so the previous one stays in use; see the log",
    "configuration_changed: 1 deployments added, 2 removed, 0 kept",
    "shared_state_restored: redis is reachable again",
    "shared_state_lost: redis is unreachable, so limits are local",
  ]);
});

it("listens only to the events that it records", () => {
  const { events } = new Recorder().callback;
  expect(events).not.toContain("attempt_started");
  expect(events).not.toContain("request_started");
});
