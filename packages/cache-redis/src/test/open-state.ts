import { randomUUID } from "node:crypto";
import type { SharedState } from "@modelyard/core";
import { type RedisConnectionOptions, redisState } from "../index.js";

/** A state of its own, connected and empty, on the time of the tests. */
export async function openState(options: RedisConnectionOptions): Promise<SharedState> {
  const state = redisState({ namespace: `test-${randomUUID()}`, ...options }, { time: "caller" });
  await new Promise<void>((resolve) => {
    if (state.available) resolve();
    const end = state.onAvailability(() => {
      end();
      resolve();
    });
  });
  return state;
}
