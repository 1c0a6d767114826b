import type { Cache, JsonObject, Usage } from "@modelyard/core";
import {
  boundedTtl,
  type MaybePromise,
  nextTurn,
  type OperationRow,
  type Outcome,
  type ProviderAnswer,
  type StreamPart,
  wentBack,
} from "@modelyard/core/kit";
import type { NamedTarget } from "../call/named-target.js";
import type { Call } from "../call/call.js";
import type { WholeAnswer } from "../call/store-answer.js";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import { type Entry, type EntryHead, entryText, isCacheable, readEntry } from "./cache-entry.js";
import { normalizeUsage } from "../attempt/usage.js";
import { withTimeout } from "../call/with-timeout.js";

/** How long the cache is skipped after a lookup that took too long, in milliseconds. */
const restMs = 1_000;
/** Interval at which unusable entries are logged, in milliseconds. After an update, all entries may be unusable. */
const quietMs = 60_000;
/** How many characters of entries are parsed in one turn of the event loop, which takes a few milliseconds. */
const charactersPerTurn = 256 * 1024;
/** Limit for answers that are being stored at the same time, in case the cache is slow. */
const mostWrites = 256;

/** An answer to be stored. */
export interface Storing {
  readonly answer: WholeAnswer;
  /** The key under which the cache was searched. */
  readonly key: string;
  /** The key of the same answer for requests that name a different group. */
  readonly keyAs: (asked: NamedTarget) => MaybePromise<string>;
}

/**
 * The response cache of one router. An error of the store counts as a miss. If it hangs, the wait is limited, and
 * occurs at most once a second.
 */
export class AnswerCache {
  readonly #cache: Cache;
  #restUntil = Number.NEGATIVE_INFINITY;
  /** The time before which unusable entries are not logged again. */
  #quietUntil = Number.NEGATIVE_INFINITY;
  #writes = 0;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Whether a call's answer may be read from or written to the cache. Mocked answers are not. */
  concerns(call: Call): boolean {
    const { cache: own, mockFailure, mockResponse } = call.options;
    if (mockFailure !== undefined || mockResponse !== undefined) return false;
    if (!call.snapshot.config.cacheResponses) return false;
    const { mode, operations } = call.snapshot.config.cache;
    if (!(own?.useCache ?? mode !== "default_off")) return false;
    return operations?.includes(call.operation) ?? true;
  }

  /** Looks up answers. For each key, the entry, or `undefined` if there is no usable one. */
  async find(call: Call, keys: readonly string[]): Promise<readonly (Entry | undefined)[]> {
    const texts = call.options.cache?.noCache === true ? [] : await this.#read(call, keys);
    const maxAgeMs = call.options.cache?.maxAgeMs ?? Number.POSITIVE_INFINITY;
    const now = call.tick();
    const runtimeOf = (id: string | undefined): DeploymentRuntime | undefined => runtimeWith(call, id);
    const rules = { row: call.row, stream: call.stream, now, runtimeOf };
    const entries: (Entry | undefined)[] = [];
    let left = charactersPerTurn;
    for (const [index, key] of keys.entries()) {
      const text = texts[index];
      if (left <= 0) {
        await nextTurn();
        left = charactersPerTurn;
      }
      left -= text?.length ?? 0;
      const entry = text === undefined ? undefined : readEntry(text, rules);
      if (text !== undefined && entry === undefined) this.#drop(call, key);
      entries.push(entry !== undefined && now - entry.at <= maxAgeMs ? entry : undefined);
    }
    return entries;
  }

