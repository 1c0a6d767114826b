import type { JsonObject, MaybePromise, Outcome } from "@modelyard/core";
import type { Asked } from "../call/named-target.js";
import type { Call } from "../call/call.js";
import { type AnswerCache, replay, tellLookup } from "./answer-cache.js";
import type { Answer } from "./cache-entry.js";
import { cacheIdentity, cacheKey } from "./cache-key.js";
import { embeddingInputs } from "../call/embedding-inputs.js";
import { runEmbeddings } from "./embedding-cache.js";
import type { SingleFlight } from "./single-flight.js";

/** Keeps an answer once it is whole. */
export type Keep = (answer: Answer) => void;

/** The way to an answer without a cache; `keep` is called with the events of a stream that ended well. */
export type Chain = (call: Call, keep: Keep | undefined) => Promise<Outcome>;

/** Where answers of earlier calls, and of those in the air, are looked for. */
export interface Shortcuts {
  readonly cache: AnswerCache;
  readonly flights: SingleFlight;
}

/** An answer from the cache or from an identical call in the air, else from `chain`. Mocked calls know neither. */
export function runCached(call: Call, shortcuts: Shortcuts, chain: Chain): Promise<Outcome> {
  const { mockFailure, mockResponse } = call.options;
  const mocked = mockFailure !== undefined || mockResponse !== undefined;
  const keeps = !mocked && shortcuts.cache.concerns(call);
  const joins = !mocked && shortcuts.flights.concerns(call);
  return keeps || joins ? runShortcut(call, shortcuts, chain, { keeps, joins }) : chain(call, undefined);
}

/** Which of the shortcuts concern a call. */
interface Ways {
  readonly keeps: boolean;
  readonly joins: boolean;
}

function runShortcut(
  call: Call,
  { cache, flights }: Shortcuts,
  chain: Chain,
  { keeps, joins }: Ways,
): Promise<Outcome> {
  const target = call.snapshot.names.resolve(call.requestedModel);
  if (target === undefined) return chain(call, undefined);
  const asked: Asked = { name: call.requestedModel, target };
  const join = (key: string, make: () => Promise<Outcome>): Promise<Outcome> =>
    joins ? flights.join(call, key, make) : make();
  const whole = (): Promise<Outcome> => chain(call, undefined);
  const inputs = keeps ? embeddingInputs(call) : undefined;
  if (inputs !== undefined) return runEmbeddings(call, { asked, cache, inputs, make: (key) => join(key, whole) });
  const go = (identity: string | undefined): Promise<Outcome> => {
    if (identity === undefined) return whole();
    return keeps ? runKept(call, { asked, cache, identity, join, chain }) : join(identity, whole);
  };
  const identity = identityOf(call, asked);
  return identity instanceof Promise ? identity.then(go) : go(identity);
}

interface KeptRun {
  readonly asked: Asked;
  readonly cache: AnswerCache;
  readonly identity: string;
  readonly join: (key: string, make: () => Promise<Outcome>) => Promise<Outcome>;
  readonly chain: Chain;
}

async function runKept(call: Call, { asked, cache, identity, join, chain }: KeptRun): Promise<Outcome> {
  const hashing = cacheKey(call, identity);
  const key = typeof hashing === "string" ? hashing : await hashing;
  const [entry] = await cache.find(call, [key]);
  tellLookup(call, asked, entry);
  if (entry !== undefined) return replay(call, key, entry);
  call.trail.cache = "miss";
  const keep: Keep = (answer) => {
    const keyAs = async (served: Asked) => cacheKey(call, await cacheIdentity(call, call.request, served));
    cache.store(call, { answer, key, keyAs });
  };
  return join(key, async () => {
    const outcome = await chain(call, keep);
    if (outcome.kind === "answer") keep({ value: outcome.value as unknown as JsonObject });
    return outcome;
  });
}

/** Data that cannot be written down, such as a circle, is not looked up either; its request goes on without a cache. */
function identityOf(call: Call, asked: Asked): MaybePromise<string | undefined> {
  const report = (cause: unknown): void => {
    call.services.logger.debug({ error: String(cause) }, "a request has no cache key");
  };
  try {
    const identity = cacheIdentity(call, call.original, asked);
    if (typeof identity === "string") return identity;
    return identity.catch((cause: unknown) => {
      report(cause);
      return undefined;
    });
  } catch (cause) {
    report(cause);
    return undefined;
  }
}
