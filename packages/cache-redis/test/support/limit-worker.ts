import { systemClock } from "@modelyard/core/kit";
import { createRouter } from "@modelyard/router";
import { answers, scriptedProvider } from "@modelyard/testing";
import { redisConnection, redisState } from "../../src/index.js";

export interface WorkerOrder {
  readonly url: string;
  readonly namespace: string;
  readonly limits: { readonly rpm?: number; readonly tpm?: number; readonly maxParallelRequests?: number };
  readonly calls: number;
  /** How many calls are in flight at once. @defaultValue all of them */
  readonly atOnce?: number;
  /** Tokens that each call uses. */
  readonly tokens: number;
}

export interface WorkerReport {
  readonly served: number;
  /** When each call began and ended at the upstream, in milliseconds since the epoch. */
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** Output tokens that each call reserves, besides the few tokens of its prompt. */
const outputTokens = 20;

/** One of several processes: a real router with a scripted provider, which starts its calls on a message from the parent. */
async function work(order: WorkerOrder): Promise<void> {
  const { url, namespace, limits, calls, tokens, atOnce = calls } = order;
  const connection = redisConnection({ url, namespace, commandMs: 5_000 });
  await connection.ready(5_000);
  const state = redisState(connection);
  const provider = scriptedProvider({ clock: systemClock });
  provider.script(
    "*",
    answers("hi", {
      delayMs: 5,
      usage: { prompt_tokens: tokens - 2, completion_tokens: 2, total_tokens: tokens },
    }),
  );
  const router = createRouter({
    providers: [provider],
    numRetries: 0,
    disableCooldowns: true,
    sharedState: state,
    modelList: [{ id: "d", modelName: "m", model: "openai/x", ...limits }],
  });
  process.send?.("ready");
  await new Promise((resolve) => {
    process.once("message", resolve);
  });
  let made = 0;
  let served = 0;
  const callOn = async (): Promise<void> => {
    while (made < calls) {
      made += 1;
      const messages = [{ role: "user", content: `say hi ${String(made)}` } as const];
      try {
        await router.completion({ model: "m", max_tokens: outputTokens, messages });
        served += 1;
      } catch {
        // The call was rate limited; only served calls count.
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, callOn));
  await router.close();
  await state.close();
  await connection.close();
  const spans = provider.calls.map(({ at, settledAt = at }) => [at, settledAt] as const);
  process.send?.({ served, spans } satisfies WorkerReport);
  process.disconnect();
}

await work(JSON.parse(process.argv[2] ?? "") as WorkerOrder);
