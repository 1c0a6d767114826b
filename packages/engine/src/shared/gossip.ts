import type { Logger, Strategy } from "@modelyard/core";
import { boundedCount, isJsonObject, wentBack } from "@modelyard/core/kit";

const minuteMs = 60_000;
/** How long a silent process is remembered, in milliseconds. */
const silentMs = 2 * minuteMs;
/** Most processes that are remembered. Those that reported longest ago are forgotten first. */
const mostProcesses = 1_000;

/** Requests and tokens. */
type Usage = readonly [requests: number, tokens: number];

/** What processes report to each other about a deployment. */
export interface SharedDeployment {
  readonly deployment: { readonly id: string };
  readonly limits: { requestsUsed(now: number): number; tokensUsed(now: number): number };
  /** What other processes admitted in this minute, as far as they reported it. */
  requestsElsewhere: number;
  tokensElsewhere: number;
  /** End of the minute that both belong to. */
  elsewhereUntil: number;
}

/** What is reported to other processes, and what receives their reports. */
export interface GossipParts {
  readonly runtimes: readonly SharedDeployment[];
  readonly strategies: ReadonlySet<Strategy>;
}

interface Heard {
  readonly at: number;
  readonly minute: number;
  readonly usage: ReadonlyMap<string, Usage>;
}

/**
 * What routers of other processes need for their picks: how much this one used in this minute, and what its strategies
 * learned. Usage is reported as a total, so a lost message does no harm.
 */
export class Gossip {
  readonly #id: string;
  readonly #parts: () => GossipParts;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #heard = new Map<string, Heard>();

  /** @param id - of this router among all */
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

  /** @returns `undefined` if there is nothing to report */
  tell(): string | undefined {
    const now = this.#now();
    const { runtimes, strategies } = this.#parts();
    const usage: Record<string, Usage> = {};
    for (const { deployment, limits } of runtimes) {
      const used: Usage = [limits.requestsUsed(now), limits.tokensUsed(now)];
      if (used[0] > 0 || used[1] > 0) usage[deployment.id] = used;
    }
    const learned: [name: string, data: unknown][] = [];
    for (const strategy of strategies) {
      const data = this.#guard(strategy.name, () => strategy.learned?.());
      if (data !== undefined) learned.push([strategy.name, data]);
    }
    if (learned.length === 0 && Object.keys(usage).length === 0) return undefined;
    return JSON.stringify({ from: this.#id, minute: Math.floor(now / minuteMs), usage, learned });
  }

  hear(told: string): void {
    const message = parse(told);
    if (message === undefined || message["from"] === this.#id) return;
    const { from, minute, usage, learned } = message;
    if (typeof from === "string" && typeof minute === "number" && isJsonObject(usage)) {
      const known = Object.entries(usage).filter((entry): entry is [string, Usage] => isUsage(entry[1]));
      this.#heard.delete(from);
      this.#heard.set(from, { at: this.#now(), minute, usage: new Map(known) });
      this.#count();
    }
    if (Array.isArray(learned)) this.#learn(learned);
  }

  #learn(learned: readonly unknown[]): void {
    for (const entry of learned) {
      if (!Array.isArray(entry)) continue;
      const [name, data] = entry as readonly unknown[];
      for (const strategy of this.#parts().strategies) {
        if (strategy.name === name) this.#guard(strategy.name, () => strategy.hear?.(data));
      }
    }
  }

  #guard(strategy: string, act: () => unknown): unknown {
    try {
      return act();
    } catch (cause) {
      this.#logger.warn({ strategy, error: String(cause) }, "the strategy threw while sharing what it learned");
      return undefined;
    }
  }

  /** Adds up what all others used in this minute. */
  #count(): void {
    const now = this.#now();
    const minute = Math.floor(now / minuteMs);
    for (const [from, { at }] of this.#heard) {
      if (now - at < silentMs && !wentBack(at, now) && this.#heard.size <= mostProcesses) break;
      this.#heard.delete(from);
    }
    for (const runtime of this.#parts().runtimes) {
      runtime.requestsElsewhere = 0;
      runtime.tokensElsewhere = 0;
      runtime.elsewhereUntil = (minute + 1) * minuteMs;
      for (const heard of this.#heard.values()) {
        const used = heard.minute === minute ? heard.usage.get(runtime.deployment.id) : undefined;
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
