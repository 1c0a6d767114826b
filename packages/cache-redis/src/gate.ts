import type { Clock } from "@modelyard/core";

export interface GateOptions {
  readonly clock: Clock;
  /** Longest wait for a command, in milliseconds. */
  readonly commandMs: number;
  /** Asks Redis something harmless. Rejects when the answer does not come in time. */
  readonly ask: () => Promise<void>;
  /** Called whenever the gate opens or shuts. */
  readonly changed: (gate: Gate, cause: unknown) => void;
}

/** Part of the wait that is left after a command was late: a call that needs two hardly waits longer than for one. */
const suspectPart = 0.25;
/** A shut gate asks after this long, in milliseconds; twice as long after each question without an answer ... */
const firstAskMs = 25;
/** ... up to this long. */
const longestAskMs = 200;

/**
 * Whether it is worth sending commands to one master. Two late replies in a row shut it, or one error of Redis as a
 * whole; while it is shut nobody waits, and it asks in the background until an answer comes in time.
 */
export class Gate {
  readonly #options: GateOptions;
  #open: boolean;
  #suspect = false;
  #closed = false;
  #asking = false;
  #askMs = firstAskMs;
  #timer: unknown;

  constructor(options: GateOptions, open: boolean) {
    this.#options = options;
    this.#open = open;
    if (!open) this.#askLater();
  }

  get open(): boolean {
    return this.#open;
  }

  /** How long the next command may take, in milliseconds. */
  get patienceMs(): number {
    const { commandMs } = this.#options;
    return this.#suspect ? commandMs * suspectPart : commandMs;
  }

  /** A reply came in time. */
  answered(): void {
    this.#suspect = false;
  }

  /** A reply did not come in time. */
  late(cause: unknown): void {
    if (this.#suspect) this.shut(cause);
    this.#suspect = true;
  }

  /** Redis said that it cannot serve, or is not connected. */
  shut(cause: unknown): void {
    if (!this.#open || this.#closed) return;
    this.#open = false;
    this.#askMs = firstAskMs;
    this.#askLater();
    this.#options.changed(this, cause);
  }

  /** Asks now, e.g. since a connection was made. */
  async ask(): Promise<void> {
    if (this.#open || this.#closed || this.#asking) return;
    this.#asking = true;
    this.#options.clock.clearTimer(this.#timer);
    try {
      await this.#options.ask();
      if (!this.#isClosed()) this.#opened();
    } catch {
      this.#askLater();
    } finally {
      this.#asking = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#timer);
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #opened(): void {
    this.#open = true;
    this.#suspect = false;
    this.#options.changed(this, undefined);
  }

  #askLater(): void {
    if (this.#closed) return;
    const ms = this.#askMs;
    this.#askMs = Math.min(longestAskMs, 2 * ms);
    const { clock } = this.#options;
    clock.clearTimer(this.#timer);
    this.#timer = clock.setTimer(() => {
      void this.ask();
    }, ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
