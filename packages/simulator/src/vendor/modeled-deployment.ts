import type { RateLimitReport } from "@modelyard/core/kit";
import type { EventLoop, Happening } from "../loop/event-loop.js";
import type { SimulatedRequest } from "../workload/simulated-request.js";
import type { DeploymentModel, Slowness } from "./deployment-model.js";
import { BusiestMinute } from "./busiest-minute.js";
import { isSlowness, Mishaps, type VendorCall } from "./mishaps.js";
import { ModelServer, type ServerJob, type ServerTicket } from "./model-server.js";
import { PromptCache } from "./prompt-cache.js";
import { VendorAccount, type VendorUsage } from "./vendor-account.js";

/** Receives what becomes of a call: one failure, or the first token and then the end. Nothing follows a failure. */
export interface VendorListener {
  first(report: RateLimitReport | undefined): void;
  ended(usage: VendorUsage): void;
  failed(status: number, retryAfterMs: number | undefined): void;
}

/** A call in progress. */
export interface VendorExchange {
  /** The answer tokens that have been written. */
  readonly written: number;
  /** Ends it early, because its caller left. */
  leave(): void;
}

/** What a deployment did, as its vendor sees it. */
export interface DeploymentCounts {
  calls: number;
  answered: number;
  failed: number;
  rateLimited: number;
  /** Calls that the caller left before their end. */
  left: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Tokens that were processed for calls that did not end. */
  wastedTokens: number;
  /** The most calls that it admitted within sixty seconds. */
  busiestRequests: number;
  /** The most tokens of calls that it admitted within sixty seconds: prompts, and answers in full. */
  busiestTokens: number;
}

const microseconds = 1_000;

/** A deployment on the virtual clock: its engine, cache, limits and faults. */
export class ModeledDeployment {
  readonly server: ModelServer;
  readonly counts: DeploymentCounts = {
    calls: 0,
    answered: 0,
    failed: 0,
    rateLimited: 0,
    left: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    wastedTokens: 0,
    busiestRequests: 0,
    busiestTokens: 0,
  };
  readonly model: DeploymentModel;
  readonly #loop: EventLoop;
  readonly #cache: PromptCache | undefined;
  readonly #account: VendorAccount | undefined;
  readonly #mishaps: Mishaps;
  readonly #network: number;
  readonly #admittedRequests = new BusiestMinute();
  readonly #admittedTokens = new BusiestMinute();
  /** Requests on their way to it. */
  readonly #coming = new Set<Exchange>();
  #slowness = 1;
  #answerSlowness = 1;

  constructor(loop: EventLoop, model: DeploymentModel, seed: number) {
    const { networkMs = 150, cache, limits, faults = [] } = model;
    this.model = model;
    this.#loop = loop;
    this.server = new ModelServer(loop, model);
    this.#cache = cache === undefined ? undefined : new PromptCache(cache);
    this.#account = limits === undefined ? undefined : new VendorAccount(loop, limits);
    this.#mishaps = new Mishaps(model, seed);
    this.#network = networkMs * microseconds;
    this.#setSpeed();
    for (const fault of faults) if (isSlowness(fault)) this.#planSlowness(fault);
  }

  /** Whether a request that arrives now could fail, hang or stall, or exceeds a limit. */
  refuses(request: SimulatedRequest): boolean {
    return this.#mishaps.mayAffect(this.#loop.time) || this.#waitFor(request) > 0;
  }

  /** The time to the first token of a request, if it was sent now and nothing else followed. In microseconds. */
  timeToFirst(request: SimulatedRequest): number {
    return this.server.timeToFirst(request.inputTokens - this.cachedTokens(request), this.#network, this.#coming);
  }

  /** As `timeToFirst`, to its end. */
  timeToEnd(request: SimulatedRequest): number {
    const tokens = request.inputTokens - this.cachedTokens(request);
    return this.server.timeToEnd(tokens, request.outputTokens, this.#network, this.#coming);
  }

  /** The time to the first token and to the end of a request, on an empty deployment without faults and limits. */
  alone(request: SimulatedRequest): { readonly first: number; readonly end: number } {
    const { speed = 1, promptTokensPerSecond = 4_000, tokenMs = 20, sharedBy = 16 } = this.model;
    const first = this.#network + ((request.inputTokens / promptTokensPerSecond) * 1_000_000) / speed;
    return { first, end: first + (request.outputTokens * tokenMs * microseconds * (1 + 1 / sharedBy)) / speed };
  }

  take(call: VendorCall, listener: VendorListener): VendorExchange {
    this.counts.calls += 1;
    const exchange = new Exchange(this, call, listener);
    this.#coming.add(exchange);
    const arrive = (): void => {
      this.#coming.delete(exchange);
      this.#arrive(exchange);
    };
    const time = this.#mishaps.travelTime(call);
    // An arrival settles a promise only if it can be refused.
    exchange.travelling =
      !this.#mishaps.hasFaults && this.#account === undefined
        ? this.#loop.plan(time, arrive)
        : this.#loop.planSettling(time, arrive);
    return exchange;
  }

  /** Turns a request back that has not arrived. */
  forget(exchange: Exchange): void {
    this.#loop.cancel(exchange.travelling);
    this.#coming.delete(exchange);
  }

  #arrive(exchange: Exchange): void {
    const { call } = exchange;
    const fault = this.#mishaps.faultOf(call, this.#loop.time);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "error") {
      exchange.fail(fault.status, fault.retryAfterMs);
      return;
    }
    const { request } = call;
    const wait = this.#waitFor(request);
    if (wait > 0) {
      this.counts.rateLimited += 1;
      exchange.fail(429, this.#account?.retryAfterMs(wait));
      return;
    }
    exchange.charged = this.#account?.charge(request, this.cachedTokens(request)) ?? 0;
    this.counts.busiestRequests = this.#admittedRequests.add(this.#loop.time, 1);
    this.counts.busiestTokens = this.#admittedTokens.add(this.#loop.time, request.inputTokens + request.outputTokens);
    exchange.stalls = fault?.kind === "stall";
    exchange.ticket = this.server.submit(exchange);
  }

  /** The wait until the limits admit a request, 0 for now. */
  #waitFor(request: SimulatedRequest): number {
    return this.#account?.wait(request, this.cachedTokens(request)) ?? 0;
  }

