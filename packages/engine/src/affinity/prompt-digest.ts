import { type PromptParts, turnsUntilFirstUser } from "@modelyard/core/kit";

/** Of longer texts, this many characters are read at the beginning, at the end, and in between. */
const read = { first: 64, last: 32, between: 32 } as const;
/** Limit for the values that are read of one turn. */
const mostValues = 48;
const deepest = 8;
/** The turns at the beginning that every digest covers. */
const firstTurns = 16;
/** The turns before an end that its digest covers, if they are not among the first ones. */
const lastTurns = 8;
/** How many turns the next request of a session may have added: an answer, and what its tools returned. */
const mostAdded = 12;
const charactersPerToken = 4;

/** Marks of callers for the vendor's cache, which move from turn to turn and are not part of the prompt. */
const notContent = "cache_control";

/** The beginning of a prompt, up to the end of a turn. */
export interface PromptBeginning {
  /** The same for every prompt that begins with the same turns. */
  readonly digest: string;
  /** Roughly, up to its end. `undefined`: unknown. */
  readonly tokens: number | undefined;
}

export interface PromptDigests {
  /** Up to the first turn of the user: it remains the same for the whole session. */
  readonly start: PromptBeginning;
  /** Up to the last turns, beginning with the whole prompt. */
  readonly ends: readonly PromptBeginning[];
  /** How many characters and values were read. It does not grow with the length of the prompt. */
  readonly work: number;
}

/** Two numbers of 32 bits, into which values are mixed. */
class Mixer {
  low: number;
  high: number;

  constructor(low: number, high: number) {
    this.low = low;
    this.high = high;
  }

  add(value: number): void {
    let low = Math.imul(this.low ^ value, 0x85eb_ca6b);
    low ^= low >>> 13;
    let high = Math.imul(this.high ^ (value + low), 0xc2b2_ae35);
    high ^= high >>> 16;
    this.low = Math.imul(low ^ high, 0x27d4_eb2f) ^ (low >>> 15);
    this.high = high;
  }

  copy(): Mixer {
    return new Mixer(this.low, this.high);
  }

  toString(): string {
    return (this.low >>> 0).toString(16).padStart(8, "0") + (this.high >>> 0).toString(16).padStart(8, "0");
  }
}

/** Reads a bounded part of values. */
class Reader {
  work = 0;
  characters = 0;
  #left = 0;

  /** Mixes in one part of a prompt: a turn, or something of its head. */
  part(value: unknown, into: Mixer): void {
    this.#left = mostValues;
    this.#value(value, into, 0);
  }

  #value(value: unknown, into: Mixer, depth: number): void {
    if (typeof value === "string") this.#text(value, into);
    else if (typeof value === "number") into.add(Math.trunc(value));
    else if (typeof value !== "object" || value === null) into.add(value === true ? 1 : 2);
    else if (Array.isArray(value)) {
      // A text and a list with just this text are the same to vendors. Clients write a list where they add a mark.
      if (value.length !== 1) into.add(value.length);
      for (const item of value) {
        if (!this.#may(depth)) return;
        this.#value(item, into, depth + 1);
      }
    } else this.#fields(value as Readonly<Record<string, unknown>>, into, depth);
  }

  #fields(value: Readonly<Record<string, unknown>>, into: Mixer, depth: number): void {
    const { type, text } = value;
    if (typeof text === "string" && typeof type === "string" && type.endsWith("text")) {
      this.#text(text, into);
      return;
    }
    for (const key in value) {
      if (key === notContent) continue;
      if (!this.#may(depth)) return;
      this.#text(key, into);
      this.#value(value[key], into, depth + 1);
    }
  }

  #may(depth: number): boolean {
    this.work += 1;
    this.#left -= 1;
    return this.#left >= 0 && depth < deepest;
  }

  #text(text: string, into: Mixer): void {
    const { length } = text;
    this.characters += length;
    into.add(length);
    const all = read.first + read.last + read.between;
    if (length <= all) {
      for (let index = 0; index < length; index += 1) into.add(text.charCodeAt(index));
      this.work += length;
      return;
    }
    for (let index = 0; index < read.first; index += 1) into.add(text.charCodeAt(index));
    for (let index = length - read.last; index < length; index += 1) into.add(text.charCodeAt(index));
    const step = Math.floor((length - read.first - read.last) / read.between);
    for (let index = 0; index < read.between; index += 1) into.add(text.charCodeAt(read.first + index * step));
    this.work += all;
  }
}

/**
 * Digests of the beginnings of a prompt. Of a long one, only the head, the first turns and the last ones are read, so that a
 * conversation costs the same however long it grows.
 * @param seed - two numbers; prompts have nothing in common if it differs
 */
export function digestPrompt({ head, turns }: PromptParts, seed: readonly [number, number]): PromptDigests {
  const reader = new Reader();
  const beginning = new Mixer(...seed);
  for (const part of head) if (part !== undefined) reader.part(part, beginning);
  const untilUser = Math.min(turnsUntilFirstUser(turns), firstTurns);
  const until: Mixer[] = [beginning.copy()];
  let start: PromptBeginning = { digest: beginning.toString(), tokens: 0 };
  const chained = Math.min(turns.length, firstTurns);
  for (let index = 0; index < chained; index += 1) {
    reader.part(turns[index], beginning);
    until.push(beginning.copy());
    if (index + 1 === untilUser)
      start = { digest: beginning.toString(), tokens: Math.ceil(reader.characters / charactersPerToken) };
  }
  const least = Math.max(untilUser, turns.length - mostAdded);
  const window = windowOf(turns, Math.max(firstTurns, least - lastTurns), reader);
  const ends: PromptBeginning[] = [];
  for (let count = turns.length; count >= least; count -= 1) {
    const chain = until[Math.min(count, firstTurns)] as Mixer;
    const digest = count <= firstTurns ? chain.copy() : withLast(chain, count, window);
    ends.push({ digest: digest.toString(), tokens: undefined });
  }
  return { start, ends, work: reader.work };
}

/** The digests of single turns, from `from` on. */
function windowOf(turns: readonly unknown[], from: number, reader: Reader): ReadonlyMap<number, Mixer> {
  const digests = new Map<number, Mixer>();
  for (let index = from; index < turns.length; index += 1) {
    const own = new Mixer(1, 2);
    reader.part(turns[index], own);
    digests.set(index, own);
  }
  return digests;
}

/** The digest of the first `count` turns: of the chain at the beginning, and of the last turns before the end. */
function withLast(chain: Mixer, count: number, window: ReadonlyMap<number, Mixer>): Mixer {
  const digest = chain.copy();
  digest.add(count);
  for (let index = Math.max(firstTurns, count - lastTurns); index < count; index += 1) {
    const own = window.get(index);
    digest.add(own?.low ?? 0);
    digest.add(own?.high ?? 0);
  }
  return digest;
}
