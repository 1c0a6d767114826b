import type { JsonObject } from "@modelyard/core";
import type { MaybePromise, Outcome } from "@modelyard/core/kit";
import type { Call } from "../call/call.js";
import type { StoreAnswer } from "../call/store-answer.js";
import type { NamedTarget } from "../call/named-target.js";
import { type AnswerCache, replay, reportLookup } from "./answer-cache.js";
import { cacheIdentity, cacheKey, identityOf, targetOf } from "./cache-key.js";
import { runByItem } from "./item-cache.js";
import type { Layer, Next } from "./layer.js";

/** A layer that answers from the response cache, and caches the answers of the layers below. */
export function cacheLayer(cache: AnswerCache): Layer {
  return (call, next) => {
    const target = cache.concerns(call) ? targetOf(call) : undefined;
    if (target === undefined) return next(call);
    const { cacheItems } = call.row;
    const items = cacheItems?.of(call.original);
    if (cacheItems !== undefined && items !== undefined)
      return runByItem(call, { target, cache, cacheItems, items, next });
    const lookUp = (identity: string | undefined): Promise<Outcome> =>
      identity === undefined ? next(call) : runCached(call, { target, cache, identity, next });
    const identity: MaybePromise<string | undefined> = identityOf(call, target);
    return identity instanceof Promise ? identity.then(lookUp) : lookUp(identity);
  };
}

interface CachedRun {
  readonly target: NamedTarget;
  readonly cache: AnswerCache;
  readonly identity: string;
  readonly next: Next;
}

async function runCached(call: Call, { target, cache, identity, next }: CachedRun): Promise<Outcome> {
  const hashing = cacheKey(call, identity);
  const key = typeof hashing === "string" ? hashing : await hashing;
  const [entry] = await cache.find(call, [key]);
  reportLookup(call, target, entry);
  if (entry !== undefined) return replay(call, key, entry);
  call.trail.cache = "miss";
  call.identity = key;
  const store: StoreAnswer = (answer) => {
    const keyAs = async (served: NamedTarget) => {
      if (call.isReleased) await call.restore();
      return cacheKey(call, await cacheIdentity(call, call.request, served));
    };
    cache.store(call, { answer, key, keyAs });
  };
  if (call.stream) call.store = store;
  const outcome = await next(call);
  // If the answer came from an identical concurrent call, that call stores it.
  if (outcome.kind === "answer" && outcome.trail.cache === "miss")
    store({ value: outcome.value as unknown as JsonObject, bytes: outcome.bytes });
  return outcome;
}
