import type { SimulatedRequest } from "../workload/simulated-request.js";
import { Digest } from "../loop/digest.js";
import { type Distribution, distribution, quantile } from "./quantiles.js";
import { TimelineRecorder } from "./timeline.js";

/** What callers want of an answer that counts as good. */
export interface Goal {
  /** @defaultValue 2_000 */
  readonly firstTokenMs?: number;
  /** @defaultValue 80 */
  readonly tokenMs?: number;
}

/** The requests that are measured, by their arrival. The others are only load. In milliseconds since the start. */
export interface MeasuredTime {
  /** @defaultValue 0 */
  readonly fromMs?: number;
  /** @defaultValue `Infinity` */
  readonly toMs?: number;
}

/** How the callers of a simulation fared. */
export interface CallerFigures {
  readonly requests: number;
  /** The share of requests with a whole answer. */
  readonly success: number;
  /** The share of requests with a whole answer that was as fast as callers want. */
  readonly goodput: number;
  /**
   * The time to the first token, for plain calls to the answer. Waits and failed attempts are included. A request without
   * a first token counts with the patience of its caller.
   */
  readonly firstTokenMs: Distribution;
  /** The time to the end. A request without a whole answer counts with the patience of its caller. */
  readonly latencyMs: Distribution;
  /** How many requests failed, by the kind of error. */
  readonly failures: Readonly<Record<string, number>>;
  /** By the requests' `tenant`. Empty: they have none. */
  readonly tenants: Readonly<Record<string, TenantFigures>>;
}

/** How one tenant fared. */
export interface TenantFigures {
  readonly requests: number;
  /** The share of its requests with a whole answer. */
  readonly success: number;
  /** The tokens of its requests with a whole answer. */
  readonly tokens: number;
}

const millisecond = 1_000;

/** Records what callers see. Times are microseconds. */
export class CallerRecorder {
  readonly digest = new Digest();
  readonly timeline = new TimelineRecorder();
  readonly #firsts: number[] = [];
  readonly #latencies: number[] = [];
  readonly #failures = new Map<string, number>();
  readonly #tenants = new Map<string, { requests: number; answered: number; tokens: number }>();
  readonly #from: number;
  readonly #to: number;
  readonly #patience: number;
  readonly #firstGoal: number;
  readonly #tokenGoal: number;
  #over = 0;
  #answered = 0;
  #good = 0;

  constructor(options: { readonly patienceMs: number; readonly measured?: MeasuredTime; readonly goal?: Goal }) {
    const { patienceMs, measured, goal } = options;
    this.#patience = patienceMs;
    this.#from = (measured?.fromMs ?? 0) * millisecond;
    this.#to = (measured?.toMs ?? Number.POSITIVE_INFINITY) * millisecond;
    this.#firstGoal = goal?.firstTokenMs ?? 2_000;
    this.#tokenGoal = goal?.tokenMs ?? 80;
  }

  /** How many requests have ended. */
  get over(): number {
    return this.#over;
  }

  answered(
    index: number,
    times: { readonly arrival: number; readonly first: number; readonly end: number },
    request: SimulatedRequest,
  ): void {
    this.#over += 1;
    this.digest.add(index);
    this.digest.add(times.first);
    this.digest.add(times.end);
    const first = (times.first - times.arrival) / millisecond;
    this.timeline.ended(times.arrival / millisecond, first, false);
    if (!this.#isMeasured(times.arrival)) return;
    const latency = (times.end - times.arrival) / millisecond;
    this.#firsts.push(first);
    this.#latencies.push(latency);
    this.#answered += 1;
    const perToken = (latency - first) / Math.max(1, request.outputTokens);
    if (first <= this.#firstGoal && perToken <= this.#tokenGoal) this.#good += 1;
    this.#count(request, true);
  }

  failed(
    index: number,
    times: { readonly arrival: number; readonly first: number | undefined; readonly end: number },
    kind: string,
    request: SimulatedRequest,
  ): void {
    this.#over += 1;
    this.digest.add(index);
    this.digest.add(times.end);
    this.digest.addText(kind);
    const first = times.first === undefined ? this.#patience : (times.first - times.arrival) / millisecond;
    this.timeline.ended(times.arrival / millisecond, first, true);
    if (!this.#isMeasured(times.arrival)) return;
    this.#firsts.push(first);
    this.#latencies.push(this.#patience);
    this.#failures.set(kind, (this.#failures.get(kind) ?? 0) + 1);
    this.#count(request, false);
  }

  figures(): CallerFigures {
    const requests = this.#firsts.length;
    return {
      requests,
      success: requests === 0 ? 1 : this.#answered / requests,
      goodput: requests === 0 ? 1 : this.#good / requests,
      firstTokenMs: distribution(this.#firsts),
      latencyMs: distribution(this.#latencies),
      failures: Object.fromEntries([...this.#failures].toSorted(([left], [right]) => (left < right ? -1 : 1))),
      tenants: Object.fromEntries(
        [...this.#tenants].map(([name, own]) => [
          name,
          { requests: own.requests, success: own.answered / own.requests, tokens: own.tokens },
        ]),
      ),
    };
  }

  #count({ tenant, inputTokens, outputTokens }: SimulatedRequest, isAnswered: boolean): void {
    if (tenant === undefined) return;
    const own = this.#tenants.get(tenant) ?? { requests: 0, answered: 0, tokens: 0 };
    this.#tenants.set(tenant, own);
    own.requests += 1;
    if (!isAnswered) return;
    own.answered += 1;
    own.tokens += inputTokens + outputTokens;
  }

  #isMeasured(arrival: number): boolean {
    return arrival >= this.#from && arrival < this.#to;
  }
}

/** How calls were spread over the deployments. */
export interface SpreadFigures {
  /** The largest share of all calls that one deployment got. */
  readonly largest: number;
  /** The largest share of one deployment within ten seconds, in the median of all ten seconds with at least 30 calls. */
  readonly windowP50: number;
  readonly windowP95: number;
}

const window = 10_000_000;
const leastCalls = 30;

/** Records which deployment gets how many calls. */
export class SpreadRecorder {
  readonly #calls = new Map<string, number>();
  readonly #inWindow = new Map<string, number>();
  readonly #largest: number[] = [];
  #window = 0;

  sent(id: string, time: number): void {
    const current = Math.floor(time / window);
    if (current !== this.#window) this.#close();
    this.#window = current;
    this.#inWindow.set(id, (this.#inWindow.get(id) ?? 0) + 1);
    this.#calls.set(id, (this.#calls.get(id) ?? 0) + 1);
  }

  figures(): SpreadFigures {
    this.#close();
    const sorted = this.#largest.toSorted((left, right) => left - right);
    return { largest: largestShare(this.#calls), windowP50: quantile(sorted, 0.5), windowP95: quantile(sorted, 0.95) };
  }

  #close(): void {
    let calls = 0;
    for (const count of this.#inWindow.values()) calls += count;
    if (calls >= leastCalls) this.#largest.push(largestShare(this.#inWindow));
    this.#inWindow.clear();
  }
}

function largestShare(calls: ReadonlyMap<string, number>): number {
  let all = 0;
  let most = 0;
  for (const count of calls.values()) {
    all += count;
    most = Math.max(most, count);
  }
  return all === 0 ? 0 : most / all;
}
