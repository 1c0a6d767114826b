import type { RateLimitReport } from "@modelyard/core/kit";
import type { EventLoop } from "../loop/event-loop.js";
import type { SimulatedRequest } from "../workload/simulated-request.js";
import type { VendorLimits } from "./deployment-model.js";
import { limitReport, retryAfter } from "./limit-headers.js";
import { type LimitMeter, limitMeter } from "./vendor-limits.js";

/** What a call used, as the vendor counts it. */
export interface VendorUsage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

/** The limits of a deployment, and what is left of them. */
export class VendorAccount {
  readonly #loop: EventLoop;
  readonly #limits: VendorLimits;
  readonly #requests: LimitMeter | undefined;
  readonly #tokens: LimitMeter | undefined;

  constructor(loop: EventLoop, limits: VendorLimits) {
    this.#loop = loop;
    this.#limits = limits;
    this.#requests = limits.requests === undefined ? undefined : limitMeter(limits.requests);
    this.#tokens = limits.tokens === undefined ? undefined : limitMeter(limits.tokens);
  }

  /** The wait until the limits admit a request, 0 for now. In microseconds. */
  wait(request: SimulatedRequest, cachedTokens: number): number {
    const now = this.#loop.time;
    const amount = this.#amount(request, cachedTokens);
    return Math.max(this.#requests?.wait(1, now) ?? 0, this.#tokens?.wait(amount, now) ?? 0);
  }

  /** @returns the charged tokens, for {@link VendorAccount.settle} */
  charge(request: SimulatedRequest, cachedTokens: number): number {
    const now = this.#loop.time;
    const amount = this.#amount(request, cachedTokens);
    this.#requests?.take(1, now);
    this.#tokens?.take(amount, now);
    return amount;
  }

  /** Corrects what was charged, once it is known what was used. */
  settle(charged: number, { inputTokens, cachedTokens, outputTokens }: VendorUsage): void {
    const { charge = "most", countsCached = true } = this.#limits;
    if (charge === "most") return;
    const used = inputTokens - (countsCached ? 0 : cachedTokens) + outputTokens;
    this.#tokens?.giveBack(charged - used, this.#loop.time);
  }

  /** What the headers of an answer say. */
  report(): RateLimitReport | undefined {
    const state = { requests: this.#requests, tokens: this.#tokens, now: this.#loop.time, date: this.#loop.now() };
    return limitReport(this.#limits.headers ?? "openai", state);
  }

  /** What a refusal says about a wait, in milliseconds. */
  retryAfterMs(wait: number): number | undefined {
    return retryAfter(this.#limits.headers ?? "openai", wait / 1_000);
  }

  #amount(request: SimulatedRequest, cachedTokens: number): number {
    const { charge, countsCached = true } = this.#limits;
    const prompt = request.inputTokens - (countsCached ? 0 : cachedTokens);
    return charge === "used" ? prompt : prompt + (request.maxTokens ?? 0);
  }
}
