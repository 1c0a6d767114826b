import type { Logger, Strategy } from "@modelyard/core";
import { boundedCount, isJsonObject, wentBack } from "@modelyard/core/kit";

const minuteMs = 60_000;
/** Time after which a process that has not sent anything is forgotten, in milliseconds. */
const silentMs = 2 * minuteMs;
/** Limit for remembered processes. Those with the oldest messages are forgotten first. */
const mostProcesses = 1_000;

/** Requests and tokens. */
type Usage = readonly [requests: number, tokens: number];

/** The parts of a deployment that processes exchange. */
export interface SharedDeployment {
  readonly deployment: { readonly id: string };
  readonly limits: { requestsUsed(now: number): number; tokensUsed(now: number): number };
  /** The requests that other processes reported for the current minute. */
  requestsElsewhere: number;
  tokensElsewhere: number;
  /** The end of the minute that these two numbers are for. */
  elsewhereUntil: number;
}

/** The deployments and strategies that exchange messages. */
export interface GossipParts {
  readonly runtimes: readonly SharedDeployment[];
  readonly strategies: ReadonlySet<Strategy>;
  /** Where sessions are, if they are kept at their deployments. */
  readonly affinity?: Learner | undefined;
}

/** Something that learns, and shares what it has learned. */
interface Learner {
  readonly name: string;
  delta?(now: number): unknown;
  merge?(delta: unknown, now: number): void;
}

/** The last message of another process. */
interface PeerUsage {
  readonly at: number;
  readonly minute: number;
  readonly usage: ReadonlyMap<string, Usage>;
}

/**
 * Exchanges with the routers of other processes what they need for their picks: the usage of the current minute, and
 * data of strategies. A message contains total usage, so that a lost message does no harm.
 */
export class Gossip {
  readonly #id: string;
  readonly #parts: () => GossipParts;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #peers = new Map<string, PeerUsage>();

  /** @param id - identifies this router among all processes */
  constructor(
    id: string,
    parts: () => GossipParts,
    { now, logger }: { readonly now: () => number; readonly logger: Logger },
  ) {
    this.#id = id;
    this.#parts = parts;
    this.#now = now;
    this.#logger = logger;
  }

  /** @returns the message for other processes, or `undefined` if there is nothing to send */
  message(): string | undefined {
    const now = this.#now();
    const { runtimes } = this.#parts();
    const usage: Record<string, Usage> = {};
    for (const { deployment, limits } of runtimes) {
      const used: Usage = [limits.requestsUsed(now), limits.tokensUsed(now)];
      if (used[0] > 0 || used[1] > 0) usage[deployment.id] = used;
    }
    const learned: [name: string, data: unknown][] = [];
    for (const strategy of this.#learners()) {
      const data = this.#guard(strategy.name, () => strategy.delta?.(now));
      if (data !== undefined) learned.push([strategy.name, data]);
    }
    if (learned.length === 0 && Object.keys(usage).length === 0) return undefined;
    return JSON.stringify({ from: this.#id, minute: Math.floor(now / minuteMs), usage, learned });
  }

  /** Handles a message of another process. */
  receive(text: string): void {
    const message = parse(text);
    if (message === undefined || message["from"] === this.#id) return;
    const { from, minute, usage, learned } = message;
    if (typeof from === "string" && typeof minute === "number" && isJsonObject(usage)) {
      const known = Object.entries(usage).filter((entry): entry is [string, Usage] => isUsage(entry[1]));
      this.#peers.delete(from);
      this.#peers.set(from, { at: this.#now(), minute, usage: new Map(known) });
      this.#count();
    }
    if (Array.isArray(learned)) this.#learn(learned);
  }

  #learn(learned: readonly unknown[]): void {
    for (const entry of learned) {
      if (!Array.isArray(entry)) continue;
      const [name, data] = entry as readonly unknown[];
      for (const strategy of this.#learners()) {
        if (strategy.name === name) this.#guard(strategy.name, () => strategy.merge?.(data, this.#now()));
      }
    }
  }

  #learners(): readonly Learner[] {
    const { strategies, affinity } = this.#parts();
    return affinity === undefined ? [...strategies] : [...strategies, affinity];
  }

  #guard(strategy: string, act: () => unknown): unknown {
    try {
      return act();
    } catch (cause) {
      this.#logger.warn(
        { strategy, error: String(cause) },
        "the strategy threw while exchanging data with other processes",
      );
      return undefined;
    }
  }

  /** Adds up the usage of all other processes in the current minute. */
  #count(): void {
    const now = this.#now();
    const minute = Math.floor(now / minuteMs);
    for (const [from, { at }] of this.#peers) {
      if (now - at < silentMs && !wentBack(at, now) && this.#peers.size <= mostProcesses) break;
      this.#peers.delete(from);
    }
    for (const runtime of this.#parts().runtimes) {
      runtime.requestsElsewhere = 0;
      runtime.tokensElsewhere = 0;
      runtime.elsewhereUntil = (minute + 1) * minuteMs;
      for (const peer of this.#peers.values()) {
        const used = peer.minute === minute ? peer.usage.get(runtime.deployment.id) : undefined;
        if (used === undefined) continue;
        runtime.requestsElsewhere += used[0];
        runtime.tokensElsewhere += used[1];
      }
    }
  }
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isUsage(value: unknown): value is Usage {
  return Array.isArray(value) && value.length === 2 && value.every((part) => boundedCount(part) !== undefined);
}
