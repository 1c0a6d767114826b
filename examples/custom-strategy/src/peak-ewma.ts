import type { Candidate, JsonObject, Strategy } from "@modelyard/core";
import { invalidOption, isJsonObject } from "@modelyard/core/kit";

export interface PeakEwmaOptions {
  /** How long a measurement takes to lose two thirds of its weight, in milliseconds. Above 0. @defaultValue 10_000 */
  readonly decayMs?: number;
}

interface Average {
  /** The deployment's id, since an index may belong to another deployment after a configuration change. */
  readonly id: string;
  latencyMs: number;
  at: number;
}

/** A failure counts as at least this latency, in milliseconds, so that it does not look fast. */
const failureMs = 10_000;

/** Recent latencies by the router's index. Restored ones are kept by id until their deployment is seen. */
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
    // A higher latency counts at once; lower ones count gradually.
    const kept = latencyMs > known.latencyMs ? 0 : Math.exp(-Math.max(0, at - known.at) / this.decayMs);
    known.latencyMs = known.latencyMs * kept + latencyMs * (1 - kept);
    known.at = at;
  }

  /** Records a failure, which never lowers the known latency. */
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

/** Draws two candidates and picks the one with the lower latency times load. */
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

/** Called with `routing_strategy_args` when a file has `routing_strategy: ./peak-ewma.mjs`. */
export function strategy(args: JsonObject): Strategy {
  const { decay_ms: decayMs } = args;
  if (decayMs === undefined) return peakEwma();
  // An error that begins with the name of an argument is reported at the argument's place in the file.
  if (!(Number(decayMs) > 0)) throw new Error(`decay_ms: ${JSON.stringify(decayMs)} is not a number above 0.`);
  return peakEwma({ decayMs: Number(decayMs) });
}