  /** Corrects what was charged for a call that has ended. */
  settle(charged: number, usage: VendorUsage): void {
    this.#account?.settle(charged, usage);
  }

  report(): RateLimitReport | undefined {
    return this.#account?.report();
  }

  /** The tokens of a prompt that the cache has. At least one token is always processed. */
  cachedTokens({ prefix, inputTokens }: SimulatedRequest): number {
    if (this.#cache === undefined || prefix === undefined) return 0;
    return Math.min(inputTokens - 1, this.#cache.lookUp(prefix, this.#loop.time));
  }

  /** Looks a prompt up and stores it. @returns the cached tokens */
  useCache(request: SimulatedRequest): number {
    const cached = this.cachedTokens(request);
    if (request.prefix !== undefined) this.#cache?.store(request.prefix, this.#loop.time);
    return cached;
  }

  #planSlowness(fault: Slowness): void {
    const change = (atMs: number, factor: number): void => {
      if (atMs === Number.POSITIVE_INFINITY) return;
      this.#loop.plan(atMs * microseconds, () => {
        if (fault.kind === "slow") this.#slowness *= factor;
        else this.#answerSlowness *= factor;
        this.#setSpeed();
      });
    };
    change(fault.fromMs, fault.factor);
    change(fault.toMs, 1 / fault.factor);
  }

  #setSpeed(): void {
    this.server.setSpeed((this.model.speed ?? 1) / this.#slowness, 1 / this.#answerSlowness);
  }
}

/** One call at a deployment, from its arrival to its end. */
class Exchange implements ServerJob, VendorExchange {
  readonly promptTokens: number;
  readonly outputTokens: number;
  travelling: Happening | undefined;
  ticket: ServerTicket | undefined;
  stalls = false;
  charged = 0;
  #cached = 0;
  #started = false;
  #over = false;
  #left = false;

  constructor(
    readonly deployment: ModeledDeployment,
    readonly call: VendorCall,
    readonly listener: VendorListener,
  ) {
    const { request } = call;
    this.promptTokens = request.inputTokens - deployment.cachedTokens(request);
    this.outputTokens = request.outputTokens;
  }

  get written(): number {
    return this.ticket === undefined ? 0 : this.deployment.server.written(this.ticket);
  }

  starts(): number {
    this.#started = true;
    const { request } = this.call;
    this.#cached = this.deployment.useCache(request);
    return request.inputTokens - this.#cached;
  }

  first(): void {
    if (this.stalls && this.ticket !== undefined) this.deployment.server.stop(this.ticket);
    if (!this.#left) this.listener.first(this.deployment.report());
  }

  ends(): void {
    const usage = this.#end(this.outputTokens);
    if (this.#left) return;
    this.deployment.counts.answered += 1;
    this.listener.ended(usage);
  }

  fail(status: number, retryAfterMs: number | undefined): void {
    this.#over = true;
    this.deployment.counts.failed += 1;
    this.listener.failed(status, retryAfterMs);
  }

  /** The caller does not want it any more. */
  leave(): void {
    if (this.#over || this.#left) return;
    const { deployment, ticket } = this;
    this.#left = true;
    deployment.forget(this);
    deployment.counts.left += 1;
    if (ticket === undefined) return;
    if (ticket.phase !== "over" && deployment.model.stops === false) return;
    const written = Math.ceil(this.written);
    if (ticket.phase !== "over") deployment.server.stop(ticket);
    this.#end(written);
  }

  /** Counts and settles what was used. */
  #end(outputTokens: number): VendorUsage {
    const { deployment } = this;
    const { counts } = deployment;
    const usage = { inputTokens: this.call.request.inputTokens, cachedTokens: this.#cached, outputTokens };
    this.#over = true;
    if (this.#started) {
      counts.inputTokens += usage.inputTokens;
      counts.cachedTokens += usage.cachedTokens;
      counts.outputTokens += usage.outputTokens;
      if (this.#left) counts.wastedTokens += usage.inputTokens + usage.outputTokens;
    }
    deployment.settle(this.charged, this.#started ? usage : nothing);
    return usage;
  }
}

const nothing: VendorUsage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
