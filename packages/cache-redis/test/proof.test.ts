import { randomUUID } from "node:crypto";
import { type Clock, type Random, seededRandom, type SharedState } from "@modelyard/core";
import { type LimitSpec, systemClock } from "@modelyard/core/kit";
import { redisForTests } from "@modelyard/repo-tests/redis";
import { type CommandFate, type RespProxy, startRespProxy } from "@modelyard/repo-tests/resp-proxy";
import { describe, expect, it } from "vitest";
import { redisConnection, redisState } from "../src/index.js";

const url = redisForTests();
const port = Number(url === undefined ? 0 : new URL(url).port);

/** A process with a separate connection through a faulty network, and a clock that is wrong. */
interface Process {
  readonly state: SharedState;
  readonly proxy: RespProxy;
  close(): Promise<void>;
}

function skewedClock(byMs: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + byMs };
}

/** Loses, repeats or delays a command now and then. */
function fateBy(random: Random): CommandFate {
  const dice = random.next();
  if (dice < 0.02) return { copies: 0 };
  if (dice < 0.04) return { loseReply: true };
  if (dice < 0.1) return { copies: 2 };
  if (dice < 0.2) return { againAfterMs: Math.floor(random.next() * 100) };
  if (dice < 0.25) return { delayMs: Math.floor(random.next() * 30) };
  return {};
}

async function start(namespace: string, random: Random, leases: boolean): Promise<Process> {
  const proxy = await startRespProxy(port);
  const clock = skewedClock(Math.floor((random.next() - 0.5) * 3_600_000));
  const connection = redisConnection({ url: proxy.url, namespace, commandMs: 200, clock });
  await connection.ready(5_000);
  const state = redisState(connection, { clock, leases });
  await expect.poll(() => state.processes).toBeGreaterThan(0);
  proxy.fate = (words) => (/^(?:evalsha|eval)$/iu.test(words[0] ?? "") ? fateBy(random) : {});
  return {
    state,
    proxy,
    close: async () => {
      await state.close();
      await connection.close();
      await proxy.stop();
    },
  };
}

interface Tally {
  /** Usage of the calls that Redis admitted. */
  admitted: number;
  /** Usage beyond the estimates. */
  errors: number;
  /** Usage of all calls, including those that ran without a reply from Redis. */
  used: number;
  /** Settlements that are still being sent. */
  readonly settling: Promise<unknown>[];
}

interface Schedule {
  readonly limits: readonly LimitSpec[];
  readonly random: Random;
  readonly tally: Tally;
}

function upTo(random: Random, most: number): number {
  return Math.floor(random.next() * (most + 1));
}

/** Acts like a call of the router: reserves, works, settles. Without a reply it continues or gives up. */
async function call(process: Process, id: string, { limits, random, tally }: Schedule): Promise<void> {
  const { state } = process;
  const estimate = 1 + upTo(random, 40);
  const actual = upTo(random, 60);
  const base = { deploymentId: "d", reservationId: id, limits, now: 0 };
  const amounts = (tokens: number): readonly number[] => limits.map(({ kind }) => (kind === "slots" ? 1 : tokens));
  const settle = (tokens: number, unreserved: boolean): void => {
    tally.settling.push(Promise.resolve(state.settle({ ...base, amounts: amounts(tokens), unreserved })));
  };
  let granted: boolean | undefined;
  try {
    granted = (await state.reserve({ ...base, amounts: amounts(estimate), ttlMs: 60_000 })).granted;
  } catch {
    granted = undefined;
  }
  if (granted === false) return;
  await new Promise((resolve) => {
    setTimeout(resolve, upTo(random, 15));
  });
  if (granted === undefined && random.next() < 0.5) {
    settle(0, true);
    return;
  }
  if (granted === true) {
    tally.admitted += actual;
    tally.errors += Math.max(0, actual - estimate);
  }
  tally.used += actual;
  settle(actual, granted === undefined);
  if (random.next() < 0.2) settle(actual, granted === undefined);
}

describe.skipIf(url === undefined)("settlements over a network that loses, repeats and delays commands", () => {
  const run = async (
    seed: number,
    limits: readonly LimitSpec[],
    leases: boolean,
  ): Promise<{ readonly tally: Tally; readonly tookMs: number }> => {
    const random = seededRandom(seed);
    const namespace = `proof-${randomUUID()}`;
    const processes = await Promise.all([1, 2, 3].map(async () => start(namespace, random, leases)));
    const tally: Tally = { admitted: 0, errors: 0, used: 0, settling: [] };
    const since = performance.now();
    await Promise.all(
      processes.flatMap((process, place) =>
        Array.from({ length: 6 }, async (_, lane) => {
          for (let index = 0; index < 25; index += 1) {
            await call(process, `${String(place)}-${String(lane)}-${String(index)}`, { limits, random, tally });
          }
        }),
      ),
    );
    const tookMs = performance.now() - since;
    for (const { proxy } of processes) proxy.fate = () => ({});
    await Promise.all(tally.settling);
    // Stored settlements are sent in the background, and prefetched quotas are returned.
    const windows = limits.filter(({ kind }) => kind === "window");
    const expected = [...windows.map(() => tally.used), 0];
    const used = async (): Promise<readonly number[]> => usedBy(processes[0]!.state, [...windows, ...slots]);
    await expect.poll(used, { timeout: 10_000 }).toEqual(expected);
    await Promise.all(processes.map(async ({ close }) => close()));
    return { tally, tookMs };
  };
  const slots: readonly LimitSpec[] = [{ name: "parallel", kind: "slots", limit: 12 }];
  const usedBy = async (state: SharedState, limits: readonly LimitSpec[]): Promise<readonly number[]> => {
    try {
      return await state.used({ deploymentId: "d", limits, now: 0 });
    } catch {
      return [-1];
    }
  };
  it.each([1, 2, 3])("charge windows exactly once for what was used (seed %i)", async (seed) => {
    const limit = 4_000;
    const tpm: LimitSpec = { name: "tpm", kind: "window", limit, windowMs: 1_000_000_000_000 };
    const { tally } = await run(seed, [tpm, ...slots], false);
    expect(tally.admitted).toBeLessThanOrEqual(limit + tally.errors);
  });

  it("charge windows exactly once for what was used, with prefetched quotas", async () => {
    // Four seconds of this window hold a few hundred requests.
    const tpm: LimitSpec = { name: "tpm", kind: "window", limit: 10 ** 13, windowMs: 1_000_000_000_000 };
    const { tally } = await run(4, [tpm], true);
    expect(tally.used).toBeGreaterThan(0);
  });

  it.each([5, 6])("never let buckets exceed the rate plus the burst (seed %i)", async (seed) => {
    const tpm: LimitSpec = { name: "tpm", kind: "bucket", limit: 30_000, windowMs: 60_000, burst: 500 };
    const { tally, tookMs } = await run(seed, [tpm, ...slots], false);
    expect(tally.admitted).toBeGreaterThan(0);
    expect(tally.admitted).toBeLessThanOrEqual(tpm.burst + (tookMs / 60_000) * tpm.limit + tally.errors);
  });
});
