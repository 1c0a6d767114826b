import { normal, randomFor } from "../loop/chance.js";
import type { PrefixBlock } from "../vendor/prompt-cache.js";
import { type Arrivals, burstyArrivals, changingRate, steadyArrivals } from "./arrivals.js";
import { lengthTables, type QuantileTable, valueAt } from "./lengths.js";
import type { SimulatedRequest, Workload } from "./simulated-request.js";

export interface WorkloadOptions {
  /** The number of requests. */
  readonly requests: number;
  /** Requests per second, on average. */
  readonly perSecond: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /**
   * Whose lengths the prompts and answers have. `conversations` and `code`: as in Azure's traces. `long`: as in Mooncake's
   * trace of conversations. @defaultValue `conversations`, for bursts `code`
   */
  readonly lengths?: "code" | "conversations" | "long";
  /** The limit for the answer that each request states. @defaultValue none */
  readonly maxTokens?: number;
  /** The model group. @defaultValue the first one */
  readonly model?: string;
  /** Whether the requests stream. @defaultValue true */
  readonly stream?: boolean;
}

const tables: Readonly<Record<"code" | "conversations" | "long", readonly [QuantileTable, QuantileTable]>> = {
  conversations: [lengthTables.conversationIn, lengthTables.conversationOut],
  code: [lengthTables.codeIn, lengthTables.codeOut],
  long: [lengthTables.longIn, lengthTables.longOut],
};

/** Requests of their own, without anything in common. Lengths of prompts and answers do not depend on each other. */
function independent(options: WorkloadOptions, arrivals: (random: ReturnType<typeof randomFor>) => Arrivals): Workload {
  const { requests, seed = 1, lengths = "conversations", maxTokens, model, stream } = options;
  const [prompts, answers] = tables[lengths];
  return {
    *[Symbol.iterator](): Generator<SimulatedRequest, undefined> {
      const intervals = arrivals(randomFor(seed, "arrivals"));
      const random = randomFor(seed, "lengths");
      let atMs = 0;
      for (let index = 0; index < requests; index += 1) {
        atMs += intervals.next().value;
        const inputTokens = valueAt(prompts, random.next());
        const outputTokens = Math.min(maxTokens ?? Number.POSITIVE_INFINITY, valueAt(answers, random.next()));
        yield { atMs, inputTokens, outputTokens, maxTokens, model, stream };
      }
      return undefined;
    },
  };
}

/** Steady traffic, whose rate drifts by a fifth from minute to minute, as in Azure's trace of conversations. */
export function steadyWorkload(options: WorkloadOptions): Workload {
  return independent(options, (random) => steadyArrivals(random, options.perSecond, 0.21));
}

/** Bursts: eight times the mean rate for some seconds, then nothing for about a minute, as in Azure's trace of code. */
export function burstyWorkload(options: WorkloadOptions): Workload {
  return independent({ lengths: "code", ...options }, (random) => burstyArrivals(random, options.perSecond));
}

const dayMs = 86_400_000;

/** Days and nights: at noon the rate is `1 + swing` times its mean, and at midnight `1 - swing` times. */
export function diurnalWorkload(
  options: WorkloadOptions & {
    /** @defaultValue 0.6 */ readonly swing?: number;
    /** The length of a day. @defaultValue 86_400_000 */ readonly dayMs?: number;
  },
): Workload {
  const { perSecond, swing = 0.6, dayMs: length = dayMs } = options;
  const rate = (atMs: number): number => perSecond * (1 - swing * Math.cos((2 * Math.PI * atMs) / length));
  return independent(options, (random) => changingRate(random, rate, perSecond * (1 + swing)));
}

