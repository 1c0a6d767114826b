import type { Cancellation } from "./cancellation.js";

/** What {@link Clock.setTimer} returned; opaque, only good for {@link Clock.clearTimer}. */
export type Timer = unknown;

/**
 * The only source of time. The router, the policies and every built-in part read time here and nowhere else, so that
 * tests and simulations run on a virtual one.
 */
export interface Clock {
  /**
   * Milliseconds since the Unix epoch, fractions allowed. It should never go back; when it jumps all the same, in either
   * direction, no deployment stays unused for longer than its own cooldown or window.
   */
  now(): number;
  /** Calls `callback` once, `ms` milliseconds from now (0 or less: as soon as possible). */
  setTimer(callback: () => void, ms: number): Timer;
  /** Forgets a timer. Harmless when it has fired or was cleared already. */
  clearTimer(timer: Timer): void;
}

/** Calls read the clock at slightly different moments; a difference this small is not a jump. */
const clockSlackMs = 1_000;

/**
 * Whether a clock that reads `now` was set back since it read `then`. What waits for a time to come must ask: after a
 * jump back by a year that time is a year away.
 */
export function wentBack(then: number, now: number): boolean {
  return now < then - clockSlackMs;
}

/**
 * Resolves after `ms` milliseconds of `clock`.
 * @throws the cancellation's reason, within the same turn in which it is cancelled.
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

/** Longest delay that platforms' `setTimeout` takes; longer ones would fire at once. */
const longestTimeoutMs = 2_147_483_647;

/** Read once: asking for it costs as much as asking for the time. */
let timeOrigin: number | undefined;

/**
 * The platform's clock: `performance` for a time that never goes back, `setTimeout` for timers.
 * Delays beyond 24.8 days fire after 24.8 days.
 */
export const systemClock: Clock = {
  now: () => (timeOrigin ??= performance.timeOrigin) + performance.now(),
  setTimer: (callback, ms) => setTimeout(callback, Math.min(ms, longestTimeoutMs)),
  clearTimer: (timer) => {
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  },
};

/** The only source of chance. */
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
