import { randomUUID } from "node:crypto";
import type { SharedState } from "@modelyard/core";
import { type RedisConnectionOptions, redisState } from "../../src/index.js";

/** A connected and empty shared state, on the clock of the tests. */
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
