import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { CallOptions } from "@modelyard/core";
import { deploymentOptions, streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "../src/options.js";
import { type Harness, setup } from "./support/harness.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const request = { model: "gpt-4", messages: [], stream: true } as const;
const words = ["one ", "two ", "three ", "four"];

/** A stream that is not read, from a deployment that serves one call at a time. */
async function abandoned(options: Partial<CreateRouterOptions>, call: CallOptions) {
  const harness = setup({ modelList: [deploymentOptions("a", { maxParallelRequests: 1 })], ...options });
  harness.provider.script("a", streams(words, { firstTokenMs: 10, gapMs: 400 }));
  const stream = await harness.clock.until(harness.router.completion(request, call));
  return { harness, stream };
}

const inFlight = ({ router, provider, clock }: Harness) => [
  router.inFlight,
  router.state().groups[0]?.deployments[0]?.inFlight,
  provider.open,
  clock.timers,
];

async function readAll(stream: AsyncIterable<unknown>): Promise<number> {
  let chunks = 0;
  for await (const _ of stream) chunks += 1;
  return chunks;
}

describe.each([
  ["that break", "error"],
  ["that are continued", "continue"],
] as const)("unread streams %s", (_, midStreamFallback) => {
  it("release everything when their caller aborts", async () => {
    const controller = new AbortController();
    const { harness, stream } = await abandoned({ midStreamFallback }, { signal: controller.signal });
    controller.abort();
    await harness.clock.advance(0);
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
    expect(harness.types().filter((type) => /aborted|request_failed/u.test(type))).toEqual([
      "attempt_aborted",
      "request_failed",
    ]);
    await expect(readAll(stream)).rejects.toMatchObject({ kind: "aborted" });
    expect(harness.types().filter((type) => type === "request_failed")).toHaveLength(1);
  });

  it("release everything at their deadline", async () => {
    const { harness, stream } = await abandoned({ midStreamFallback }, { deadlineMs: 500 });
    await harness.clock.advance(1_000);
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
    await expect(readAll(stream)).rejects.toMatchObject({ kind: "timeout" });
  });
});

it("a stream that nobody reads frees its slot at the total time limit, without blame for the deployment", async () => {
  const { harness, stream } = await abandoned({}, { timeouts: { totalMs: 500 } });
  await harness.clock.advance(1_000);
  expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
  expect(harness.router.state().groups[0]?.deployments[0]?.failures).toBe(0);
  await expect(readAll(stream)).rejects.toThrow("sent no end within 500 ms");
});

it("a stream that is aborted between two reads frees its slot at once, and the next read throws the reason", async () => {
  const controller = new AbortController();
  const { harness, stream } = await abandoned({}, { signal: controller.signal });
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  controller.abort();
  await harness.clock.advance(0);
  expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
  await expect(reader.next()).rejects.toMatchObject({ kind: "aborted" });
});

describe("a stream without a signal or a time limit", () => {
  const minutes = 60_000;

  it.each([
    ["in the middle of the answer", 0, "attempt_aborted"],
    ["when the answer is whole", 9, "attempt_succeeded"],
  ])("is given up when nobody starts to read it within ten minutes, %s", async (_, holdBackEvents, outcome) => {
    const { harness, stream } = await abandoned({ holdBackEvents, streamTimeoutMs: 5_000 }, {});
    await harness.clock.advance(9 * minutes);
    expect(harness.router.inFlight).toBe(1);
    await harness.clock.advance(minutes);
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
    expect(harness.types().slice(-2)).toEqual([outcome, "request_failed"]);
    await expect(readAll(stream)).rejects.toThrow("This stream was not read within 10 minutes");
    expect(harness.types().filter((type) => type === "request_failed")).toHaveLength(1);
    expect(harness.router.state().groups[0]?.deployments[0]?.failures).toBe(0);
  });

  it("waits for its reader for as long as the idle limit allows, if that is longer", async () => {
    const { harness } = await abandoned({ streamTimeoutMs: 20 * minutes }, {});
    await harness.clock.advance(19 * minutes);
    expect(harness.router.inFlight).toBe(1);
    await harness.clock.advance(minutes);
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
  });

  it("waits indefinitely for a reader that has started", async () => {
    const { harness, stream } = await abandoned({}, {});
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    await harness.clock.advance(60 * minutes);
    expect(harness.router.inFlight).toBe(1);
    expect(await harness.clock.until(reader.next())).toMatchObject({ done: false });
    await reader.return?.();
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
  });

  it.each([
    ["before it was read", 0],
    ["by a reader who began", 2],
  ])("is given up when it was dropped and its memory is collected: %s", async (_, reads) => {
    const harness = setup({ modelList: [deploymentOptions("a", { maxParallelRequests: 1 })] });
    harness.provider.script("a", streams(words));
    const drop = async (): Promise<void> => {
      const reader = (await harness.router.completion(request))[Symbol.asyncIterator]();
      for (let count = 0; count < reads; count += 1) await reader.next();
    };
    await drop();
    expect(harness.router.inFlight).toBe(1);
    for (let turn = 0; turn < 5 && harness.router.inFlight > 0; turn += 1) {
      await setImmediate();
      collectGarbage();
      await setImmediate();
    }
    expect(inFlight(harness)).toEqual([0, 0, 0, 0]);
    expect(harness.types()).toContain("attempt_aborted");
  });

  it("is not given up during a read, even if it is otherwise unreferenced", async () => {
    const harness = setup({ modelList: [deploymentOptions("a")] });
    harness.provider.script("a", streams(words, { gapMs: 100 }));
    const read = async (): Promise<Promise<IteratorResult<unknown>>[]> => {
      const reader = (await harness.clock.until(harness.router.completion(request)))[Symbol.asyncIterator]();
      return words.map(() => reader.next());
    };
    const reading = await read();
    for (let turn = 0; turn < 3; turn += 1) {
      await setImmediate();
      collectGarbage();
      await setImmediate();
    }
    await harness.clock.advance(1_000);
    expect((await Promise.all(reading)).map(({ done }) => done)).toEqual(words.map(() => false));
  });
});