export interface SessionsOptions {
  /** The number of sessions. */
  readonly sessions: number;
  /** New sessions per second, on average. */
  readonly perSecond: number;
  /** @defaultValue 1 */
  readonly seed?: number;
  /** The mean number of requests in a session. @defaultValue 20 */
  readonly turns?: number;
  /** The prompt that all sessions begin with: tools and instructions. @defaultValue 12_000 */
  readonly sharedTokens?: number;
  /** What each turn adds to the prompt besides the last answer, on average. @defaultValue 900 */
  readonly turnTokens?: number;
  /** The mean length of an answer. @defaultValue 250 */
  readonly answerTokens?: number;
  /** The median time between two requests of a session. @defaultValue 8_000 */
  readonly pauseMs?: number;
  readonly model?: string;
}

/**
 * Sessions of coding agents: each request repeats the whole conversation and adds to its end, so that almost all of it
 * can come from a prompt cache. All sessions begin with the same tools and instructions.
 */
export function agentSessions(options: SessionsOptions): Workload {
  return {
    *[Symbol.iterator](): Generator<SimulatedRequest, undefined> {
      const { sessions, perSecond, seed = 1 } = options;
      const arrivals = steadyArrivals(randomFor(seed, "arrivals"), perSecond, 0.21);
      const shared: PrefixBlock = { id: "shared", tokens: options.sharedTokens ?? 12_000 };
      const open: Session[] = [];
      let startsAt = arrivals.next().value;
      let started = 0;
      for (;;) {
        const next = earliest(open);
        if (started < sessions && (next === undefined || startsAt <= next.atMs)) {
          open.push(new Session(options, started, startsAt, shared, seed));
          started += 1;
          startsAt += arrivals.next().value;
        } else if (next === undefined) return undefined;
        else {
          yield next.request();
          if (next.turnsLeft === 0) open.splice(open.indexOf(next), 1);
        }
      }
    },
  };
}

function earliest(sessions: readonly Session[]): Session | undefined {
  let first: Session | undefined;
  for (const session of sessions) if (first === undefined || session.atMs < first.atMs) first = session;
  return first;
}

class Session {
  atMs: number;
  turnsLeft: number;
  readonly #random: ReturnType<typeof randomFor>;
  readonly #options: SessionsOptions;
  readonly #name: string;
  #prefix: readonly PrefixBlock[];
  #tokens: number;

  constructor(options: SessionsOptions, index: number, atMs: number, shared: PrefixBlock, seed: number) {
    this.#options = options;
    this.#random = randomFor(seed, `session ${String(index)}`);
    this.#name = `session-${String(index)}`;
    this.atMs = atMs;
    const { turns = 20 } = options;
    // Geometric, so that many sessions are short and some are long.
    this.turnsLeft = 1 + Math.floor(Math.log(1 - this.#random.next()) / Math.log(1 - 1 / Math.max(1.001, turns)));
    this.#prefix = [shared];
    this.#tokens = shared.tokens;
  }

  request(): SimulatedRequest {
    const { turnTokens = 900, answerTokens = 250, pauseMs = 8_000, model } = this.#options;
    const random = this.#random;
    const added = Math.max(16, Math.round(turnTokens * Math.exp(0.8 * normal(random) - 0.32)));
    const outputTokens = Math.max(8, Math.round(answerTokens * Math.exp(0.8 * normal(random) - 0.32)));
    const { atMs } = this;
    this.#add(added);
    const request = {
      atMs,
      inputTokens: this.#tokens + 3,
      outputTokens,
      model,
      prefix: this.#prefix,
      session: this.#name,
    };
    this.#add(outputTokens);
    this.turnsLeft -= 1;
    // The next turn follows the answer, which takes about 25 ms per token.
    this.atMs += outputTokens * 25 + pauseMs * Math.exp(0.7 * normal(random));
    return request;
  }

  #add(tokens: number): void {
    this.#prefix = [
      ...this.#prefix,
      { id: `${this.#name}/${String(this.#prefix.length)}`, tokens: Math.max(5, tokens) },
    ];
    this.#tokens += Math.max(5, tokens);
  }
}
