import { type Candidate, invalidOption, isJsonObject, type JsonObject, type Strategy } from "@modelyard/core";

export interface PeakEwmaOptions {
  /** How long a measurement takes to lose two thirds of its weight, in milliseconds. Above 0. @defaultValue 10_000 */
  readonly decayMs?: number;
}

interface Average {
  /** The deployment's id: an index may be given to another one when the configuration changes. */
  readonly id: string;
  latencyMs: number;
  at: number;
}

/** A failure must not look fast: it counts as at least this long. */
const failureMs = 10_000;

/** Latencies of late, by the router's index; what is restored waits under its id until its deployment is seen. */
class Averages {
  readonly #rows: (Average | undefined)[] = [];
  readonly #restored = new Map<string, Average>();

  constructor(readonly decayMs: number) {}

  find({ index, deployment }: Pick<Candidate, "index" | "deployment">): Average | undefined {
    const known = this.#rows[index];
    if (known?.id === deployment.id) return known;
    const past = this.#restored.get(deployment.id);
    if (past === undefined) return undefined;
    this.#restored.delete(deployment.id);
    this.#rows[index] = past;
    return past;
  }

  measure(who: Pick<Candidate, "index" | "deployment">, latencyMs: number, at: number): void {
    const known = this.find(who);
    if (known === undefined) {
      this.#rows[who.index] = { id: who.deployment.id, latencyMs, at };
      return;
    }
    // A peak counts at once; better times are believed slowly.
    const kept = latencyMs > known.latencyMs ? 0 : Math.exp(-Math.max(0, at - known.at) / this.decayMs);
    known.latencyMs = known.latencyMs * kept + latencyMs * (1 - kept);
    known.at = at;
  }

  /** Counts as a failure: never better than what is known. */
  fail(who: Pick<Candidate, "index" | "deployment">, durationMs: number, at: number): void {
    this.measure(who, Math.max(durationMs, failureMs, this.find(who)?.latencyMs ?? 0), at);
  }

  snapshot(): unknown {
    const rows = [...this.#restored.values(), ...this.#rows.filter((row) => row !== undefined)];
    return Object.fromEntries(rows.map(({ id, latencyMs, at }) => [id, { latencyMs, at }]));
  }

  restore(snapshot: unknown): void {
    if (!isJsonObject(snapshot)) return;
    for (const [id, entry] of Object.entries(snapshot)) {
      if (!isJsonObject(entry)) continue;
      const { latencyMs, at } = entry;
      if (typeof latencyMs === "number" && typeof at === "number") this.#restored.set(id, { id, latencyMs, at });
    }
  }
}

/** Two candidates by lot; the one with the lower latency times load serves. */
export function peakEwma({ decayMs = 10_000 }: PeakEwmaOptions = {}): Strategy {
  if (!(decayMs > 0)) {
    throw invalidOption("peakEwma.decayMs", `${String(decayMs)} is not a number above 0.`, "Correct it.");
  }
  const averages = new Averages(decayMs);
  const cost = (candidate: Candidate): number => (averages.find(candidate)?.latencyMs ?? 0) * (candidate.inFlight + 1);
  return {
    name: "peak-ewma",
    pick(candidates, { random }) {
      const first = candidates[Math.floor(random.next() * candidates.length)] ?? candidates[0];
      const second = candidates[Math.floor(random.next() * candidates.length)] ?? candidates[0];
      return cost(second) < cost(first) ? second : first;
    },
    observe(event) {
      if (event.type === "attempt_succeeded") averages.measure(event, event.firstTokenMs ?? event.durationMs, event.at);
      if (event.type === "attempt_failed") averages.fail(event, event.durationMs, event.at);
    },
    snapshot: () => averages.snapshot(),
    restore: (snapshot) => {
      averages.restore(snapshot);
    },
  };
}

/** What `routing_strategy: ./peak-ewma.mjs` loads: a function of `routing_strategy_args`. */
export function strategy(args: JsonObject): Strategy {
  const { decay_ms: decayMs } = args;
  if (decayMs === undefined) return peakEwma();
  // The name at the beginning makes the report point at the argument in the file.
  if (!(Number(decayMs) > 0)) throw new Error(`decay_ms: ${JSON.stringify(decayMs)} is not a number above 0.`);
  return peakEwma({ decayMs: Number(decayMs) });
}
