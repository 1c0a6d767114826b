import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type Bundle, bundle } from "@modelyard/repo-tests/bundle";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";
import type { WorkerOrder, WorkerReport } from "./support/limit-worker.js";

const url = redisForTests();
const minuteMs = 60_000;

interface Outcome {
  readonly reports: readonly WorkerReport[];
  readonly served: number;
  /** How many calendar minutes the run touched; the limits start again in each. */
  readonly minutes: number;
  readonly namespace: string;
}

/** Most spans that overlap. A millisecond at each end is cut off, since the clocks of the processes differ. */
function mostAtOnce(reports: readonly WorkerReport[]): number {
  const steps = reports.flatMap(({ spans }) =>
    spans.flatMap(([from, to]) => [
      { at: from + 1, by: 1 },
      { at: to - 1, by: -1 },
    ]),
  );
  let now = 0;
  let most = 0;
  for (const { by } of steps.toSorted((one, other) => one.at - other.at || one.by - other.by)) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

describe.skipIf(url === undefined)("limits shared by several processes", () => {
  let worker: Bundle;
  beforeAll(async () => {
    worker = await bundle(new URL("support/limit-worker.ts", import.meta.url));
  }, 20_000);
  afterAll(() => {
    worker.remove();
  });

  /** Starts the processes, lets them make their calls at once, and collects their reports. */
  const run = async (count: number, order: Omit<WorkerOrder, "url" | "namespace">): Promise<Outcome> => {
    const namespace = `processes-${randomUUID()}`;
    const argument = JSON.stringify({ ...order, url: url ?? "", namespace } satisfies WorkerOrder);
    const children = Array.from({ length: count }, () => fork(worker.file, [argument]));
    const messageOf = async (child: ChildProcess): Promise<unknown> => {
      const ended = new AbortController();
      child.once("exit", () => {
        ended.abort(new Error("a process ended early"));
      });
      return ((await once(child, "message", { signal: ended.signal })) as [unknown])[0];
    };
    try {
      await Promise.all(children.map(messageOf));
      const first = Math.floor(Date.now() / minuteMs);
      const waiting = children.map(messageOf);
      for (const child of children) child.send("go");
      const reports = (await Promise.all(waiting)) as WorkerReport[];
      const minutes = Math.floor(Date.now() / minuteMs) - first + 1;
      const served = reports.reduce((sum, report) => sum + report.served, 0);
      return { reports, served, minutes, namespace };
    } finally {
      for (const child of children) child.kill();
    }
  };

  it.each([1, 2, 4])(
    "rpm: %i processes that attempt ten times the limit together make exactly the limit",
    async (count) => {
      const rpm = 40;
      const { served, minutes } = await run(count, { limits: { rpm }, calls: (10 * rpm) / count, tokens: 10 });
      expect(served).toBeGreaterThanOrEqual(rpm);
      expect(served).toBeLessThanOrEqual(rpm * minutes);
    },
  );

  it.each([1, 4])(
    "tpm: %i processes exceed the limit by no more than the estimation errors of the calls in flight",
    async (count) => {
      const tpm = 3_000;
      // At least 20 tokens are reserved for each call.
      const many = await run(count, { limits: { tpm }, calls: 1_200 / count, tokens: 50 });
      expect(many.served * 20).toBeLessThanOrEqual(tpm * many.minutes);
      const [one, error] = [await run(count, { limits: { tpm }, calls: 400 / count, tokens: 50, atOnce: 1 }), 50 - 20];
      expect(one.served * 50).toBeLessThanOrEqual((tpm + count * error) * one.minutes);
      const thrifty = await run(count, { limits: { tpm }, calls: 1_200 / count, tokens: 8, atOnce: 5 });
      expect(thrifty.served * 8).toBeLessThanOrEqual(tpm * thrifty.minutes);
      // Unused tokens were returned: more calls were served than could be reserved at once.
      expect(thrifty.served).toBeGreaterThan(tpm / 20);
    },
  );

  it("parallel calls: never more at once than the limit, and no slot stays taken", async () => {
    const maxParallelRequests = 6;
    const { reports, served, namespace } = await run(4, { limits: { maxParallelRequests }, calls: 30, tokens: 10 });
    expect(served).toBeGreaterThanOrEqual(maxParallelRequests);
    expect(mostAtOnce(reports)).toBeLessThanOrEqual(maxParallelRequests);
    const connection = redisConnection({ url: url ?? "", namespace, commandMs: 2_000 });
    await connection.ready(5_000);
    const state = redisState(connection);
    const limits = [{ name: "parallel", kind: "slots", limit: maxParallelRequests } as const];
    await expect.poll(async () => state.used({ deploymentId: "d", limits, now: 0 })).toEqual([0]);
    await state.close();
    await connection.close();
  });
});
