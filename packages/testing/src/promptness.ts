import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Longest between the end of a call and the end of what the vendor sees of it, on an idle machine. Milliseconds. */
const promptMs = 100;

/** Says what "at once" means on this machine, now: a busy one fails nobody. */
export class Promptness {
  readonly #stalls: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 });

  constructor() {
    this.#stalls.enable();
  }

  /** 100 ms, and what this process was kept from running since the start, or since the last reset. */
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

/** Now, in milliseconds since the epoch, on the clock of scripted upstreams. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
