import { type DeploymentInfo, type Provider, RouterError, silentLogger } from "@modelyard/core";
import { Cancellation } from "@modelyard/core/kit";
import { memoryState } from "@modelyard/cache-memory";
import { createRouter, type Router } from "@modelyard/router";
import { randomFor } from "../loop/chance.js";
import { EventLoop } from "../loop/event-loop.js";
import type { DeploymentModel } from "../vendor/deployment-model.js";
import { type DeploymentCounts, ModeledDeployment } from "../vendor/modeled-deployment.js";
import type { VendorCall } from "../vendor/mishaps.js";
import { modeledProvider } from "../vendor/modeled-provider.js";
import { requestBody } from "../workload/request-body.js";
import type { SimulatedRequest, Workload } from "../workload/simulated-request.js";
import { checkNames, longestGap, modelOf, providerNames, type SimulatedRouterOptions } from "./router-options.js";
import { RemoteStore, type SharedStateModel } from "./remote-state.js";
import {
  type CallerFigures,
  CallerRecorder,
  type Goal,
  type MeasuredTime,
  type SpreadFigures,
  SpreadRecorder,
} from "./recorder.js";
import type { TimelineStep } from "./timeline.js";

export interface SimulationOptions {
  /**
   * Returns the options of a router. Called once for each process, because strategies and cooldown policies hold what
   * their process has learned.
   */
  readonly router: (process: number) => SimulatedRouterOptions;
  readonly workload: Workload;
  /**
   * Providers that know the names of models. They are not called: the models of deployments answer in their place.
   * @defaultValue the names before the slash in the `model` of each deployment, or `openai`
   */
  readonly providers?: readonly Provider[];
  /**
   * What the deployments are like, by their `id`, by the vendor's model, or `*` for all others.
   * @defaultValue self-hosted engines without faults
   */
  readonly deployments?: Readonly<Record<string, DeploymentModel>>;
  /** The same seed gives the same result, to the last bit. @defaultValue 1 */
  readonly seed?: number;
  /** How many processes with a router of their own share the requests. @defaultValue 1 */
  readonly processes?: number;
  /** How the processes share limits and cooldowns. @defaultValue they share nothing */
  readonly sharedState?: SharedStateModel;
  /** After this time a caller gives up. @defaultValue 120_000 */
  readonly patienceMs?: number;
  readonly goal?: Goal;
  readonly measured?: MeasuredTime;
  /** Called after every thousandth request. */
  readonly onProgress?: (requests: number) => void;
}

/** What one deployment did. */
export interface DeploymentFigures extends DeploymentCounts {
  /** In US dollars, at the configured prices. `undefined`: a price is unknown. */
  readonly costUsd: number | undefined;
}

/** The result of a simulation. */
export interface SimulationResult extends CallerFigures {
  /** Calls to deployments per request. */
  readonly attempts: number;
  /** Answers with status 429 per 100 requests. */
  readonly rateLimited: number;
  /** In US dollars. `undefined`: a price is unknown. */
  readonly costUsd: number | undefined;
  /** The share of prompt tokens that was read from a prompt cache. */
  readonly cachedShare: number;
  /** The share of all tokens that was processed for calls that did not end. */
  readonly wastedShare: number;
  readonly spread: SpreadFigures;
  /** Operations of shared state per request. */
  readonly sharedOperations: number;
  readonly deployments: Readonly<Record<string, DeploymentFigures>>;
  /** What happened when, in at most 80 steps of the same length. Unlike the other figures, it is not confined to `measured`. */
  readonly timeline: readonly TimelineStep[];
  /** Two runs with the same digest did the same thing at the same time. */
  readonly digest: string;
  /** The virtual time that passed, in milliseconds. */
  readonly durationMs: number;
  /** How many events happened. */
  readonly events: number;
}

const microseconds = 1_000;
const progressSteps = 1_000;

/**
 * Runs a router, with everything that belongs to it, against modeled deployments on a virtual clock.
 * @throws `invalid_option` for options that the router refuses, and for models of deployments that it does not have
 */
