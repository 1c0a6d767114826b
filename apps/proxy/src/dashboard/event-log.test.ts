import { expect, it } from "vitest";
import { EventLog } from "./event-log.js";

const fallback = { type: "fallback", deploymentId: undefined, text: "from a to b" };

it("counts an event that occurs again, so that many of them do not displace the others", () => {
  const log = new EventLog(3);
  log.write({ at: 1, type: "deployment_cooldown", deploymentId: "x", text: "in cooldown" });
  for (let at = 2; at < 100; at += 1) log.write({ ...fallback, at });
  expect(log.since(0)).toEqual([
    { ...fallback, id: 2, sequence: 99, at: 99, times: 98 },
    { id: 1, sequence: 1, at: 1, times: 1, type: "deployment_cooldown", deploymentId: "x", text: "in cooldown" },
  ]);
  expect(log.since(99)).toEqual([]);
});

it("keeps only the latest events", () => {
  const log = new EventLog(3);
  for (let at = 1; at <= 5; at += 1) log.write({ ...fallback, at, text: `number ${String(at)}` });
  expect(log.since(0).map(({ at }) => at)).toEqual([5, 4, 3]);
  expect(log.written).toBe(5);
});
