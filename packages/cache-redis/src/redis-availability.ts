import type { Clock } from "@modelyard/core";

export interface RedisAvailabilityOptions {
  readonly clock: Clock;
  /** Longest wait for a command, in milliseconds. */
  readonly commandMs: number;
  /** Sends harmless commands to Redis. Rejects when a reply is wrong or late. */
  readonly probe: () => Promise<void>;
  /** Called whenever the master becomes available or unavailable. */
  readonly changed: (availability: RedisAvailability, cause: unknown) => void;
}

/**
 * After a late reply, the next command gets only this part of the time limit, so that a call with two commands is not
 * much slower.
 */
const suspectPart = 0.25;
/** Wait before the first probe of an unavailable master, in milliseconds. It doubles with each probe that fails. */
const firstProbeMs = 25;
/** Longest wait between two probes, in milliseconds. */
const longestProbeMs = 200;

/**
 * Whether commands should be sent to one master. Two late replies in a row, or one error that concerns all of Redis,
 * make it unavailable. From then on no call waits for it, and it is probed in the background until a reply arrives in
 * time.
 */
export class RedisAvailability {
  readonly #options: RedisAvailabilityOptions;
  #available: boolean;
  /** The latest reply was late; one more makes the master unavailable. */
  #suspect = false;
  #closed = false;
  #probing = false;
  #probeDelayMs = firstProbeMs;
  #timer: unknown;

  constructor(options: RedisAvailabilityOptions, available: boolean) {
    this.#options = options;
    this.#available = available;
    if (!available) this.#probeLater();
  }

  get available(): boolean {
    return this.#available;
  }

  /** How long the next command may take, in milliseconds. */
  get timeoutMs(): number {
    const { commandMs } = this.#options;
    return this.#suspect ? commandMs * suspectPart : commandMs;
  }

  replyArrived(): void {
    this.#suspect = false;
  }

  replyTimedOut(cause: unknown): void {
    if (this.#suspect) this.markUnavailable(cause);
    this.#suspect = true;
  }

  /** Call it when Redis reports that it cannot serve, or when the connection is lost. */
  markUnavailable(cause: unknown): void {
    if (!this.#available || this.#closed) return;
    this.#available = false;
    this.#probeDelayMs = firstProbeMs;
    this.#probeLater();
    this.#options.changed(this, cause);
  }

  /** Probes an unavailable master now, for example because a connection was made. */
  async probe(): Promise<void> {
    if (this.#available || this.#closed || this.#probing) return;
    this.#probing = true;
    this.#options.clock.clearTimer(this.#timer);
    try {
      await this.#options.probe();
      if (!this.#isClosed()) this.#markAvailable();
    } catch {
      this.#probeLater();
    } finally {
      this.#probing = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimer(this.#timer);
  }

  /** A method, because the compiler assumes that `#closed` does not change during an `await`. */
  #isClosed(): boolean {
    return this.#closed;
  }

  #markAvailable(): void {
    this.#available = true;
    this.#suspect = false;
    this.#options.changed(this, undefined);
  }

  #probeLater(): void {
    if (this.#closed) return;
    const ms = this.#probeDelayMs;
    this.#probeDelayMs = Math.min(longestProbeMs, 2 * ms);
    const { clock } = this.#options;
    clock.clearTimer(this.#timer);
    this.#timer = clock.setTimer(() => {
      void this.probe();
    }, ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
