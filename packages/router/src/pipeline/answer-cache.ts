import {
  type Cache,
  isJsonObject,
  type JsonObject,
  type OperationTypes,
  type Outcome,
  type ProviderAnswer,
  RouterError,
  type StreamPart,
} from "@modelyard/core";
import type { Call } from "../request/call.js";
import { assembleAnswer } from "./assemble.js";
import { cacheKey } from "./cache-key.js";
import { guard } from "./guard.js";

/** How long answers are kept when nobody says otherwise; LiteLLM's default in memory. */
const defaultTtlMs = 600_000;

interface Entry {
  /** When it was stored, milliseconds since the epoch. */
  readonly at: number;
  readonly group: string;
  readonly deploymentId: string | undefined;
  readonly value?: JsonObject;
  readonly chunks?: readonly JsonObject[];
}

/** The response cache of one router, and the calls in the air that others may join. */
export class AnswerCache {
  readonly #cache: Cache | undefined;
  readonly #flights = new Map<string, Promise<Outcome>>();

  constructor(cache: Cache | undefined) {
    this.#cache = cache;
  }

  /** Whether a call has anything to do with caching. */
  concerns(call: Call): boolean {
    return this.keeps(call) || call.snapshot.config.cache?.singleFlight === true;
  }

  keeps(call: Call): boolean {
    return this.#cache !== undefined && (call.snapshot.config.cacheResponses ?? true);
  }

  /** A call's key, when its answer may be looked up, stored or shared. */
  key(call: Call, request: JsonObject): Promise<string> {
    return cacheKey(call, request);
  }

  /** A stored answer that may be used; `undefined`: none. */
  async find(call: Call, key: string): Promise<Entry | undefined> {
    if (this.#cache === undefined || !this.keeps(call) || call.options.cache?.noCache === true) return undefined;
    let text: string | undefined;
    try {
      text = await guard(this.#cache.get(key), call.cancellation, () => undefined);
    } catch (thrown) {
      if (RouterError.isInstance(thrown)) throw thrown;
      return undefined;
    }
    const entry = text === undefined ? undefined : parseEntry(text);
    const maxAgeMs = call.options.cache?.maxAgeMs;
    const fresh = entry !== undefined && (maxAgeMs === undefined || call.tick() - entry.at <= maxAgeMs);
    return fresh ? entry : undefined;
  }

  /** Keeps a whole, valid, non-empty answer; nobody waits for it. */
  store(
    call: Call,
    key: string,
    answer: { readonly value: JsonObject } | { readonly chunks: readonly JsonObject[] },
  ): void {
    if (this.#cache === undefined || !this.keeps(call) || call.options.cache?.noStore === true) return;
    const whole = "value" in answer ? answer.value : assembleAnswer(call.operation, answer.chunks);
    if (call.row.fault(whole) !== undefined || call.row.empty(whole)) return;
    const { trail } = call;
    const entry: Entry = {
      at: call.services.clock.now(),
      group: trail.modelGroup,
      deploymentId: trail.deploymentId,
      ...answer,
    };
    const ttlMs = call.options.cache?.ttlMs ?? call.snapshot.config.cache?.ttlMs ?? defaultTtlMs;
    if (ttlMs <= 0) return;
    this.#cache.set(key, JSON.stringify(entry), ttlMs).catch((cause: unknown) => {
      call.services.logger.debug({ cache: this.#cache?.name, error: String(cause) }, "an answer could not be stored");
    });
  }

  /**
   * Joins an identical call that is in the air, or makes the call that others may join. A caller who leaves takes
   * nobody along: those who waited for him make the call themselves.
   */
  async join(call: Call, key: string, make: () => Promise<Outcome>): Promise<Outcome> {
    if (call.snapshot.config.cache?.singleFlight !== true || call.stream || call.options.cache?.noCache === true)
      return make();
    for (;;) {
      const flying = this.#flights.get(key);
      if (flying === undefined) break;
      try {
        const outcome = await guard(flying, call.cancellation, () => undefined);
        return shared(call, outcome);
      } catch (thrown) {
        call.cancellation.throwIfCancelled();
        if (!RouterError.isInstance(thrown) || thrown.kind !== "aborted") throw thrown;
      }
    }
    const flight = make();
    this.#flights.set(key, flight);
    try {
      return await flight;
    } finally {
      this.#flights.delete(key);
    }
  }
}

function parseEntry(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value) || typeof value["at"] !== "number") return undefined;
    return isJsonObject(value["value"]) || Array.isArray(value["chunks"]) ? (value as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** A stored answer, as if it had just come. */
export function replay(call: Call, key: string, entry: Entry): Outcome {
  const { trail } = call;
  trail.cache = "hit";
  trail.cacheKey = key;
  trail.modelGroup = entry.group;
  trail.deploymentId = entry.deploymentId;
  trail.costUsd = 0;
  if (entry.value !== undefined) {
    const value = entry.value as unknown as ProviderAnswer["value"];
    trail.usage = (value as { readonly usage?: OperationTypes["chat"]["answer"]["usage"] }).usage;
    return { kind: "answer", value, bytes: undefined, trail };
  }
  return { kind: "stream", parts: replayParts(entry.chunks ?? []), trail };
}

async function* replayParts(chunks: readonly JsonObject[]): AsyncGenerator<StreamPart> {
  yield {
    chunks: chunks as unknown as StreamPart["chunks"],
    bytes: undefined,
    content: true,
    finished: 1,
    done: true,
    usage: undefined,
  };
}

function shared(call: Call, outcome: Outcome): Outcome {
  const { trail } = call;
  trail.cache = "shared";
  trail.modelGroup = outcome.trail.modelGroup;
  trail.deploymentId = outcome.trail.deploymentId;
  trail.usage = outcome.trail.usage;
  trail.costUsd = 0;
  return outcome.kind === "answer" ? { ...outcome, value: { ...outcome.value }, trail } : outcome;
}
