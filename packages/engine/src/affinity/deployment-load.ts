/** How fast a deployment is. */
interface Speed {
  /** The time to the first token of an empty prompt. */
  readonly baseMs: number;
  /** The time that one more token to process takes. */
  readonly msPerToken: number;
}

/** How much a new measurement makes older ones count less. */
const kept = 0.97;
/** What is assumed before anything was measured: 4,000 prompt tokens per second, after a fifth of a second. */
const assumed: Speed = { baseMs: 200, msPerToken: 0.25 };
/** How many measurements the assumption counts for. */
const weight = 0.5;
/** The tokens of a typical prompt, for the weight of the assumption. */
const typicalTokens = 4_000;
const leastMsPerToken = assumed.msPerToken / 50;
/** The tokens for which a cache is assumed to keep what it gets, before it was seen. */
const assumedExpected = 10_000;
/** The time in which the memory of past calls fades, in milliseconds. */
const fadesMs = 900_000;

/** A prompt that has no first token yet. */
export interface WaitingPrompt {
  /** What has to be processed: what is not expected to be cached. */
  readonly tokens: number;
  /** What was waiting before it. */
  readonly ahead: number;
  /** When its first token is expected. `undefined`: the call is not streamed, so that nobody sees its first token. */
  readonly dueAt: number | undefined;
}

/** What this process knows of the load of one deployment. */
export class DeploymentLoad {
  /** The streams without a first token, in the order in which they began. */
  readonly #waiting = new Set<WaitingPrompt>();
  #waitingTokens = 0;
  /** The tokens of plain calls, which are assumed to be processed one after the other, as of `#plainAt`. */
  #plainTokens = 0;
  #plainAt = 0;
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
  /** Negative before the first call. */
  #recentAt = -1;
  readonly #fleet: DeploymentLoad | undefined;
  #measurements = 0;
  #computed: Speed | undefined = undefined;
  #computedFrom = 0;

  /** @param fleet - all deployments of its group, which are assumed to be alike as long as little is measured */
  constructor(fleet?: DeploymentLoad) {
    this.#fleet = fleet;
  }

  /** A prompt of which `tokens` have to be processed begins to wait. */
  wait(tokens: number, isStream: boolean, now: number): WaitingPrompt {
    const ahead = this.#tokensAhead(now);
    const prompt: WaitingPrompt = { tokens, ahead, dueAt: isStream ? now + this.#ownMs(ahead + tokens) : undefined };
    if (isStream) {
      this.#waiting.add(prompt);
      this.#waitingTokens += tokens;
    } else {
      this.#plainTokens = this.#plainLeft(now) + tokens;
      this.#plainAt = now;
    }
    return prompt;
  }

  /** A prompt does not wait any more. */
  leave(prompt: WaitingPrompt, now: number): void {
    if (this.#waiting.delete(prompt)) this.#waitingTokens = Math.max(0, this.#waitingTokens - prompt.tokens);
    if (prompt.dueAt !== undefined) return;
    this.#plainTokens = Math.max(0, this.#plainLeft(now) - prompt.tokens);
    this.#plainAt = now;
  }

  /** Learns how long the first token of a prompt took, of which `tokens` had to be processed. */
  learn({ ahead }: WaitingPrompt, tokens: number, ms: number): void {
    this.#measure(ahead + tokens, ms);
    if (this.#fleet !== undefined) this.#fleet.#measure(ahead + tokens, ms);
  }

  #measure(tokens: number, ms: number): void {
    this.#measurements += 1;
    this.#count = this.#count * kept + 1;
    this.#tokens = this.#tokens * kept + tokens;
    this.#ms = this.#ms * kept + ms;
    this.#squares = this.#squares * kept + tokens * tokens;
    this.#products = this.#products * kept + tokens * ms;
  }

  #tokensAhead(now: number): number {
    return this.#waitingTokens + this.#plainLeft(now);
  }

  #plainLeft(now: number): number {
    return Math.max(0, this.#plainTokens - Math.max(0, now - this.#plainAt) / this.#speed.msPerToken);
  }

  /** What the measurements say. Computed again only after a new one, since every pick asks for it. */
  get #speed(): Speed {
    const measurements = this.#measurements + (this.#fleet === undefined ? 0 : this.#fleet.#measurements);
    if (this.#computed === undefined || this.#computedFrom !== measurements) this.#computed = this.#compute();
    this.#computedFrom = measurements;
    return this.#computed;
  }

  /** Least squares, with a ridge towards what is assumed. */
  #compute(): Speed {
    const before = this.#fleet === undefined ? assumed : this.#fleet.#speed;
    const ridge = weight * typicalTokens * typicalTokens;
    const count = Math.max(1, this.#count);
    const spread = this.#squares - (this.#tokens * this.#tokens) / count;
    const together = this.#products - (this.#tokens * this.#ms) / count;
    const msPerToken = Math.max(leastMsPerToken, (together + ridge * before.msPerToken) / (spread + ridge));
    const rest = this.#ms - msPerToken * this.#tokens + weight * before.baseMs;
    return { msPerToken, baseMs: Math.max(0, rest / (this.#count + weight)) };
  }

  /**
   * The expected time to the first token of a prompt with `tokens` to process. A deployment whose oldest prompt is overdue will
   * need at least as much longer.
   */
  firstTokenMs(tokens: number, now: number): number {
    const [oldest] = this.#waiting;
    const overdue = oldest?.dueAt === undefined ? 0 : Math.max(0, now - oldest.dueAt);
    return this.#ownMs(this.#tokensAhead(now) + tokens) + overdue;
  }

  #ownMs(tokens: number): number {
    const { baseMs, msPerToken } = this.#speed;
    return baseMs + msPerToken * tokens;
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
    return this.#recentAt < 0;
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