  /** Deletes an unusable entry, which would otherwise be found again until it expires. */
  #drop(call: Call, key: string): void {
    const { clock, logger } = call.services;
    const now = clock.now();
    if (now >= this.#quietUntil || wentBack(this.#quietUntil - quietMs, now)) {
      this.#quietUntil = now + quietMs;
      logger.warn(
        { cache: this.#cache.name },
        "the cache contains entries in an unknown format, which are deleted when they are found",
      );
    }
    Promise.resolve()
      .then(() => this.#cache.delete(key))
      .catch((cause: unknown) => {
        logger.debug({ cache: this.#cache.name, error: String(cause) }, "an entry could not be deleted");
      });
  }

  async #read(call: Call, keys: readonly string[]): Promise<readonly (string | undefined)[]> {
    const { clock, logger } = call.services;
    const cache = this.#cache;
    if (this.#isSkipped(clock.now())) return [];
    const waitMs = call.snapshot.config.cache.lookupTimeoutMs;
    try {
      return await withTimeout(call, Promise.all(keys.map((key) => readOne(cache, key))), waitMs);
    } catch {
      call.cancellation.throwIfCancelled();
      this.#restUntil = clock.now() + restMs;
      logger.warn(
        { cache: cache.name, waitedMs: waitMs },
        "the cache did not answer in time and is skipped for a while",
      );
      return [];
    }
  }

  /**
   * Stores an answer that is complete, valid and not empty. No call waits for that. The answer of a fallback is stored
   * for the fallback's group, so that requests for the first group go there again once it has recovered.
   */
  store(call: Call, { answer, key, keyAs }: Storing): void {
    const { logger } = call.services;
    if (this.#writes >= mostWrites || !this.#keeps(call, answer)) return;
    const ttlMs = boundedTtl(call.options.cache?.ttlMs ?? call.snapshot.config.cache.ttlMs);
    if (ttlMs === undefined) return;
    const text = entryText(this.#head(call), answer);
    const { served } = call;
    const own = call.trail.fallbacks > 0 && served !== undefined ? () => keyAs(served) : () => key;
    this.#writes += 1;
    Promise.resolve()
      .then(own)
      .then((name) => this.#cache.set(name, text, ttlMs))
      .catch((cause: unknown) => {
        logger.debug({ cache: this.#cache.name, error: String(cause) }, "an answer could not be stored");
      })
      .finally(() => {
        this.#writes -= 1;
      });
  }

  /**
   * Whether the cache is skipped because it did not answer in time. If the clock was set back, the time counts as over.
   */
  #isSkipped(now: number): boolean {
    return now < this.#restUntil && !wentBack(this.#restUntil - restMs, now);
  }

  #keeps(call: Call, answer: WholeAnswer): boolean {
    if (call.options.cache?.noStore === true) return false;
    if (this.#isSkipped(call.services.clock.now())) return false;
    // An answer that two deployments produced together is not the answer of either of them.
    if (call.broken.length > 0) return false;
    return isCacheable(answer, call.row, runtimeWith(call, call.trail.deploymentId));
  }

  #head(call: Call): EntryHead {
    const { modelGroup: group, deploymentId } = call.trail;
    return { at: call.services.clock.now(), group, deploymentId };
  }
}

/** The deployment with this id. */
function runtimeWith({ snapshot }: Call, id: string | undefined): DeploymentRuntime | undefined {
  return id === undefined ? undefined : snapshot.runtimes.find((runtime) => runtime.deployment.id === id);
}

async function readOne(cache: Cache, key: string): Promise<string | undefined> {
  try {
    return await cache.get(key);
  } catch {
    return undefined;
  }
}

/** Converts a cached answer to the outcome of a call. */
export function replay(call: Call, key: string, entry: Entry): Outcome {
  const { trail } = call;
  trail.cache = "hit";
  trail.cacheKey = key;
  trail.modelGroup = entry.group;
  trail.deploymentId = entry.deploymentId;
  trail.costUsd = 0;
  if (entry.value !== undefined) {
    const value = entry.value as unknown as ProviderAnswer["value"];
    trail.usage = normalizeUsage(call.row.reads.usage(entry.value));
    return { kind: "answer", value, bytes: entry.text, trail };
  }
  const parts = toParts(entry.chunks ?? [], call.row);
  trail.usage = parts.findLast((part) => part.usage !== undefined)?.usage;
  return { kind: "stream", parts: replayParts(parts), trail };
}

function toParts(chunks: readonly JsonObject[], { reads }: OperationRow): readonly StreamPart[] {
  let known: Usage | undefined;
  return chunks.map((chunk, index) => {
    const choices = reads.choices(chunk) ?? [];
    const usage = normalizeUsage(reads.usage(chunk, known));
    known = usage ?? known;
    return {
      chunks: [chunk] as unknown as StreamPart["chunks"],
      bytes: undefined,
      content: reads.contentLength(chunk) > 0,
      finished: choices.filter((choice) => reads.finishReason(choice) !== undefined).length,
      done: index === chunks.length - 1,
      usage,
    };
  });
}

async function* replayParts(parts: readonly StreamPart[]): AsyncGenerator<StreamPart> {
  yield* parts;
}

/** Emits the event for a cache hit or miss. */
export function reportLookup(call: Call, { target }: NamedTarget, entry: Entry | undefined): void {
  const { hub } = call.services;
  const type = entry === undefined ? "cache_miss" : "cache_hit";
  if (!hub.wanted.has(type)) return;
  hub.emit({
    type,
    at: call.tick(),
    callId: call.trail.callId,
    operation: call.operation,
    stream: call.stream,
    requestedModel: call.requestedModel,
    // Not the requested name, since a pattern covers an unlimited number of names.
    group: entry?.group ?? target.group.name,
  });
}
