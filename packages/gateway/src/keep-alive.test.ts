import { sleep } from "@modelyard/core/kit";
import { VirtualClock } from "@modelyard/testing";
import { describe, expect, it } from "vitest";
import { KeepAlive } from "./keep-alive.js";

const ping = ": ping\n\n";

describe("KeepAlive", () => {
  it("sends pings only in silences, and ends when the stream ends", async () => {
    const clock = new VirtualClock();
    async function* events(): AsyncGenerator<string> {
      yield "data: 1\n\n";
      await sleep(clock, 35_000);
      yield "data: 2\n\n";
      await sleep(clock, 14_000);
      yield "data: [DONE]\n\n";
    }
    const seen: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const bytes of new KeepAlive(events(), { clock, everyMs: 15_000, ping })) seen.push(bytes);
    };
    await clock.until(reading());
    expect(seen).toEqual(["data: 1\n\n", ping, ping, "data: 2\n\n", "data: [DONE]\n\n"]);
    expect(clock.timers).toBe(0);
  });

  it("releases the stream when its reader leaves during a silence", async () => {
    const clock = new VirtualClock();
    let left = false;
    const events: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => sleep(clock, Number.POSITIVE_INFINITY).then(() => ({ done: true, value: undefined })),
        return: () => {
          left = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const alive = new KeepAlive(events, { clock, everyMs: 1_000, ping });
    const next = alive.next();
    await clock.advance(1_000);
    expect(await next).toEqual({ done: false, value: ping });
    await alive.return();
    // The only timer left belongs to the silent vendor of this test.
    expect([left, clock.timers]).toEqual([true, 1]);
  });
});
