import type { SharedState } from "@modelyard/core";
import { systemClock } from "@modelyard/core/kit";
import { createRouter, type Router } from "@modelyard/router";
import { scriptedProvider } from "@modelyard/testing";
import {
  redisCache,
  type RedisConnection,
  redisConnection,
  type RedisConnectionOptions,
  redisState,
} from "../../src/index.js";

export interface SharedRouter {
  readonly router: Router;
  readonly state: SharedState;
  readonly connection: RedisConnection;
  /** Makes one call; rejects if it fails. */
  ask(): Promise<unknown>;
  /** Resolves once the state is available, or once it is not. */
  until(available: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A real router with a scripted provider, whose only deployment `d` has shared limits. */
export function sharedRouter(options: RedisConnectionOptions): SharedRouter {
  const connection = redisConnection(options);
  const state = redisState(connection);
  let asked = 0;
  const router = createRouter({
    providers: [scriptedProvider({ clock: systemClock })],
    sharedState: state,
    responseCache: redisCache(connection),
    modelList: [{ id: "d", modelName: "m", model: "openai/x", rpm: 100_000, maxParallelRequests: 1_000 }],
  });
  return {
    router,
    state,
    connection,
    ask: async () => {
      asked += 1;
      return router.completion({ model: "m", messages: [{ role: "user", content: String(asked) }] });
    },
    until: async (available) => {
      if (state.available === available) return;
      await new Promise<void>((resolve) => {
        const end = state.onAvailability((now) => {
          if (now !== available) return;
          end();
          resolve();
        });
      });
    },
    close: async () => {
      await router.close();
      await state.close();
      await connection.close();
    },
  };
}
