import { systemClock } from "@modelyard/core";
import { createRouter } from "@modelyard/router";
import { answers, scriptedProvider } from "@modelyard/testing";
import { redisConnection, redisState } from "../index.js";

export interface WorkerOrder {
  readonly url: string;
  readonly namespace: string;
  readonly limits: { readonly rpm?: number; readonly tpm?: number; readonly maxParallelRequests?: number };
  readonly calls: number;
  /** @defaultValue all of them */
  readonly atOnce?: number;
  /** Tokens that every answer uses. */
  readonly tokens: number;
}

export interface WorkerReport {
  readonly served: number;
  /** When calls were with the upstream, in milliseconds since the epoch. */
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** Reserved for every answer, beside the few tokens of the prompt. */
const outputTokens = 20;

/** One process of many: a real router on a scripted upstream that makes all its calls at once when it is told to. */
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
        // Limited: what was served is what counts.
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
