import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Longest time from the end of a call until the vendor notices it, on an idle machine. Milliseconds. */
const promptMs = 100;

/** Measures what "at once" means on this machine at the moment, so that no test fails because the machine is busy. */
export class Promptness {
  readonly #stalls: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 });

  constructor() {
    this.#stalls.enable();
  }

  /** 100 ms plus twice the longest stall of this process since the start or the last reset. */
  get limitMs(): number {
    return promptMs + (2 * this.#stalls.max) / 1e6;
  }

  reset(): void {
    this.#stalls.reset();
  }

  stop(): void {
    this.#stalls.disable();
  }
}

/** The current time in milliseconds since the epoch, on the same clock as scripted upstreams. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
