import type { Cancellation } from "./cancellation.js";

/** What {@link Clock.setTimer} returns. Opaque; only {@link Clock.clearTimer} takes it. */
export type Timer = unknown;

/**
 * The only source of time. The router, the policies and all built-in parts read the time from it and from nowhere else,
 * so that tests and simulations can run on a virtual clock.
 */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch; fractions are allowed. It should never go back. If it jumps anyway, in either
   * direction, no deployment stays unused for longer than its own cooldown or window.
   */
  now(): number;
  /** Calls `callback` once, `ms` milliseconds from now (0 or less: as soon as possible). */
  setTimer(callback: () => void, ms: number): Timer;
  /** Cancels a timer. Has no effect if it has fired or was cleared already. */
  clearTimer(timer: Timer): void;
}

/** Calls read the clock at slightly different moments. A difference this small is not a jump. */
const clockSlackMs = 1_000;

/**
 * Whether a clock that reads `now` was set back since it read `then`. Code that waits until a certain time must check
 * this: after a jump back by a year, that time is a year away.
 */
export function wentBack(then: number, now: number): boolean {
  return now < then - clockSlackMs;
}

/**
 * Resolves after `ms` milliseconds of `clock`.
 * @throws the reason of the cancellation, in the same turn of the event loop
 */
export function sleep(clock: Clock, ms: number, cancellation?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    if (cancellation?.cancelled === true) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a caller may abort with any reason
      reject(cancellation.reason);
      return;
    }
    const onCancel = (reason: unknown): void => {
      clock.clearTimer(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as above
      reject(reason);
    };
    const timer = clock.setTimer(() => {
      cancellation?.remove(onCancel);
      resolve();
    }, ms);
    cancellation?.add(onCancel);
  });
}

/** The longest delay that `setTimeout` accepts on all platforms. Longer ones would fire at once. */
const longestTimeoutMs = 2_147_483_647;

/** Read once, because reading it costs as much as reading the time. */
let timeOrigin: number | undefined;

/**
 * The clock of the platform, with `performance` for a time that never goes back and `setTimeout` for timers. Timers
 * with longer delays than 24.8 days fire after 24.8 days.
 */
export const systemClock: Clock = {
  now: () => (timeOrigin ??= performance.timeOrigin) + performance.now(),
  setTimer: (callback, ms) => setTimeout(callback, Math.min(ms, longestTimeoutMs)),
  clearTimer: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};

/** The only source of randomness. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A new id, unique across processes: letters, digits and `-`, at most 64 characters. */
  id(): string;
}

const digits = new TextEncoder().encode("0123456789abcdef");
const decoder = new TextDecoder();
/** The characters of one id (docs/internals.md, "Ids are made of characters"). */
const characters = new Uint8Array(32);

/** Random bytes are requested in bulk, since a request costs more than the bytes. */
const poolSize = 4_096;
let pool: Uint8Array<ArrayBuffer> | undefined;
let poolUsed = poolSize;

/** 128 random bits as 32 hexadecimal digits, from the platform's `crypto`. Picks use `Math.random`. */
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
 * Repeatable randomness for tests and simulations: the same seed gives the same picks and ids. Not for secrets.
 * Source: Mulberry32 (T. Ettinger), which has 32 bits of state.
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

/** Draws one of `items`, each with the same probability. `items` must not be empty. */
export function oneOf<Item>(items: readonly [Item, ...Item[]] | readonly Item[], random: Pick<Random, "next">): Item {
  return items[Math.floor(random.next() * items.length)] as Item;
}
