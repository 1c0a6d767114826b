import type { DeploymentFigures } from "@modelyard/dashboard/data";
import type { EventOf } from "@modelyard/core";

const spanMs = 10_000;
const spans = 30;

type Settled = EventOf<"attempt_failed" | "attempt_succeeded">;

/** What one deployment has done, with a series of the last five minutes. Its size is fixed: about 1 KB. */
export class Figures {
  readonly #attempts = new Uint32Array(spans);
  readonly #failures = new Uint32Array(spans);
  readonly #firstTokens = new Uint32Array(spans);
  readonly #firstTokenMs = new Float64Array(spans);
  /** The span that was written most recently. */
  #span = 0;
  #allAttempts = 0;
  #allFailures = 0;
  #costUsd = 0;
  #inputTokens = 0;
  #cachedTokens = 0;
  #outputTokens = 0;
  #remainingRequests: number | undefined = undefined;
  #remainingTokens: number | undefined = undefined;

  write(event: Settled): void {
    const index = this.#advance(event.at);
    this.#allAttempts += 1;
    this.#attempts[index] = (this.#attempts[index] ?? 0) + 1;
    this.#costUsd += event.costUsd ?? 0;
    this.#inputTokens += event.usage?.prompt_tokens ?? 0;
    this.#cachedTokens += event.usage?.prompt_tokens_details?.cached_tokens ?? 0;
    this.#outputTokens += event.usage?.completion_tokens ?? 0;
    if (event.type === "attempt_failed") {
      this.#allFailures += 1;
      this.#failures[index] = (this.#failures[index] ?? 0) + 1;
      return;
    }
    this.#remainingRequests = event.remainingRequests ?? this.#remainingRequests;
    this.#remainingTokens = event.remainingTokens ?? this.#remainingTokens;
    if (event.firstTokenMs === undefined) return;
    this.#firstTokens[index] = (this.#firstTokens[index] ?? 0) + 1;
    this.#firstTokenMs[index] = (this.#firstTokenMs[index] ?? 0) + event.firstTokenMs;
  }

  read(now: number): DeploymentFigures {
    this.#advance(now);
    const indices = Array.from({ length: spans }, (_, back) => (this.#span + 1 + back) % spans);
    return {
      attempts: this.#allAttempts,
      failures: this.#allFailures,
      costUsd: this.#costUsd,
      inputTokens: this.#inputTokens,
      cachedTokens: this.#cachedTokens,
      outputTokens: this.#outputTokens,
      remainingRequests: this.#remainingRequests,
      remainingTokens: this.#remainingTokens,
      series: {
        attempts: indices.map((index) => this.#attempts[index] ?? 0),
        failures: indices.map((index) => this.#failures[index] ?? 0),
        firstTokenMs: indices.map((index) => {
          const count = this.#firstTokens[index] ?? 0;
          return count === 0 ? null : Math.round((this.#firstTokenMs[index] ?? 0) / count);
        }),
      },
    };
  }

  /** Clears the spans that have passed since the last event. Returns the index of the current one. */
  #advance(at: number): number {
    const span = Math.floor(at / spanMs);
    const from = Math.max(this.#span, span - spans);
    for (let passed = from + 1; passed <= span; passed += 1) {
      const index = passed % spans;
      this.#attempts[index] = 0;
      this.#failures[index] = 0;
      this.#firstTokens[index] = 0;
      this.#firstTokenMs[index] = 0;
    }
    this.#span = Math.max(this.#span, span);
    return this.#span % spans;
  }
}
