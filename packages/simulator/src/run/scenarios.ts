import type { DeploymentModel, Fault } from "../vendor/deployment-model.js";
import type { Workload } from "../workload/simulated-request.js";
import { type PromptCacheModel, promptCaches } from "../vendor/prompt-cache.js";
import { agentSessions, burstyWorkload, steadyWorkload } from "../workload/workloads.js";
import type { MeasuredTime } from "./recorder.js";
import type { SharedStateModel } from "./remote-state.js";

/** A situation that strategies are compared in. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** In the order in which they are listed. */
  readonly deployments: readonly DeploymentModel[];
  /** The requests of a run, if nothing else is asked for. */
  readonly requests: number;
  workload(requests: number, seed: number): Workload;
  /** @defaultValue everything */
  readonly measured?: MeasuredTime;
  /** @defaultValue 1 */
  readonly processes?: number;
  /** The tokens per minute of each deployment that the router is configured with, as a bucket. @defaultValue no limit */
  readonly tpm?: number;
  readonly sharedState?: SharedStateModel;
  /** Whether the router keeps sessions where their prompts are cached. @defaultValue false */
  readonly affinity?: boolean;
  /** What a cache for all deployments would be like, for scenarios about prompt caches. */
  readonly cache?: PromptCacheModel;
  /** What the limits of all deployments admit together, for scenarios about limits. */
  readonly pooled?: { readonly perMinute: number; readonly burst: number };
}

/** Conversations per second in Azure's trace. */
const conversationRate = 5.5;
/** Twenty minutes of them. Several seeds say more than one long run. */
const usual = { requests: 6_000 };
/** Requests about code per second in Azure's trace. */
const codeRate = 2.6;
/** The mean of a prompt and the most tokens of its answer, in conversations. */
const meanTokens = 1_155 + 1_000;

function conversations(load: number, maxTokens?: number): Scenario["workload"] {
  return (requests, seed) =>
    steadyWorkload({
      requests,
      seed,
      perSecond: conversationRate * load,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    });
}

function equal(count: number, model: DeploymentModel = {}): readonly DeploymentModel[] {
  return Array.from({ length: count }, () => model);
}

/** Four equal deployments, the first of which has a fault from the fifth minute on. */
function withFault(fault: Fault): readonly DeploymentModel[] {
  return [{ faults: [fault] }, ...equal(3)];
}

/** A vendor whose capacity is not felt. */
const boundless = { prefills: Number.POSITIVE_INFINITY, sharedBy: Number.POSITIVE_INFINITY, slots: 100_000 };
const faultFromMs = 300_000;
const slowFirst = [0.25, 0.5, 1, 1].map((speed) => ({ speed }));

const cachingEight = equal(8, { cache: promptCaches.anthropic });

const agents = {
  name: "S7a",
  title: "sessions of coding agents on eight deployments with prompt caches",
  deployments: cachingEight,
  requests: 4_000,
  // A session has 20 requests on average.
  workload: (requests, seed) => agentSessions({ sessions: Math.ceil(requests / 20), seed, perSecond: 0.05 }),
  cache: promptCaches.anthropic,
} as const satisfies Scenario;

/** Conversations with long prompts and long pauses, in which a pin would overload a deployment. */
const longConversations = {
  name: "S7c",
  title: "long conversations on eight deployments with prompt caches",
  deployments: cachingEight,
  requests: 3_000,
  workload: (requests, seed) =>
    agentSessions({
      sessions: Math.ceil(requests / 3),
      seed,
      perSecond: 0.6,
      turns: 3,
      sharedTokens: 512,
      turnTokens: 7_000,
      answerTokens: 343,
      pauseMs: 40_000,
    }),
  cache: promptCaches.anthropic,
} as const satisfies Scenario;

