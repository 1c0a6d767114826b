import type { CallOptions } from "@modelyard/core";
import { streams } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import type { CreateRouterOptions } from "./options.js";
import { type House, one, setup } from "./test/house.js";

const request = { model: "gpt-4", messages: [], stream: true } as const;
const words = ["one ", "two ", "three ", "four"];

/** A stream of which nothing is read, of a deployment that serves one call at a time. */
async function abandoned(options: Partial<CreateRouterOptions>, call: CallOptions) {
  const house = setup({ modelList: [one("a", { maxParallelRequests: 1 })], ...options });
  house.provider.script("a", streams(words, { firstTokenMs: 10, gapMs: 400 }));
  const stream = await house.clock.until(house.router.completion(request, call));
  return { house, stream };
}

const inFlight = ({ router, provider, clock }: House) => [
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
  ["that are carried on", "continue"],
] as const)("of streams %s, one that nobody reads", (_, midStreamFallback) => {
  it("lets go of everything when its caller calls it off", async () => {
    const controller = new AbortController();
    const { house, stream } = await abandoned({ midStreamFallback }, { signal: controller.signal });
    controller.abort();
    await house.clock.advance(0);
    expect(inFlight(house)).toEqual([0, 0, 0, 0]);
    expect(house.types().filter((type) => /aborted|request_failed/u.test(type))).toEqual([
      "attempt_aborted",
      "request_failed",
    ]);
    await expect(readAll(stream)).rejects.toMatchObject({ kind: "aborted" });
    expect(house.types().filter((type) => type === "request_failed")).toHaveLength(1);
  });

  it("lets go of everything at its deadline", async () => {
    const { house, stream } = await abandoned({ midStreamFallback }, { deadlineMs: 500 });
    await house.clock.advance(1_000);
    expect(inFlight(house)).toEqual([0, 0, 0, 0]);
    await expect(readAll(stream)).rejects.toMatchObject({ kind: "timeout" });
  });
});

it("a stream that nobody reads gives its slot back at the limit of the whole, and the deployment is not blamed", async () => {
  const { house, stream } = await abandoned({}, { timeouts: { totalMs: 500 } });
  await house.clock.advance(1_000);
  expect(inFlight(house)).toEqual([0, 0, 0, 0]);
  expect(house.router.state().groups[0]?.deployments[0]?.failures).toBe(0);
  await expect(readAll(stream)).rejects.toThrow("sent no end within 500 ms");
});

it("a stream that is called off between two reads gives its slot back at once, and the next read says why", async () => {
  const controller = new AbortController();
  const { house, stream } = await abandoned({}, { signal: controller.signal });
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  controller.abort();
  await house.clock.advance(0);
  expect(inFlight(house)).toEqual([0, 0, 0, 0]);
  await expect(reader.next()).rejects.toMatchObject({ kind: "aborted" });
});
