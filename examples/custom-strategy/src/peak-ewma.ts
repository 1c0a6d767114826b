import type { Candidate, PickContext, Strategy } from "@modelyard/core";

export interface PeakEwmaOptions {
  /** How long a measurement takes to lose two thirds of its weight, in milliseconds. Above 0. @defaultValue 10_000 */
  readonly decayMs?: number;
}

interface Average {
  readonly id: string;
  latencyMs: number;
  at: number;
}

/** Two candidates by lot; the one with the lower latency times load serves. */
export function peakEwma({ decayMs = 10_000 }: PeakEwmaOptions = {}): Strategy {
  const averages: (Average | undefined)[] = [];

  const measure = (index: number, id: string, latencyMs: number, at: number): void => {
    const known = averages[index];
    if (known?.id !== id) {
      averages[index] = { id, latencyMs, at };
      return;
    }
    // A peak counts at once; better times are believed slowly.
    const kept = latencyMs > known.latencyMs ? 0 : Math.exp(-Math.max(0, at - known.at) / decayMs);
    known.latencyMs = known.latencyMs * kept + latencyMs * (1 - kept);
    known.at = at;
  };

  const cost = ({ index, deployment, inFlight }: Candidate): number => {
    const known = averages[index];
    return (known?.id === deployment.id ? known.latencyMs : 0) * (inFlight + 1);
  };

  return {
    name: "peak-ewma",
    pick(candidates, { random }: PickContext) {
      const first = candidates[Math.floor(random.next() * candidates.length)] ?? candidates[0];
      const second = candidates[Math.floor(random.next() * candidates.length)] ?? candidates[0];
      return cost(second) < cost(first) ? second : first;
    },
    observe(event) {
      if (event.type === "attempt_succeeded")
        measure(event.index, event.deployment.id, event.firstTokenMs ?? event.durationMs, event.at);
      // A failure must not look fast.
      if (event.type === "attempt_failed")
        measure(event.index, event.deployment.id, Math.max(event.durationMs, 10_000), event.at);
    },
  };
}

/** What `routing_strategy: ./peak-ewma.mjs` loads: a function of `routing_strategy_args`. */
export function strategy(args: { readonly decay_ms?: number }): Strategy {
  return peakEwma(args.decay_ms === undefined ? {} : { decayMs: args.decay_ms });
}
