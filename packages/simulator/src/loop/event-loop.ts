import type { Clock } from "@modelyard/core";
import type { Timer } from "@modelyard/core/kit";

/** Something that will happen. */
export interface Happening {
  /** Microseconds since the start. */
  readonly at: number;
  /** Happenings of the same time keep the order in which they were planned. */
  readonly order: number;
  /** `undefined`: it was canceled. */
  action: (() => void) | undefined;
  /** Whether promises may be settled by it, which must run before anything else happens. */
  readonly settles: boolean;
}

/** When simulations start: at the beginning of a minute, and of a day. */
export const startOfTime = Date.UTC(2026, 0, 1);

const microsecondsPerMs = 1_000;

/** Canceled happenings are removed together, once there are this many and they are the majority. */
const fewCanceled = 1_000;

/**
 * A virtual clock with a queue of what will happen. Times are whole microseconds, so that their order never depends on
 * rounding. Everything that one happening starts, promises included, is finished before the next one.
 */
export class EventLoop implements Clock {
  #time = 0;
  #order = 0;
  #canceled = 0;
  #happened = 0;
  /** A binary heap: each entry happens before its children at `2 * index + 1` and `2 * index + 2`. */
  #heap: Happening[] = [];

  /** Microseconds since the start. */
  get time(): number {
    return this.#time;
  }

  /** How many events have happened. */
  get happened(): number {
    return this.#happened;
  }

  now(): number {
    return startOfTime + this.#time / microsecondsPerMs;
  }

  /** Plans an action that settles no promises, `microseconds` from now. */
  plan(microseconds: number, action: () => void): Happening {
    return this.#add(microseconds, action, false);
  }

  /** Plans an action that may settle promises, `microseconds` from now. */
  planSettling(microseconds: number, action: () => void): Happening {
    return this.#add(microseconds, action, true);
  }

  setTimer(callback: () => void, ms: number): Timer {
    return this.#add(ms * microsecondsPerMs, callback, true);
  }

  clearTimer(timer: Timer): void {
    this.cancel(timer as Happening | undefined);
  }

  /** Has no effect if it has happened or was canceled before. */
  cancel(happening: Happening | undefined): void {
    if (happening?.action === undefined) return;
    happening.action = undefined;
    this.#canceled += 1;
    if (this.#canceled > fewCanceled && this.#canceled * 2 > this.#heap.length) this.#sweep();
  }

  /**
   * Lets everything happen, one after the other, until `isOver` returns true.
   * @throws if nothing is left that could happen, or what an action throws
   */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        try {
          while (!isOver()) {
            // Promises run between two immediates.
            if (this.#step()) {
              setImmediate(turn);
              return;
            }
          }
          resolve();
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
      };
      setImmediate(turn);
    });
  }

  /** As `run`, for simulations without promises. */
  runAtOnce(isOver: () => boolean): void {
    while (!isOver()) this.#step();
  }

  /** @returns whether promises have to run before the next step */
  #step(): boolean {
    for (;;) {
      const next = this.#take();
      if (next === undefined || next.at === Number.POSITIVE_INFINITY)
        throw new Error("The simulation waits for something that cannot happen.");
      const { action } = next;
      if (action === undefined) {
        this.#canceled -= 1;
        continue;
      }
      this.#time = next.at;
      this.#happened += 1;
      next.action = undefined;
      action();
      return next.settles;
    }
  }

  #add(microseconds: number, action: () => void, settles: boolean): Happening {
    // Rounded up, because a timer must not fire early. Infinite waits are kept too: they can be canceled.
    const wait = microseconds > 0 ? Math.ceil(microseconds - 1e-6) : 0;
    this.#order += 1;
    const happening: Happening = { at: this.#time + wait, order: this.#order, action, settles };
    this.#push(happening);
    return happening;
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(happening);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Happening;
      if (!isBefore(happening, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = happening;
  }

  #take(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    sink(heap, 0, last);
    return first;
  }

  #sweep(): void {
    this.#heap = this.#heap.filter(({ action }) => action !== undefined);
    this.#canceled = 0;
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index -= 1)
      sink(this.#heap, index, this.#heap[index] as Happening);
  }
}

function isBefore(left: Happening, right: Happening): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Puts `happening` at `index` or below, wherever it belongs. */
function sink(heap: Happening[], index: number, happening: Happening): void {
  let hole = index;
  for (;;) {
    let below = 2 * hole + 1;
    if (below >= heap.length) break;
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, heap[below] as Happening)) below += 1;
    const child = heap[below] as Happening;
    if (!isBefore(child, happening)) break;
    heap[hole] = child;
    hole = below;
  }
  heap[hole] = happening;
}