export function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #loop = new EventLoop();
  readonly #routers: Router[] = [];
  readonly #infos: readonly DeploymentInfo[];
  readonly #deployments = new Map<string, ModeledDeployment>();
  readonly #callers: CallerRecorder;
  readonly #spread = new SpreadRecorder();
  readonly #calls = new WeakMap<
    object,
    { readonly index: number; readonly request: SimulatedRequest; attempts: number }
  >();
  readonly #store: RemoteStore | undefined;
  readonly #model: string;
  readonly #patienceMs: number;
  #arrived = 0;
  #isComplete = false;
  #fault: Error | undefined;

  constructor(options: SimulationOptions) {
    const { seed = 1, processes = 1, patienceMs = 120_000, measured, goal } = options;
    this.#options = options;
    this.#patienceMs = patienceMs;
    this.#callers = new CallerRecorder({
      patienceMs,
      ...(measured === undefined ? {} : { measured }),
      ...(goal === undefined ? {} : { goal }),
    });
    this.#store =
      options.sharedState === undefined
        ? undefined
        : new RemoteStore({
            loop: this.#loop,
            store: memoryState(),
            model: options.sharedState,
            random: randomFor(seed, "shared state"),
            processes,
          });
    for (let process = 0; process < processes; process += 1) this.#routers.push(this.#createRouter(process, seed));
    this.#infos = this.#routers[0]?.deployments() ?? [];
    this.#model = this.#infos[0]?.group ?? "";
    checkNames(options.deployments ?? {}, this.#infos);
    for (const info of this.#infos) {
      const model = modelOf(options.deployments ?? {}, info);
      this.#deployments.set(info.id, new ModeledDeployment(this.#loop, model, seed));
    }
  }

  async run(): Promise<SimulationResult> {
    this.#awaitNext(this.#options.workload[Symbol.iterator]());
    await this.#loop.run(() => {
      if (this.#fault !== undefined) throw this.#fault;
      return this.#isComplete && this.#callers.over === this.#arrived;
    });
    return this.#result();
  }

  #createRouter(process: number, seed: number): Router {
    const options = this.#options.router(process);
    const loop = this.#loop;
    const known = new Map(this.#options.providers?.map((provider) => [provider.name, provider]));
    const names = known.size > 0 ? known.keys() : providerNames(options);
    const providers = [...names].map((name) =>
      modeledProvider({
        identity: known.get(name),
        name,
        loop,
        deployment: (id) => this.#deployment(id),
        callOf: (messages, id) => this.#callOf(messages, id),
        longestGapMs: longestGap(options),
      }),
    );
    const random = randomFor(seed, `router ${String(process)}`);
    const shared = this.#store === undefined ? {} : { sharedState: this.#store.connect() };
    return createRouter({ ...options, ...shared, providers, clock: loop, random, logger: silentLogger });
  }

  #deployment(id: string): ModeledDeployment {
    const found = this.#deployments.get(id);
    if (found === undefined) throw new Error(`The simulation has no deployment "${id}".`);
    return found;
  }

  #callOf(messages: unknown, deploymentId: string): VendorCall {
    const call = typeof messages === "object" && messages !== null ? this.#calls.get(messages) : undefined;
    if (call === undefined) throw new Error("The simulation got a request that it did not send.");
    this.#spread.sent(deploymentId, this.#loop.time);
    this.#callers.timeline.called(deploymentId, this.#loop.time / microseconds);
    const { index, request, attempts: attempt } = call;
    call.attempts += 1;
    return { index, attempt, request };
  }

  #awaitNext(requests: Iterator<SimulatedRequest>): void {
    const next = requests.next();
    if (next.done === true) {
      this.#isComplete = true;
      return;
    }
    const request = next.value;
    this.#loop.planSettling(request.atMs * microseconds - this.#loop.time, () => {
      this.#awaitNext(requests);
      const index = this.#arrived;
      this.#arrived += 1;
      if (this.#arrived % progressSteps === 0) this.#options.onProgress?.(this.#arrived);
      this.#serve(index, request).catch((thrown: unknown) => {
        this.#fault ??= thrown instanceof Error ? thrown : new Error(String(thrown));
      });
    });
  }

  /** Makes one request, as its caller would. */
  async #serve(index: number, request: SimulatedRequest): Promise<void> {
    const loop = this.#loop;
    const arrival = loop.time;
    const body = requestBody(request, request.model ?? this.#model);
    this.#calls.set(body.messages, { index, request, attempts: 0 });
    const router = this.#routers[index % this.#routers.length] as Router;
    const cancellation = new Cancellation();
    const timer = loop.setTimer(() => {
      cancellation.cancel(new Error("The caller gave up."));
    }, this.#patienceMs);
    let first: number | undefined;
    try {
      const outcome = await router.execute("chat", body, { cancellation });
      first = loop.time;
      if (outcome.kind === "stream") await readAll(outcome.parts);
      this.#callers.answered(index, { arrival, first, end: loop.time }, request);
    } catch (thrown) {
      if (!RouterError.isInstance(thrown)) throw thrown;
      this.#callers.failed(index, { arrival, first, end: loop.time }, thrown.kind, request);
    } finally {
      loop.clearTimer(timer);
    }
  }

  #result(): SimulationResult {
    const deployments = Object.fromEntries(
      this.#infos.map((info) => {
        const { counts } = this.#deployment(info.id);
        return [info.id, { ...counts, costUsd: costOf(info, counts) }] as const;
      }),
    );
    const sum = (read: (figures: DeploymentFigures) => number | undefined): number =>
      Object.values(deployments).reduce((total, figures) => total + (read(figures) ?? Number.NaN), 0);
    const inputTokens = sum((figures) => figures.inputTokens);
    const costUsd = sum((figures) => figures.costUsd);
    const requests = Math.max(1, this.#arrived);
    return {
      ...this.#callers.figures(),
      attempts: sum((figures) => figures.calls) / requests,
      rateLimited: (100 * sum((figures) => figures.rateLimited)) / requests,
      costUsd: Number.isNaN(costUsd) ? undefined : costUsd,
      cachedShare: shareOf(
        sum((figures) => figures.cachedTokens),
        inputTokens,
      ),
      wastedShare: shareOf(
        sum((figures) => figures.wastedTokens),
        inputTokens + sum((figures) => figures.outputTokens),
      ),
      spread: this.#spread.figures(),
      sharedOperations: (this.#store?.operations ?? 0) / requests,
      deployments,
      timeline: this.#callers.timeline.steps(),
      digest: this.#callers.digest.value,
      durationMs: this.#loop.time / microseconds,
      events: this.#loop.happened,
    };
  }
}

async function readAll(parts: AsyncIterable<unknown>): Promise<void> {
  const iterator = parts[Symbol.asyncIterator]();
  for (;;) {
    const { done } = await iterator.next();
    if (done === true) return;
  }
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function costOf({ prices }: DeploymentInfo, counts: DeploymentCounts): number | undefined {
  const { inputCostPerToken: input, outputCostPerToken: output, cachedInputCostPerToken: cached = input } = prices;
  if (input === undefined || output === undefined) return undefined;
  const fresh = counts.inputTokens - counts.cachedTokens;
  return fresh * input + counts.cachedTokens * (cached ?? input) + counts.outputTokens * output;
}
