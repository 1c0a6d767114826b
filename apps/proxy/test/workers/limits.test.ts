import { fileURLToPath } from "node:url";
import { freePort, redisForTests } from "@modelyard/repo-tests/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ask, get, WorkersStage } from "./two-workers.js";

const rpm = 10;
const minuteMs = 60_000;
const patient = fileURLToPath(new URL("patient.ts", import.meta.url));
let stage: WorkersStage;

beforeAll(async () => {
  stage = await WorkersStage.open("worker-limits");
});
afterEach(() => {
  stage.reset();
});
afterAll(() => stage.close());

interface Outcome {
  readonly served: number;
  readonly refused: number;
  /** How many minutes were touched: limits start again in each. */
  readonly minutes: number;
  /** Numbers of the workers that were asked. */
  readonly workers: ReadonlySet<string>;
}

/** Four times the limit at once, and the limit twice one after the other: each worker is asked for all of it. */
async function overload(more: string, preload: readonly string[]): Promise<Outcome> {
  const running = stage.start({
    preload,
    limits: `rpm: ${String(rpm)}`,
    more: `router_settings: { num_retries: 0${more} }\nlitellm_settings: { callbacks: [prometheus] }\n`,
  });
  const origin = await running.origin();
  const first = Math.floor(Date.now() / minuteMs);
  const statuses = await Promise.all(Array.from({ length: 4 * rpm }, async () => (await ask(origin)).status));
  for (let count = 0; count < 2 * rpm; count += 1) statuses.push((await ask(origin)).status);
  const minutes = Math.floor(Date.now() / minuteMs) - first + 1;
  // A worker that is slow to answer is missing from one answer, and not from the next.
  const workers = new Set<string>();
  while (workers.size < 2) {
    const metrics = await (await get(origin, "/metrics")).text();
    for (const match of metrics.matchAll(/^litellm_proxy_total_requests_metric_total\{.*worker="(\d)"/gmu))
      workers.add(match[1] ?? "");
  }
  const count = (wished: number): number => statuses.filter((status) => status === wished).length;
  const outcome = {
    served: count(200),
    refused: count(429),
    minutes,
    workers,
  };
  expect(outcome.served).toBe(stage.upstream.calls.length);
  expect(outcome.served + outcome.refused).toBe(statuses.length);
  return outcome;
}

const redis = redisForTests();
const settings = [
  ["with Redis", async () => `, redis_url: "${redis ?? ""}"`],
  ["without Redis", async () => ""],
  ["with a Redis that was never there", async () => `, redis_url: "redis://127.0.0.1:${String(await freePort())}"`],
] as const;

describe("modelyard serve --workers 2", () => {
  it.for(settings)("admit exactly what the limit allows, %s", async ([name, more], { skip }) => {
    skip(name === "with Redis" && redis === undefined, "there is no Redis");
    const { served, minutes, workers } = await overload(await more(), name === "with Redis" ? [patient] : []);
    // Exactly, unless a minute ended meanwhile.
    expect(served).toBeGreaterThanOrEqual(rpm);
    expect(served).toBeLessThanOrEqual(rpm * minutes);
    expect(workers).toEqual(new Set(["1", "2"]));
  });
});