/** The scenarios, by name. */
export const scenarios = {
  S1: {
    ...usual,
    name: "S1",
    title: "steady: four equal deployments",
    deployments: equal(4),
    workload: conversations(1.1),
  },
  S2: {
    ...usual,
    name: "S2",
    title: "unequal speeds 1:1:½:¼, the fastest listed first",
    deployments: slowFirst.toReversed(),
    workload: conversations(0.75),
  },
  S2r: {
    ...usual,
    name: "S2r",
    title: "unequal speeds 1:1:½:¼, the slowest listed first",
    deployments: slowFirst,
    workload: conversations(0.75),
  },
  S3: {
    name: "S3",
    title: "one of four is ten times slower for a minute",
    requests: 3_000,
    deployments: withFault({ kind: "slow", factor: 10, fromMs: faultFromMs, toMs: faultFromMs + 60_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 60_000 },
  },
  S4: {
    ...usual,
    name: "S4",
    title: "429 storm: four accounts with 200,000 tokens per minute each",
    deployments: equal(4, { limits: { tokens: { perMinute: 200_000, burst: 20_000 } } }),
    workload: conversations(1, 1_000),
    pooled: { perMinute: 800_000, burst: 80_000 },
  },
  S5a: {
    name: "S5a",
    title: "one of four answers 503 for two minutes",
    requests: 3_000,
    deployments: withFault({ kind: "error", status: 503, fromMs: faultFromMs, toMs: faultFromMs + 120_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 120_000 },
  },
  S5b: {
    name: "S5b",
    title: "one of four answers nothing for two minutes",
    requests: 3_000,
    deployments: withFault({ kind: "hang", fromMs: faultFromMs, toMs: faultFromMs + 120_000 }),
    workload: conversations(0.9),
    measured: { fromMs: faultFromMs, toMs: faultFromMs + 120_000 },
  },
  S6: {
    name: "S6",
    title: "bursts of requests about code",
    deployments: equal(4),
    requests: 5_000,
    workload: (requests, seed) => burstyWorkload({ requests, seed, perSecond: codeRate * 0.7 }),
  },
  S7: {
    name: "S7",
    title: "long prompts on eight deployments",
    deployments: equal(8),
    requests: 6_000,
    workload: (requests, seed) => steadyWorkload({ requests, seed, perSecond: 1.8, lengths: "long" }),
  },
  S7a: agents,
  S7b: { ...agents, name: "S7b", title: `${agents.title}, with affinity`, affinity: true },
  S7c: longConversations,
  S7d: { ...longConversations, name: "S7d", title: `${longConversations.title}, with affinity`, affinity: true },
  S8: {
    ...usual,
    name: "S8",
    title: "stragglers: 2 % of the requests are delayed by 8 s on average",
    deployments: equal(4, { stragglers: { share: 0.02, meanMs: 8_000 } }),
    workload: conversations(0.9),
  },
  S9: {
    ...usual,
    name: "S9",
    title: "unequal speeds behind 8 processes that share nothing",
    deployments: slowFirst.toReversed(),
    workload: conversations(0.75),
    processes: 8,
  },
  S9x: {
    ...usual,
    name: "S9x",
    title: "unequal speeds behind 32 processes that share nothing",
    deployments: slowFirst.toReversed(),
    workload: conversations(0.75),
    processes: 32,
  },
  S9l: {
    name: "S9l",
    title: "limits that 8 processes share at 2 ms, with an outage of the store of a minute",
    deployments: equal(4),
    requests: 5_000,
    workload: conversations(1, 1_000),
    processes: 8,
    tpm: 120_000,
    sharedState: { delayMs: 2, outages: [{ fromMs: faultFromMs, toMs: faultFromMs + 60_000 }] },
  },
  S10: {
    name: "S10",
    title: "one tenant asks for twice the limit, four for a tenth of it each",
    deployments: equal(1, {
      ...boundless,
      limits: { tokens: { perMinute: 600_000, burst: 60_000 } },
    }),
    requests: 10_000,
    workload: tenants,
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** The requests of one tenant that asks for 1.2 million tokens per minute, and of four that ask for 60,000 each. */
function tenants(requests: number, seed: number): Workload {
  const perSecond = 1_200_000 / 60 / meanTokens;
  const shares = [1, 0.05, 0.05, 0.05, 0.05];
  const whole = shares.reduce((sum, share) => sum + share, 0);
  const all = shares.flatMap((share, index) =>
    [
      ...steadyWorkload({
        requests: Math.round((requests * share) / whole),
        perSecond: perSecond * share,
        seed: seed * 10 + index,
        maxTokens: 1_000,
      }),
    ].map((request) => ({ ...request, tenant: index === 0 ? "large" : `small-${String(index)}` })),
  );
  return all.toSorted((left, right) => left.atMs - right.atMs);
}
