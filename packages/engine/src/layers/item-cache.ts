import type { JsonObject } from "@modelyard/core";
import { type CacheItems, canonicalJson, isLong, nextTurn, type Outcome } from "@modelyard/core/kit";
import type { NamedTarget } from "../call/named-target.js";
import type { Call } from "../call/call.js";
import { type AnswerCache, replay, reportLookup } from "./answer-cache.js";
import type { Entry } from "./cache-entry.js";
import { cacheIdentity, cacheKey } from "./cache-key.js";
import type { Next } from "./layer.js";
import { digestOf } from "./long-identity.js";

export interface ItemsRun {
  readonly target: NamedTarget;
  readonly cache: AnswerCache;
  /** Splits and merges requests and answers of the operation. */
  readonly cacheItems: CacheItems;
  readonly items: readonly unknown[];
  /** Gets the answer for the items that are not cached. */
  readonly next: Next;
}

/** Looks up every item of a request, calls a deployment for the missing ones, and merges the answers in order. */
export async function runByItem(call: Call, run: ItemsRun): Promise<Outcome> {
  const { target, cache, cacheItems, items, next } = run;
  const keys = await itemKeys(call, run, { items, target }).catch(() => undefined);
  // A request that cannot be serialized has no keys, so it bypasses the cache.
  if (keys === undefined) return next(call);
  const entries = await cache.find(call, keys);
  const missing = items.flatMap((_, index) => (entries[index] === undefined ? [index] : []));
  const [first] = entries;
  reportLookup(call, target, missing.length === 0 ? first : undefined);
  const merged = (answers: readonly (JsonObject | undefined)[]): JsonObject =>
    cacheItems.merge(items, answers, call.requestedModel);
  if (missing.length === 0 && first !== undefined) {
    const outcome = replay(call, keys[0] ?? "", first);
    return { ...outcome, bytes: undefined, value: merged(entries.map(answerOf)) } as unknown as Outcome;
  }
  call.trail.cache = "miss";
  if (missing.length < items.length)
    call.narrow(
      cacheItems.with(
        call.original,
        missing.map((index) => items[index]),
      ),
    );
  call.identity = missing.map((index) => keys[index]).join(" ");
  const outcome = await next(call);
  if (outcome.kind !== "answer") return outcome;
  const answers = entries.map(answerOf);
  const fresh = cacheItems.split(outcome.value, missing.length);
  const made: FreshItem[] = [];
  for (const [position, answer] of fresh.entries()) {
    const index = missing[position];
    const key = index === undefined ? undefined : keys[index];
    if (index === undefined || key === undefined || answer === undefined) continue;
    answers[index] = answer;
    made.push({ key, item: items[index], answer });
  }
  if (outcome.trail.cache === "miss")
    storeAll(call, run, made).catch((cause: unknown) => {
      call.services.logger.debug({ error: String(cause) }, "answers could not be stored");
    });
  if (missing.length === items.length) return outcome;
  return { ...outcome, bytes: undefined, value: merged(answers) } as unknown as Outcome;
}

interface FreshItem {
  readonly key: string;
  readonly item: unknown;
  readonly answer: JsonObject;
}

/** How many items are serialized in one turn of the event loop. Each may be a vector of thousands of numbers. */
const itemsPerTurn = 8;

/** Stores new answers. No call waits for this. */
async function storeAll(call: Call, run: ItemsRun, made: readonly FreshItem[]): Promise<void> {
  for (const [index, item] of made.entries()) {
    if (index % itemsPerTurn === itemsPerTurn - 1) await nextTurn();
    store(call, run, item);
  }
}

function store(call: Call, run: ItemsRun, { key, item, answer }: FreshItem): void {
  run.cache.store(call, {
    answer: { value: answer },
    key,
    keyAs: async (served) => {
      if (call.isReleased) await call.restore();
      return (await itemKeys(call, run, { items: [item], target: served, request: call.request }))[0] ?? key;
    },
  });
}

/** Limit for the characters of one request's items that are hashed on this thread. */
const mostHere = 65_536;

interface KeyedItems {
  readonly items: readonly unknown[];
  readonly target: NamedTarget;
  /** @defaultValue the original request */
  readonly request?: JsonObject;
}

/** Computes the keys of items. The part that they have in common is hashed once. */
async function itemKeys(
  call: Call,
  { cacheItems }: ItemsRun,
  { items, target, request = call.original }: KeyedItems,
): Promise<readonly string[]> {
  const base = await cacheKey(call, await cacheIdentity(call, cacheItems.with(request, undefined), target));
  const keys: string[] = [];
  let hashedHere = 0;
  for (const item of items) {
    const text = isLong(item) ? await digestOf(item) : canonicalJson(item);
    hashedHere += text.length;
    // Many short texts are as much work as one long text, so beyond a limit the platform hashes them asynchronously.
    keys.push(await cacheKey(call, `${base} ${text}`, hashedHere > mostHere ? 0 : undefined));
  }
  return keys;
}

function answerOf(entry: Entry | undefined): JsonObject | undefined {
  return entry?.value;
}
