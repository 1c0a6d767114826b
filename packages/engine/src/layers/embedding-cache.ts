import type { Embedding, EmbeddingResponse, JsonObject, Outcome } from "@modelyard/core";
import { boundedCount, canonicalJson } from "@modelyard/core";
import type { NamedTarget } from "../call/named-target.js";
import type { Call } from "../call/call.js";
import { type AnswerCache, replay, tellLookup } from "./answer-cache.js";
import type { Entry } from "./cache-entry.js";
import { cacheIdentity, cacheKey } from "./cache-key.js";
import type { Next } from "./layer.js";
import { digestOf, isLong } from "./long-identity.js";

export interface BatchRun {
  readonly target: NamedTarget;
  readonly cache: AnswerCache;
  readonly inputs: readonly unknown[];
  /** Asks for what is missing. */
  readonly next: Next;
}

/** Looks up every text of a request, asks for those that are missing, and puts the answer together in order. */
export async function runEmbeddings(call: Call, { target, cache, inputs, next }: BatchRun): Promise<Outcome> {
  const keys = await itemKeys(call, target, inputs).catch(() => undefined);
  // What cannot be written down has no keys, and is asked for as it is.
  if (keys === undefined) return next(call);
  const entries = await cache.find(call, keys);
  const missing = inputs.flatMap((_, index) => (entries[index] === undefined ? [index] : []));
  const [first] = entries;
  tellLookup(call, target, missing.length === 0 ? first : undefined);
  if (missing.length === 0 && first !== undefined) {
    const outcome = replay(call, keys[0] ?? "", first);
    return { ...outcome, value: merge(call, inputs, entries.map(answerOf)) } as Outcome;
  }
  call.trail.cache = "miss";
  if (missing.length < inputs.length) call.narrow({ ...call.original, input: missing.map((index) => inputs[index]) });
  call.identity = missing.map((index) => keys[index]).join(" ");
  const outcome = await next(call);
  if (outcome.kind !== "answer") return outcome;
  const fresh = outcome.value as EmbeddingResponse;
  const answers = entries.map(answerOf);
  for (const [position, item] of single(fresh, missing.length).entries()) {
    const index = missing[position];
    const key = index === undefined ? undefined : keys[index];
    if (index === undefined || key === undefined || item === undefined) continue;
    answers[index] = item;
    if (outcome.trail.cache === "miss") keep(call, { cache, key, input: inputs[index], answer: item });
  }
  if (missing.length === inputs.length) return outcome;
  return { ...outcome, bytes: undefined, value: merge(call, inputs, answers) };
}

interface Kept {
  readonly cache: AnswerCache;
  readonly key: string;
  readonly input: unknown;
  readonly answer: EmbeddingResponse;
}

function keep(call: Call, { cache, key, input, answer }: Kept): void {
  cache.store(call, {
    answer: { value: answer as unknown as JsonObject },
    key,
    keyAs: async (served) => (await itemKeys(call, served, [input], call.request))[0] ?? key,
  });
}

/** Characters of one request's texts that are hashed on this thread. */
const mostHere = 65_536;

/** A key for every text; what they have in common is hashed once. */
async function itemKeys(
  call: Call,
  asked: NamedTarget,
  inputs: readonly unknown[],
  request: JsonObject = call.original,
): Promise<readonly string[]> {
  const base = await cacheKey(call, await cacheIdentity(call, { ...request, input: undefined }, asked));
  const keys: string[] = [];
  let hashedHere = 0;
  for (const input of inputs) {
    const text = isLong(input) ? await digestOf(input) : canonicalJson(input);
    hashedHere += text.length;
    // The event loop turns while the platform hashes: many short texts are as much work as one long one.
    keys.push(await cacheKey(call, `${base} ${text}`, hashedHere > mostHere ? 0 : undefined));
  }
  return keys;
}

function answerOf(entry: Entry | undefined): EmbeddingResponse | undefined {
  return entry?.value as unknown as EmbeddingResponse | undefined;
}

/** An answer taken apart, in the order of the request. What only one text used is known exactly. */
function single(answer: EmbeddingResponse, count: number): readonly (EmbeddingResponse | undefined)[] {
  const byIndex = new Map(answer.data.map((item): [number, Embedding] => [item.index, item]));
  return Array.from({ length: count }, (_, index) => {
    const item = byIndex.get(index);
    if (item === undefined) return undefined;
    const { data: _data, usage, ...rest } = answer;
    return { ...rest, data: [{ ...item, index: 0 }], ...(count > 1 || usage === undefined ? {} : { usage }) };
  });
}

/** One answer from many; the tokens are those of the whole request, estimated where the vendor said nothing. */
function merge(
  call: Call,
  inputs: readonly unknown[],
  answers: readonly (EmbeddingResponse | undefined)[],
): EmbeddingResponse {
  let tokens = 0;
  const data = answers.flatMap((answer, index) => {
    const item = answer?.data[0];
    if (item === undefined) return [];
    tokens += boundedCount(answer?.usage?.prompt_tokens) ?? call.row.inputTokens({ input: inputs[index] });
    return [{ ...item, index }];
  });
  const first = answers.find((answer) => answer !== undefined);
  return {
    ...first,
    object: "list",
    model: first?.model ?? call.requestedModel,
    data,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
