import type { SharedState } from "@modelyard/core";
import type { DeploymentCooldown, MaybePromise } from "@modelyard/core/kit";
import { exponential } from "../loop/chance.js";
import type { EventLoop } from "../loop/event-loop.js";

/** How the processes of a simulation reach what they share. */
export interface SharedStateModel {
  /** The time of one operation, there and back, in milliseconds. @defaultValue 1 */
  readonly delayMs?: number;
  /** What it takes longer on average, by an exponential time, in milliseconds. @defaultValue 0 */
  readonly jitterMs?: number;
  /** After this time without an answer, an operation fails, in milliseconds. @defaultValue 50 */
  readonly timeoutMs?: number;
  /** The share of operations that arrive, but whose answers are lost. @defaultValue 0 */
  readonly loss?: number;
  /** Times at which nothing arrives. In milliseconds since the start. */
  readonly outages?: readonly { readonly fromMs: number; readonly toMs: number }[];
}

interface Peer {
  readonly message: () => string | undefined;
  readonly receive: (message: string) => void;
}

const millisecond = 1_000;
const gossipInterval = 1_000_000;
const probeInterval = 200_000;

/** The store that all processes of a simulation share, as each of them reaches it over the network. */
export class RemoteStore {
  readonly #loop: EventLoop;
  readonly #store: SharedState;
  readonly #model: SharedStateModel;
  readonly #random: { next(): number };
  readonly #processes: number;
  readonly #peers = new Set<Peer>();
  #operations = 0;

  constructor(options: {
    readonly loop: EventLoop;
    readonly store: SharedState;
    readonly model: SharedStateModel;
    readonly random: { next(): number };
    readonly processes: number;
  }) {
    this.#loop = options.loop;
    this.#store = options.store;
    this.#model = options.model;
    this.#random = options.random;
    this.#processes = options.processes;
  }

  /** The operations that were sent to it. */
  get operations(): number {
    return this.#operations;
  }

  /** The store as one process reaches it. */
  connect(): SharedState {
    const store = this.#store;
    const connection = new Connection(this.#loop, () => this.#isReachable());
    const send = <Value>(operation: () => MaybePromise<Value>): Promise<Value> => this.#send(connection, operation);
    return {
      name: "simulated",
      get available() {
        return connection.available;
      },
      processes: this.#processes,
      reserve: (request) => send(() => store.reserve(request)),
      settle: (request) => {
        const settle = (): MaybePromise<boolean> => store.settle(request);
        // A settlement that cannot be made is remembered and made later.
        return send(settle).catch((cause: unknown) => {
          connection.later(settle);
          throw cause;
        });
      },
      extend: (reservation) => send(() => store.extend(reservation)),
      used: (query) => send(() => store.used(query)),
      startCooldown: (cooldown, now) => send(() => store.startCooldown(cooldown, now)),
      endCooldown: (id, until) => send(() => store.endCooldown(id, until)),
      cooldowns: (now) => send(() => store.cooldowns(now)),
      onCooldown: (listener) => store.onCooldown(this.#delayed(listener)),
      gossip: (message, receive) => this.#gossip({ message, receive }),
      onAvailability: (listener) => connection.onChange(listener),
      close: () => Promise.resolve(),
    };
  }

  #isReachable(): boolean {
    const now = this.#loop.time;
    const { outages = [] } = this.#model;
    return !outages.some(({ fromMs, toMs }) => now >= fromMs * millisecond && now < toMs * millisecond);
  }

  #delay(): number {
    const { delayMs = 1, jitterMs = 0 } = this.#model;
    return (delayMs + (jitterMs === 0 ? 0 : exponential(this.#random.next(), jitterMs))) * millisecond;
  }

  /** Sends an operation, which takes effect half way, and fails if its answer is late or lost. */
  #send<Value>(connection: Connection, operation: () => MaybePromise<Value>): Promise<Value> {
    const { timeoutMs = 50, loss = 0 } = this.#model;
    this.#operations += 1;
    const delay = this.#delay();
    const arrives = this.#isReachable();
    const returns = arrives && (loss === 0 || this.#random.next() >= loss) && delay <= timeoutMs * millisecond;
    return new Promise((resolve, reject) => {
      if (arrives)
        this.#loop.planSettling(delay / 2, () => {
          const result = operation();
          if (!returns) return;
          this.#loop.planSettling(delay / 2, () => {
            connection.answered();
            resolve(result);
          });
        });
      if (returns) return;
      this.#loop.planSettling(timeoutMs * millisecond, () => {
        connection.unanswered();
        reject(new Error("The simulated store did not answer in time."));
      });
    });
  }

  #delayed(listener: (cooldown: DeploymentCooldown) => void): (cooldown: DeploymentCooldown) => void {
    return (cooldown) => {
      if (!this.#isReachable()) return;
      this.#loop.planSettling(this.#delay() / 2, () => {
        listener(cooldown);
      });
    };
  }

  #gossip(peer: Peer): () => void {
    this.#peers.add(peer);
    let isOver = false;
    const tell = (): void => {
      if (isOver) return;
      this.#loop.planSettling(gossipInterval, tell);
      const text = this.#isReachable() ? peer.message() : undefined;
      if (text === undefined) return;
      this.#operations += 1;
      for (const other of this.#peers)
        if (other !== peer)
          this.#loop.planSettling(this.#delay(), () => {
            other.receive(text);
          });
    };
    // Processes do not start at the same time.
    this.#loop.planSettling(gossipInterval * this.#random.next(), tell);
    return () => {
      isOver = true;
      this.#peers.delete(peer);
    };
  }
}

/** What a process knows about the store: it is unavailable after two operations in a row without an answer. */
class Connection {
  available = true;
  readonly #loop: EventLoop;
  readonly #isReachable: () => boolean;
  readonly #listeners = new Set<(available: boolean) => void>();
  #waiting: (() => unknown)[] = [];
  #missed = 0;

  constructor(loop: EventLoop, isReachable: () => boolean) {
    this.#loop = loop;
    this.#isReachable = isReachable;
  }

  onChange(listener: (available: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  answered(): void {
    this.#missed = 0;
  }

  unanswered(): void {
    this.#missed += 1;
    if (this.#missed < 2 || !this.available) return;
    this.#change(false);
    this.#probeLater();
  }

  /** Makes an operation once the store is reachable again. */
  later(operation: () => unknown): void {
    this.#waiting.push(operation);
    if (this.available)
      this.#loop.planSettling(probeInterval, () => {
        if (this.available) this.#makeUp();
      });
  }

  #probeLater(): void {
    this.#loop.planSettling(probeInterval, () => {
      if (!this.#isReachable()) {
        this.#probeLater();
        return;
      }
      this.#missed = 0;
      this.#makeUp();
      this.#change(true);
    });
  }

  #makeUp(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const operation of waiting) operation();
  }

  #change(available: boolean): void {
    this.available = available;
    for (const listener of this.#listeners) listener(available);
  }
}
