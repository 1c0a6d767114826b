import type { EventOf, JsonObject, StrategyEvent } from "@modelyard/core";
import { largestCount } from "@modelyard/core/kit";
import { ForgettingFit, type FitSums, type Line } from "./forgetting-fit.js";
import { PendingCalls, type PendingCall } from "./pending-calls.js";

/** What is assumed before anything was measured: 4,000 prompt tokens per second after 0.15 s, then 45 tokens per second. */
const assumedPrompt: Readonly<Line> = { intercept: 150, slope: 250 };
const assumedToken: Readonly<Line> = { intercept: 20, slope: 1.25 };
/** The usual amount of waiting prompts, in thousands of tokens, and of calls in flight. */
const typicalPrompt = 2;
const typicalInFlight = 8;
/** A prediction that is wrong by this factor is a surprise. After so many in a row, the deployment has changed. */
const surprising = 2;
const mostSurprises = 2;
const keptAfterChange = 0.1;
/** Weight of the latest answer in means. */
const latestWeight = 0.05;
const assumedAnswerTokens = 200;
/** Shorter answers say little about the time that a token takes. */
const leastAnswerTokens = 8;
/** Above this part of cached tokens, a first token is only understood once the vendor has said how much was cached. */
const littleCached = 0.05;

/** The phases of an answer: reading the prompt, and writing the tokens. */
export interface PhaseSums {
  readonly prompt: FitSums | undefined;
  readonly token: FitSums | undefined;
}

/** How long a group's deployments take on average, which is assumed of those that were not measured. */
export class FleetPrediction {
  readonly prompt = new ForgettingFit();
  readonly token = new ForgettingFit();
  /** Changes with each sample. */
  version = 0;
  readonly promptLine = { ...assumedPrompt };
  readonly tokenLine = { ...assumedToken };
  /** The mean length of an answer. */
  answerTokens = assumedAnswerTokens;

  learn(): void {
    this.version += 1;
    this.prompt.fit(this.promptLine, assumedPrompt, typicalPrompt);
    this.token.fit(this.tokenLine, assumedToken, typicalInFlight);
  }

  /** Plain data for {@link FleetPrediction.restore}. */
  snapshot(): JsonObject {
    return { prompt: this.prompt.sums(), token: this.token.sums(), answerTokens: this.answerTokens };
  }

  restore(snapshot: JsonObject): void {
    restoreFits(this.prompt, this.token, snapshot);
    const { answerTokens } = snapshot;
    if (typeof answerTokens === "number" && answerTokens > 0 && answerTokens <= largestCount)
      this.answerTokens = answerTokens;
    this.learn();
  }
}

function restoreFits(prompt: ForgettingFit, token: ForgettingFit, snapshot: JsonObject): void {
  for (const [fit, value] of [
    [prompt, snapshot["prompt"]],
    [token, snapshot["token"]],
  ] as const) {
    const sums = ForgettingFit.sumsIn(value);
    if (sums !== undefined) fit.restore(sums);
  }
}

/**
 * Predicts how long a deployment takes, by phase: the first token comes after all waiting prompts were read, and each further
 * one the later the more answers are written at the same time.
 */
export class DeploymentPrediction {
  readonly pending = new PendingCalls();
  readonly #prompt = new ForgettingFit();
  readonly #token = new ForgettingFit();
  /** Sums since other processes were last informed. */
  #news = { prompt: new ForgettingFit(), token: new ForgettingFit() };
  /** How many of the latest first tokens in a row came at a very different time than predicted. */
  #surprises = 0;
  readonly #promptLine: Line;
  readonly #tokenLine: Line;
  #version = -1;
  /** The part of a prompt that the vendor does not find in its cache. */
  #uncached = 1;

  constructor(
    readonly id: string,
    readonly fleet: FleetPrediction,
  ) {
    this.#promptLine = { ...fleet.promptLine };
    this.#tokenLine = { ...fleet.tokenLine };
  }

  /** The time to the first token of a prompt behind those that are waiting, in milliseconds. */
  firstTokenMs(inputTokens: number): number {
    this.#follow();
    const tokens = (this.pending.load("stream") + inputTokens) * this.#uncached;
    return this.#promptLine.intercept + (this.#promptLine.slope * tokens) / 1_000;
  }

  /** The time per token of an answer that is written beside `inFlight` others, in milliseconds. */
  tokenMs(inFlight: number): number {
    this.#follow();
    return this.#tokenLine.intercept + this.#tokenLine.slope * (inFlight + 1);
  }

