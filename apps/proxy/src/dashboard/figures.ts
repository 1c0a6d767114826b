import type { SeenFigures } from "@modelyard/dashboard/data";

/** What is added up in each span of time. */
const sums = 5;
const [attempts, failures, firstTokens, firstTokenMs, durationMs] = [0, 1, 2, 3, 4] as const;

/** The end of an attempt, or of a whole request. */
export interface Settled {
  readonly at: number;
  readonly failed: boolean;
  readonly durationMs: number;
  /** Not set: it was not a stream, or it had no first token. */
  readonly firstTokenMs: number | undefined;
  readonly costUsd: number | undefined;
  readonly usage:
    | {
        readonly prompt_tokens: number;
        readonly completion_tokens: number;
        readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | null | undefined;
      }
    | undefined;
}

export interface FiguresOptions {
  /** The length of a span, in milliseconds. */
  readonly spanMs: number;
  /** How many spans are kept. */
  readonly spans: number;
}

/** Sums since the start, and in spans of time. Its size is fixed: about 1.5 KB for 30 spans. */
export class Figures {
  readonly #spanMs: number;
  readonly #spans: number;
  readonly #series: Float64Array;
  /** The span that was written most recently. */
  #span = 0;
  #attempts = 0;
  #failures = 0;
  #costUsd = 0;
  #inputTokens = 0;
  #cachedTokens = 0;
  #outputTokens = 0;
  /** What `read` returned most recently, as long as nothing has changed. */
  #seen: SeenFigures | undefined;

  constructor({ spanMs, spans }: FiguresOptions) {
    this.#spanMs = spanMs;
    this.#spans = spans;
    this.#series = new Float64Array(spans * sums);
  }

  write(settled: Settled): void {
    const base = this.#advance(settled.at);
    const { usage } = settled;
    this.#seen = undefined;
    this.#attempts += 1;
    this.#add(base + attempts, 1);
    this.#costUsd += settled.costUsd ?? 0;
    this.#inputTokens += usage?.prompt_tokens ?? 0;
    this.#cachedTokens += usage?.prompt_tokens_details?.cached_tokens ?? 0;
    this.#outputTokens += usage?.completion_tokens ?? 0;
    if (settled.failed) {
      this.#failures += 1;
      this.#add(base + failures, 1);
      return;
    }
    this.#add(base + durationMs, settled.durationMs);
    if (settled.firstTokenMs === undefined) return;
    this.#add(base + firstTokens, 1);
    this.#add(base + firstTokenMs, settled.firstTokenMs);
  }

  /** The same object as before, if nothing has changed. */
  read(now: number): SeenFigures {
    const before = this.#span;
    this.#advance(now);
    if (this.#seen !== undefined && this.#span === before) return this.#seen;
    const bases = Array.from({ length: this.#spans }, (_, back) => ((this.#span + 1 + back) % this.#spans) * sums);
    const at = (index: number): number => this.#series[index] ?? 0;
    const mean = (sum: number, count: number): number | null => (count === 0 ? null : Math.round(sum / count));
    this.#seen = {
      attempts: this.#attempts,
      failures: this.#failures,
      costUsd: this.#costUsd,
      inputTokens: this.#inputTokens,
      cachedTokens: this.#cachedTokens,
      outputTokens: this.#outputTokens,
      series: {
        spanMs: this.#spanMs,
        attempts: bases.map((base) => at(base + attempts)),
        failures: bases.map((base) => at(base + failures)),
        firstTokenMs: bases.map((base) => mean(at(base + firstTokenMs), at(base + firstTokens))),
        durationMs: bases.map((base) => mean(at(base + durationMs), at(base + attempts) - at(base + failures))),
      },
    };
    return this.#seen;
  }

  #add(index: number, value: number): void {
    this.#series[index] = (this.#series[index] ?? 0) + value;
  }

  /** Clears the spans that have passed since the last event. Returns where the current one begins. */
  #advance(at: number): number {
    const span = Math.floor(at / this.#spanMs);
    const from = Math.max(this.#span, span - this.#spans);
    for (let passed = from + 1; passed <= span; passed += 1) {
      const base = (passed % this.#spans) * sums;
      this.#series.fill(0, base, base + sums);
    }
    this.#span = Math.max(this.#span, span);
    return (this.#span % this.#spans) * sums;
  }
}
