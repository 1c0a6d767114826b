import { toTransportError } from "../failure.js";
import type { Exchange } from "./exchange.js";
import { Lane, type LaneOptions } from "./lane.js";

export interface PoolOptions extends Omit<LaneOptions, "onFree" | "onGone"> {
  readonly connections: number;
  /** Nothing is open or waits any more. */
  readonly onEmpty: () => void;
}

/** The connections to one host. The one that was used last is used first: those that are not needed grow old and close. */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #lane: LaneOptions;
  readonly #idle: Lane[] = [];
  readonly #waiting = new Set<Exchange>();
  #lanes = 0;
  #closing = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#lane = {
      ...options,
      onFree: (lane) => {
        this.#free(lane);
      },
      onGone: (lane) => {
        this.#forget(lane);
      },
    };
  }

  run(exchange: Exchange): void {
    const lane = this.#idle.pop();
    if (lane !== undefined) lane.run(exchange);
    else if (this.#lanes < this.#options.connections) this.#open(exchange);
    else {
      this.#waiting.add(exchange);
      exchange.queue = this.#waiting;
      exchange.awaitConnection();
    }
  }

  /** Closes what is idle now, and the rest when it becomes so. */
  close(): void {
    this.#closing = true;
    for (const lane of this.#idle.slice()) lane.close();
  }

  #open(exchange: Exchange): void {
    this.#lanes += 1;
    let lane: Lane;
    try {
      lane = new Lane(this.#lane);
    } catch (thrown) {
      // undici takes no such origin.
      exchange.fail(toTransportError(thrown, exchange.origin, "connect"));
      this.#oneLess();
      return;
    }
    lane.run(exchange);
  }

  #free(lane: Lane): void {
    if (this.#waiting.size > 0) {
      // Not amid undici's own work on the exchange that just ended.
      queueMicrotask(() => {
        const exchange = this.#nextWaiting();
        if (exchange === undefined) this.#rest(lane);
        else lane.run(exchange);
      });
    } else this.#rest(lane);
  }

  #rest(lane: Lane): void {
    if (this.#closing) lane.close();
    else this.#idle.push(lane);
  }

  #forget(lane: Lane): void {
    const index = this.#idle.lastIndexOf(lane);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#oneLess();
  }

  #oneLess(): void {
    this.#lanes -= 1;
    const exchange = this.#nextWaiting();
    if (exchange !== undefined) this.#open(exchange);
    else if (this.#lanes === 0) this.#options.onEmpty();
  }

  #nextWaiting(): Exchange | undefined {
    const [exchange] = this.#waiting;
    if (exchange !== undefined) this.#waiting.delete(exchange);
    return exchange;
  }
}
