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
  /** The number of calendar minutes in which calls were made. Limits start again in each. */
  readonly minutes: number;
  /** Numbers of the workers that received calls. */
  readonly workers: ReadonlySet<string>;
}

/** Makes four times as many calls as the limit allows at once, and then twice as many in sequence, on all workers. */
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
  // A slow worker may be missing from one scrape, but not from the next.
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
    // The number is exact unless a new minute began during the test.
    expect(served).toBeGreaterThanOrEqual(rpm);
    expect(served).toBeLessThanOrEqual(rpm * minutes);
    expect(workers).toEqual(new Set(["1", "2"]));
  });
});
