import {
  type Callback,
  type Deployment,
  defineCallback,
  type ErrorKind,
  type Provider,
  RouterError,
  silentLogger,
} from "@modelyard/core";
import type { WireChoice } from "@modelyard/core/kit";
import { createRouter, priceCatalog, type Router, type YamlRouter } from "modelyard";
import { fixFor } from "./fixes.js";
import { commonFields, configFor, nameOf, type PlannedCall } from "./plan-calls.js";

/** What a call of a deployment showed. Printed by `modelyard doctor --json`. */
export interface Finding {
  readonly outcome: "failed" | "ok" | "skipped";
  /** The model group. */
  readonly group: string;
  readonly id: string;
  readonly provider: string;
  /** The vendor's name of the model. */
  readonly model: string;
  readonly host: string | undefined;
  readonly apiKeyFrom: string | undefined;
  readonly operation: string;
  readonly latencyMs?: number;
  /** What is left of the account's limits, as the vendor's headers say. */
  readonly remainingRequests?: number;
  readonly remainingTokens?: number;
  readonly costUsd?: number;
  /** The vendor's API that served the call, and why, if it is not that of the operation. */
  readonly wire?: WireChoice;
  /** Common request fields that the deployment is known to refuse. */
  readonly refusedFields?: readonly string[];
  /** Fields that the configuration sets, and that were dropped because the deployment refuses them. */
  readonly droppedFields?: readonly string[];
  readonly error?: {
    readonly kind: ErrorKind;
    readonly status: number;
    readonly message: string;
    readonly fix: string | undefined;
  };
  /** Why it was not called. */
  readonly reason?: string;
}

export interface CallingOptions {
  /** How many calls are made at the same time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Called when a call begins or ends, with the number of calls that have ended and those that are running. */
  readonly onProgress: (done: number, running: readonly PlannedCall[]) => void;
}

/** What the events of one call say. */
interface CallFacts {
  deployment?: Deployment;
  durationMs?: number;
  remainingRequests?: number | undefined;
  remainingTokens?: number | undefined;
}

function recorder(facts: ReadonlyMap<string, CallFacts>): Callback {
  return defineCallback({
    name: "doctor",
    events: ["attempt_started", "attempt_succeeded", "attempt_failed"],
    on: (event) => {
      const own = facts.get(event.requestedModel);
      if (own === undefined) return;
      own.deployment = event.deployment;
      if (event.type !== "attempt_started") own.durationMs = event.durationMs;
      if (event.type !== "attempt_succeeded") return;
      own.remainingRequests = event.remainingRequests;
      own.remainingTokens = event.remainingTokens;
    },
  });
}

function identity({ deployment, group, host, apiKeyFrom, operation }: PlannedCall) {
  const { id, provider, model } = deployment;
  return { group, id, provider, model, host, apiKeyFrom, operation };
}

/** Fields that the deployment is known to refuse, out of those that clients often set. */
function refusedFields(
  { operation, deployment: { model, provider: name } }: PlannedCall,
  deployment: Deployment | undefined,
  providers: readonly Provider[],
): readonly string[] {
  const provider = providers.find((one) => one.name === name);
  const fields = commonFields[operation];
  if (deployment === undefined || fields === undefined) return [];
  return provider?.unsupportedFields?.(operation, { deployment, model, request: { ...fields, model } }) ?? [];
}

/** Omits what is not known. */
function known<Fields extends object>(
  fields: Fields,
): {
  readonly [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
} {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };
}

function failure(thrown: unknown, call: PlannedCall): NonNullable<Finding["error"]> {
  if (!RouterError.isInstance(thrown)) throw thrown;
  const { kind, status, message } = thrown;
  return { kind, status, message, fix: fixFor(kind, call) };
}

async function callOne(
  router: Router,
  name: string,
  call: PlannedCall,
  facts: CallFacts,
  providers: readonly Provider[],
  timeoutMs: number,
): Promise<Finding> {
  if (call.skipped !== undefined || call.request === undefined)
    return { outcome: "skipped", ...identity(call), ...known({ reason: call.skipped }) };
  const options = { timeoutMs, deadlineMs: timeoutMs, numRetries: 0, maxAttempts: 1, disableFallbacks: true };
  try {
    const { trail } = await router.execute(call.operation, { ...call.request, model: name }, options);
    const [attempt] = trail.attempts;
    const { remainingRequests, remainingTokens, durationMs } = facts;
    return {
      outcome: "ok",
      ...identity(call),
      ...known({
        latencyMs: durationMs,
        remainingRequests,
        remainingTokens,
        costUsd: trail.costUsd,
        wire: attempt?.wire ?? call.deployment.wires[call.operation],
      }),
      refusedFields: refusedFields(call, facts.deployment, providers),
      droppedFields: trail.droppedParams,
    };
  } catch (thrown) {
    return {
      outcome: "failed",
      ...identity(call),
      ...known({ latencyMs: facts.durationMs }),
      error: failure(thrown, call),
    };
  }
}

/**
 * Calls every planned deployment once, through the same providers and settings as when serving, but without retries,
 * fallbacks, callbacks and shared state.
 */
export async function callDeployments(
  { config, providers }: YamlRouter,
  calls: readonly PlannedCall[],
  options: CallingOptions,
): Promise<readonly Finding[]> {
  const facts = new Map<string, CallFacts>(calls.map((_, index) => [nameOf(index), {}]));
  const router = createRouter({
    ...configFor(config.router, calls),
    providers,
    catalog: await priceCatalog(),
    callbacks: [recorder(facts)],
    logger: silentLogger,
  });
  const findings: Finding[] = [];
  let next = 0;
  let done = 0;
  const running = new Set<PlannedCall>();
  const work = async (): Promise<void> => {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index] as PlannedCall;
      running.add(call);
      options.onProgress(done, [...running]);
      findings[index] = await callOne(
        router,
        nameOf(index),
        call,
        facts.get(nameOf(index)) ?? {},
        providers,
        options.timeoutMs,
      );
      done += 1;
      running.delete(call);
      options.onProgress(done, [...running]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, calls.length) }, work));
  await router.close();
  return findings;
}
