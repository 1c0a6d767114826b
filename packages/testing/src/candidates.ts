import {
  type Candidate,
  type Deployment,
  type DeploymentOptions,
  type NonEmpty,
  type OperationName,
  type PickContext,
  seededRandom,
  type StrategyEvent,
  type ErrorKind,
  type Usage,
} from "@modelyard/core";
import { isNonEmpty, createProviderError } from "@modelyard/core/kit";

/** Settings of a deployment, by the names of the model list. Everything that is not set is ordinary. */
export type CandidateOptions = Partial<
  Pick<
    DeploymentOptions,
    | "provider"
    | "model"
    | "rpm"
    | "tpm"
    | "maxParallelRequests"
    | "weight"
    | "order"
    | "tags"
    | "regionName"
    | "inputCostPerToken"
    | "outputCostPerToken"
    | "maxInputTokens"
    | "capabilities"
    | "settings"
  >
> & {
  readonly id: string;
  readonly index?: number;
  readonly inFlight?: number;
  readonly requestsUsed?: number;
  readonly tokensUsed?: number;
};

function deploymentOf(options: CandidateOptions): Deployment {
  const { rpm, tpm, maxParallelRequests } = options;
  return {
    id: options.id,
    group: "group",
    provider: options.provider ?? "test",
    model: options.model ?? options.id,
    connection: { apiKey: undefined, baseUrl: undefined, apiVersion: undefined, organization: undefined, headers: {} },
    defaults: {},
    limits: {
      ...(rpm === undefined ? {} : { rpm }),
      ...(tpm === undefined ? {} : { tpm }),
      ...(maxParallelRequests === undefined ? {} : { maxParallelRequests }),
    },
    weight: options.weight,
    order: options.order,
    tags: options.tags ?? [],
    region: options.regionName,
    prices: { inputCostPerToken: options.inputCostPerToken, outputCostPerToken: options.outputCostPerToken },
    maxInputTokens: options.maxInputTokens,
    capabilities: options.capabilities ?? {},
    timeouts: {},
    numRetries: undefined,
    cooldownMs: undefined,
    dropParams: undefined,
    additionalDropParams: [],
    clientSideAuthParams: [],
    mockResponse: undefined,
    settings: options.settings ?? {},
  };
}

/** Makes a candidate as a strategy or a filter sees it. */
export function makeCandidate(options: CandidateOptions): Candidate {
  return {
    deployment: deploymentOf(options),
    index: options.index ?? 0,
    inFlight: options.inFlight ?? 0,
    requestsUsed: () => options.requestsUsed ?? 0,
    tokensUsed: () => options.tokensUsed ?? 0,
  };
}

/** Makes several candidates. Their indexes follow the list unless they are set. */
export function makeCandidates(list: readonly CandidateOptions[]): NonEmpty<Candidate> {
  const candidates = list.map((options, index) => makeCandidate({ index, ...options }));
  if (!isNonEmpty(candidates)) throw new Error("makeCandidates: the list is empty. Pass at least one candidate.");
  return candidates;
}

/** Makes the context of a pick, with seeded random numbers. @param options - replaces parts of it */
export function makeContext(options: Partial<PickContext> & { readonly seed?: number } = {}): PickContext {
  return {
    now: Date.UTC(2026, 0, 1),
    random: seededRandom(options.seed ?? 1),
    group: "group",
    operation: "chat",
    stream: false,
    inputTokens: 10,
    maxOutputTokens: undefined,
    attempt: 1,
    request: {},
    metadata: {},
    ...options,
  };
}

interface AttemptFacts {
  readonly candidate: Candidate;
  readonly at: number;
  readonly durationMs: number;
  readonly stream?: boolean;
  /** For streams. @defaultValue `durationMs` */
  readonly firstTokenMs?: number;
  readonly usage?: Usage;
  /** @defaultValue `chat` */
  readonly operation?: OperationName;
  /** Set it to distinguish the attempts of several calls. @defaultValue `call` */
  readonly callId?: string;
}

const unremarkable: Usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };

function base({
  candidate,
  at,
  stream = false,
  operation = "chat",
  callId = "call",
}: Omit<AttemptFacts, "durationMs">) {
  return {
    at,
    callId,
    operation,
    stream,
    requestedModel: "group",
    deployment: candidate.deployment,
    index: candidate.index,
    group: "group",
    attempt: 1,
  };
}

/** The event of an attempt that starts. */
export function started(
  facts: Omit<AttemptFacts, "durationMs"> & {
    /** Estimated tokens of the prompt. @defaultValue 10 */
    readonly inputTokens?: number;
  },
): StrategyEvent {
  return { ...base(facts), type: "attempt_started", inputTokens: facts.inputTokens ?? 10 };
}

/** The event of a stream whose first token arrived `firstTokenMs` after its start. */
export function firstToken(
  facts: Omit<AttemptFacts, "durationMs" | "stream"> & { readonly firstTokenMs: number },
): StrategyEvent {
  return { ...base({ ...facts, stream: true }), type: "attempt_first_token", firstTokenMs: facts.firstTokenMs };
}

/** The event of an attempt that succeeded. */
export function succeeded(facts: AttemptFacts): StrategyEvent {
  return {
    ...base(facts),
    type: "attempt_succeeded",
    durationMs: facts.durationMs,
    firstTokenMs: facts.stream === true ? (facts.firstTokenMs ?? facts.durationMs) : undefined,
    usage: facts.usage ?? unremarkable,
    costUsd: undefined,
    remainingRequests: undefined,
    remainingTokens: undefined,
  };
}

/** The event of an attempt that failed. */
export function failed(facts: AttemptFacts & { readonly kind?: ErrorKind }): StrategyEvent {
  const error = createProviderError({ kind: facts.kind ?? "internal_server", provider: "test", message: "scripted" });
  return {
    ...base(facts),
    type: "attempt_failed",
    durationMs: facts.durationMs,
    firstTokenMs: undefined,
    inputTokens: 10,
    error,
    usage: undefined,
    costUsd: undefined,
  };
}

/** The event of an attempt that its caller aborted. */
export function aborted(facts: AttemptFacts): StrategyEvent {
  return {
    ...base(facts),
    type: "attempt_aborted",
    durationMs: facts.durationMs,
    usage: undefined,
    costUsd: undefined,
  };
}

/** How often each candidate is picked, as fractions of 1, by id. Only for synchronous strategies. */
export function sharesOf(pick: () => Candidate | Promise<Candidate>, draws: number): Record<string, number> {
  const counts = countsOf(pick, draws);
  return Object.fromEntries(Object.entries(counts).map(([id, count]) => [id, count / draws]));
}

/** How often each candidate is picked, by id. Only for synchronous strategies. */
export function countsOf(pick: () => Candidate | Promise<Candidate>, draws: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let draw = 0; draw < draws; draw += 1) {
    const picked = pick();
    if (picked instanceof Promise) throw new TypeError("countsOf: the strategy's pick is asynchronous");
    const { id } = picked.deployment;
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts;
}
