import { type DeploymentOptions, seededRandom, type Strategy } from "@modelyard/core";
import { sleep } from "@modelyard/core/kit";
import { VirtualClock } from "@modelyard/testing";
import { createRouter } from "../../src/create-router.js";
import type { CreateRouterOptions } from "../../src/options.js";
import { type Modelled, modelledProvider } from "./modelled-provider.js";

export interface LoadOptions {
  readonly strategy: Strategy;
  /** By id, in listing order. */
  readonly deployments: Readonly<Record<string, Modelled>>;
  /** Prompt tokens that all callers together send in a second. */
  readonly promptTokensPerSecond: number;
  readonly forMs: number;
  readonly stream?: boolean;
  readonly seed?: number;
  readonly router?: Partial<CreateRouterOptions>;
  /** More settings of deployments, by id. */
  readonly deployment?: Readonly<Record<string, Partial<DeploymentOptions>>>;
}

export interface LoadFigures {
  readonly calls: number;
  /** Share of the calls that were answered. */
  readonly success: number;
  /** Milliseconds from the call to the first content, failed attempts included; of the calls that were answered. */
  readonly p50: number;
  readonly p99: number;
  /** Answered calls that waited for more than ten seconds. */
  readonly slow: number;
  /** Share of the answers, by deployment. */
  readonly shares: Readonly<Record<string, number>>;
}

const meanPromptTokens = 1_000;
const meanAnswerTokens = 100;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Calls at random times, with prompts and answers of random length, on a router over modelled deployments. */
export async function load(options: LoadOptions): Promise<LoadFigures> {
  const { deployments, strategy, promptTokensPerSecond, forMs, stream = true, seed = 1 } = options;
  const clock = new VirtualClock();
  const workload = seededRandom(seed);
  const exponential = (): number => -Math.log(1 - workload.next());
  const router = createRouter({
    providers: [modelledProvider(clock, deployments)],
    strategy,
    clock,
    random: seededRandom(seed + 1_000),
    modelList: Object.keys(deployments).map((id) => ({
      id,
      modelName: "group",
      model: `openai/${id}`,
      ...options.deployment?.[id],
    })),
    ...options.router,
  });
  const waits: number[] = [];
  const served: Record<string, number> = {};
  let calls = 0;
  const call = async (): Promise<void> => {
    const promptTokens = Math.ceil(meanPromptTokens * Math.min(8, exponential()));
    const request = {
      model: "group",
      messages: [{ role: "user" as const, content: "word".repeat(promptTokens) }],
      max_tokens: Math.ceil(meanAnswerTokens * exponential()),
    };
    calls += 1;
    const at = clock.now();
    try {
      const answer = await router.completion(stream ? { ...request, stream: true as const } : request);
      const answeredAt = clock.now();
      if (stream) {
        for await (const _ of answer as AsyncIterable<unknown>) {
          // To the end.
        }
      }
      waits.push(answeredAt - at);
      const id = (answer as { readonly routing: { readonly deploymentId?: string } }).routing.deploymentId ?? "";
      served[id] = (served[id] ?? 0) + 1;
    } catch {
      // Counts as an unanswered call.
    }
  };
  const running: Promise<void>[] = [];
  const meanGapMs = (meanPromptTokens / promptTokensPerSecond) * 1_000;
  const arrive = async (): Promise<void> => {
    const end = clock.now() + forMs;
    for (;;) {
      await sleep(clock, exponential() * meanGapMs);
      if (clock.now() >= end) break;
      running.push(call());
    }
    await Promise.all(running);
  };
  await clock.until(arrive());
  await router.close();
  const sorted = waits.toSorted((one, other) => one - other);
  const shares = Object.entries(served).map(([id, count]) => [id, count / waits.length] as const);
  return {
    calls,
    success: waits.length / calls,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
    slow: waits.filter((ms) => ms > 10_000).length,
    shares: Object.fromEntries(shares),
  };
}
