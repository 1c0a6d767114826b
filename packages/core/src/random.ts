/** The only source of chance. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A new id, unique across processes: letters, digits and `-`, at most 64 characters. */
  id(): string;
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

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
  let id = "";
  for (let end = poolUsed + 16; poolUsed < end; poolUsed += 1) id += hex[pool[poolUsed] ?? 0] ?? "";
  return id;
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