  /** The time that a usual call takes while there are no others, in milliseconds. */
  idleMs(firstTokenWeight: number): number {
    this.#follow();
    const first = this.#promptLine.intercept + this.#promptLine.slope * typicalPrompt * this.#uncached;
    return first * firstTokenWeight + this.fleet.answerTokens * (this.#tokenLine.intercept + this.#tokenLine.slope);
  }

  /** How much longer than predicted the oldest call without a token has waited, in milliseconds. At least 0. */
  overdueMs(now: number): number {
    const stream = this.pending.oldest("stream");
    const plain = this.pending.oldest("plain") ?? this.pending.oldest("call");
    const streamMs = stream === undefined ? 0 : now - stream.startedAt - this.#predicted(stream);
    if (plain === undefined) return Math.max(0, streamMs);
    const tokens = plain.mode === "plain" ? this.fleet.answerTokens : 0;
    // A plain answer comes as a whole, and a long one is not late.
    const plainMs = now - plain.startedAt - 3 * (this.#predicted(plain) + tokens * this.#tokenLine.intercept);
    return Math.max(0, streamMs, plainMs);
  }

  start(event: EventOf<"attempt_started">): void {
    this.pending.start(event);
  }

  firstToken(event: EventOf<"attempt_first_token">): void {
    const call = this.pending.answer(event);
    if (call === undefined || this.#uncached < 1 - littleCached) return;
    this.#learnPrompt(call, call.promptTokens, event.firstTokenMs);
  }

  succeeded(event: EventOf<"attempt_succeeded">): void {
    const inFlight = this.pending.load("plain");
    const unanswered = this.pending.answer(event);
    const call = this.pending.end(event);
    if (call === undefined) return;
    const { durationMs, firstTokenMs, usage } = event;
    const wasUnderstood = unanswered === undefined && this.#uncached >= 1 - littleCached;
    const promptTokens = usage?.prompt_tokens ?? 0;
    const cached = usage?.prompt_tokens_details?.cached_tokens ?? 0;
    const uncached = promptTokens > 0 ? 1 - Math.min(1, cached / promptTokens) : this.#uncached;
    this.#uncached += (uncached - this.#uncached) * latestWeight;
    if (firstTokenMs !== undefined && !wasUnderstood)
      this.#learnPrompt(call, call.promptTokens * uncached, firstTokenMs);
    if (call.mode === "call") this.#learnPrompt(call, call.promptTokens, durationMs);
    const tokens = usage?.completion_tokens ?? 0;
    if (tokens < leastAnswerTokens || call.mode === "call") return;
    this.fleet.answerTokens += (tokens - this.fleet.answerTokens) * latestWeight;
    const first = firstTokenMs ?? Math.min(durationMs, this.#predicted(call));
    this.#learnToken(inFlight, Math.max(0, durationMs - first) / tokens);
  }

  /** A timeout counts as an answer at its age. Other failures say nothing about the time that answers take. */
  failed(event: EventOf<"attempt_failed">): void {
    const call = this.pending.end(event);
    if (call === undefined || call.answered || event.error.kind !== "timeout") return;
    this.#learnPrompt(call, call.promptTokens, event.durationMs);
  }

  aborted(event: StrategyEvent): void {
    this.pending.end(event);
  }

  /** Plain data for {@link DeploymentPrediction.restore}. */
  snapshot(): JsonObject {
    return { prompt: this.#prompt.sums(), token: this.#token.sums(), uncached: this.#uncached };
  }

  /** Restores what was known under an earlier configuration, and ignores what it does not understand. */
  restore(snapshot: JsonObject): void {
    restoreFits(this.#prompt, this.#token, snapshot);
    const { uncached } = snapshot;
    if (typeof uncached === "number" && uncached >= 0 && uncached <= 1) this.#uncached = uncached;
    this.#version = -1;
  }

  /** What was measured since the last call of this method. `undefined`: nothing was. */
  news(): PhaseSums | undefined {
    const { prompt, token } = this.#news;
    if (prompt.weight === 0 && token.weight === 0) return undefined;
    this.#news = { prompt: new ForgettingFit(), token: new ForgettingFit() };
    return { prompt: prompt.sums(), token: token.sums() };
  }

  /** Adds what another process has measured. */
  merge({ prompt, token }: PhaseSums): void {
    for (const fit of [this.#prompt, this.fleet.prompt]) if (prompt !== undefined) fit.merge(prompt);
    for (const fit of [this.#token, this.fleet.token]) if (token !== undefined) fit.merge(token);
    this.#learned();
  }

  #predicted({ load, promptTokens, mode }: PendingCall): number {
    this.#follow();
    const before = mode === "plain" ? 0 : load;
    return this.#promptLine.intercept + (this.#promptLine.slope * (before + promptTokens) * this.#uncached) / 1_000;
  }

  #learnPrompt({ load, mode, overtaken, promptTokens }: PendingCall, tokens: number, ms: number): void {
    // What delayed a call that others have overtaken did not delay the others.
    const most = overtaken ? 1.2 * this.#predicted({ load, mode, promptTokens } as PendingCall) : ms;
    const x = ((mode === "plain" ? 0 : load) * this.#uncached + tokens) / 1_000;
    const y = Math.min(ms, most);
    const usual = this.#promptLine.intercept + this.#promptLine.slope * x;
    this.#surprises = y > surprising * usual || y * surprising < usual ? this.#surprises + 1 : 0;
    if (this.#surprises >= mostSurprises) this.#prompt.forget(keptAfterChange);
    for (const fit of [this.#prompt, this.fleet.prompt, this.#news.prompt]) fit.add(x, y);
    this.#learned();
  }

  #learnToken(inFlight: number, ms: number): void {
    for (const fit of [this.#token, this.fleet.token, this.#news.token]) fit.add(inFlight, ms);
    this.#learned();
  }

  #learned(): void {
    this.fleet.learn();
    this.#version = -1;
  }

  /** Fits the lines again if this deployment or the fleet was measured since the last time. */
  #follow(): void {
    const { fleet } = this;
    if (this.#version === fleet.version) return;
    this.#version = fleet.version;
    this.#prompt.fit(this.#promptLine, fleet.promptLine, typicalPrompt);
    this.#token.fit(this.#tokenLine, fleet.tokenLine, typicalInFlight);
  }
}
