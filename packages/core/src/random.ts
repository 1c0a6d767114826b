/** The only source of chance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A new id, unique across processes: letters, digits and `-`, at most 64 characters. */
  id(): string;
}

const digits = new TextEncoder().encode("0123456789abcdef");
const decoder = new TextDecoder();
/** One id, as the characters that it is made of: put together from pieces it would be a tree of texts. */
const characters = new Uint8Array(32);

/** Random bytes are asked for in bulk: asking costs more than having them. */
const poolSize = 4_096;
let pool: Uint8Array<ArrayBuffer> | undefined;
let poolUsed = poolSize;

/** 128 random bits as 32 hex digits. `Math.random` feeds the picks, the platform's `crypto` feeds the ids. */
function randomId(): string {
  pool ??= new Uint8Array(poolSize);
  if (poolUsed + 16 > poolSize) {
    crypto.getRandomValues(pool);
    poolUsed = 0;
  }
  for (let index = 0; index < characters.length; index += 2) {
    const byte = pool[poolUsed] ?? 0;
    poolUsed += 1;
    characters[index] = digits[byte >> 4] ?? 0;
    characters[index + 1] = digits[byte & 15] ?? 0;
  }
  return decoder.decode(characters);
}

/** The platform's randomness. */
export const systemRandom: Random = { next: () => Math.random(), id: randomId };

/**
 * Repeatable randomness for tests and simulations: the same seed gives the same picks and ids.
 * Source: Mulberry32 (T. Ettinger), 32 bits of state; not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let ids = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    id: () => {
      ids += 1;
      return `${String(seed)}-${String(ids)}`;
    },
  };
}

/** One of `items`, uniformly. `items` must not be empty. */
export function oneOf<Item>(items: readonly [Item, ...Item[]] | readonly Item[], random: Pick<Random, "next">): Item {
  return items[Math.floor(random.next() * items.length)] as Item;
}
