/** How much a new measurement makes older ones count less. */
const kept = 0.97;
/** What is assumed before anything was measured: 4,000 prompt tokens per second, after a fifth of a second. */
const assumed = { baseMs: 200, msPerToken: 0.25, weight: 0.5 } as const;
/** The tokens of a typical prompt, for the weight of the assumption. */
const typicalTokens = 4_000;
const leastMsPerToken = assumed.msPerToken / 50;
/** The tokens for which a cache is assumed to keep what it gets, before it was seen. */
const assumedExpected = 10_000;
/** The time in which the memory of past calls fades, in milliseconds. */
const fadesMs = 900_000;

/** What this process knows of the load of one deployment. */
export class DeploymentLoad {
  /** The tokens of prompts that have no first token yet, as far as they are not expected to be cached. */
  waitingTokens = 0;
  /** Sums over measured first tokens: of ones, tokens, milliseconds, tokens squared, and tokens times milliseconds. */
  #count = 0;
  #tokens = 0;
  #ms = 0;
  #squares = 0;
  #products = 0;
  /** The tokens that were expected in its cache, and those that were, for its last calls. */
  #expected = assumedExpected;
  #obtained = assumedExpected;
  #recent = 0;
  #recentAt = 0;

  /** Learns how long the first token took, with `tokens` to process, those ahead included. */
  learn(tokens: number, ms: number): void {
    this.#count = this.#count * kept + 1;
    this.#tokens = this.#tokens * kept + tokens;
    this.#ms = this.#ms * kept + ms;
    this.#squares = this.#squares * kept + tokens * tokens;
    this.#products = this.#products * kept + tokens * ms;
  }

  /** The time that one more uncached token takes, by least squares with a ridge towards what is assumed. */
  get msPerToken(): number {
    const ridge = assumed.weight * typicalTokens * typicalTokens;
    const count = Math.max(1, this.#count);
    const spread = this.#squares - (this.#tokens * this.#tokens) / count;
    const together = this.#products - (this.#tokens * this.#ms) / count;
    return Math.max(leastMsPerToken, (together + ridge * assumed.msPerToken) / (spread + ridge));
  }

  /** The expected time to the first token of a prompt with `tokens` to process. */
  firstTokenMs(tokens: number): number {
    const { msPerToken } = this;
    const mean =
      (this.#ms - msPerToken * this.#tokens + assumed.weight * assumed.baseMs) / (this.#count + assumed.weight);
    return Math.max(0, mean) + msPerToken * (this.waitingTokens + tokens);
  }

  /** Learns how much of what was expected in its cache was there. */
  obtain(expected: number, tokens: number): void {
    this.#expected = this.#expected * kept + expected;
    this.#obtained = this.#obtained * kept + Math.min(expected, tokens);
  }

  /** The part of what is expected in its cache that is there, from 0 to 1. */
  get obtained(): number {
    return this.#obtained / this.#expected;
  }

  /** Whether no call has begun yet. */
  get isNew(): boolean {
    return this.#recentAt === 0;
  }

  /** A deployment that was added begins with as many calls as others had, so that not every new session goes there. */
  begin(recent: number, now: number): void {
    this.#recent = recent;
    this.#recentAt = now;
  }

  /** A call begins. */
  count(now: number): void {
    this.begin(this.recent(now) + 1, now);
  }

  /** The calls of the last minutes, of which older ones count less. */
  recent(now: number): number {
    return this.#recent * Math.exp(-Math.max(0, now - this.#recentAt) / fadesMs);
  }
}
