import type { EventOf, JsonObject } from "@modelyard/core";
import { byMode, type LatencyMode, latencyModes, modeOf } from "./latency-mode.js";
import { LoadEffect } from "./load-effect.js";
import { type PendingCall, PendingCalls } from "./pending-calls.js";
import { samplesIn, toPlain } from "./plain-samples.js";
import { type Circumstances, type Sample, SampleWindow } from "./sample-window.js";

/** A call that a later one has overtaken counts as at most this many times what was expected. */
const overtakenFactor = 1.2;
/** Weight of the latest answer in the mean length of answers. */
const latestAnswer = 0.2;

/** A measured latency of one mode. */
export interface Measurement {
  readonly mode: LatencyMode;
  readonly sample: Sample;
}

interface ModeLatency {
  readonly window: SampleWindow;
  readonly effect: LoadEffect;
}

export type LoadEffects = Readonly<Record<LatencyMode, LoadEffect>>;

/** What is known about the latency of one deployment. */
export class DeploymentLatency {
  readonly pending = new PendingCalls();
  /** When the deployment last failed without ever having been measured, in milliseconds since the epoch. 0: never. */
  failedAt = 0;
  /** Mean tokens of plain answers. 0: unknown. */
  #answerTokens = 0;
  readonly #modes: Partial<Record<LatencyMode, ModeLatency>> = {};

  /**
   * @param id - the deployment's id, since an index may belong to another deployment after a configuration change
   * @param capacity - how many samples are kept per mode
   * @param all - how load affects all deployments together
   */
  constructor(
    readonly id: string,
    readonly capacity: number,
    readonly all: LoadEffects,
  ) {}

  get(mode: LatencyMode): ModeLatency | undefined {
    return this.#modes[mode];
  }

  add({ mode, sample }: Measurement): void {
    this.failedAt = 0;
    const { window, effect } = this.#of(mode);
    window.add(sample);
    this.all[mode].add(sample);
    effect.add(sample);
  }

  /** Converts a wait to the unit of a mode, in seconds. `undefined`: the deployment has not been measured yet. */
  ofWait(ms: number, mode: LatencyMode): number | undefined {
    if (mode !== "plain") return ms / 1000;
    return this.#answerTokens === 0 ? undefined : ms / 1000 / this.#answerTokens;
  }

  firstToken(event: EventOf<"attempt_first_token">): Measurement | undefined {
    if (!event.stream) return undefined;
    const call = this.pending.answer(event);
    // If the start was not seen, the call is recorded at its end, which has the same data.
    if (call === undefined) return undefined;
    return this.#measured("stream", this.#sampleOf("stream", event.at, event.firstTokenMs / 1000, call));
  }

  succeeded(event: EventOf<"attempt_succeeded">): Measurement | undefined {
    const mode = modeOf(event.operation, event.stream);
    const call = this.pending.answer(event);
    const known = this.pending.end(event);
    // A stream was recorded when its first token arrived.
    if (known !== undefined && call === undefined) return undefined;
    const { at, firstTokenMs } = event;
    const seconds = event.durationMs / 1000;
    if (mode === "call") return this.#measured(mode, this.#sampleOf(mode, at, seconds, call));
    if (mode === "stream")
      return firstTokenMs === undefined
        ? undefined
        : this.#measured(mode, this.#sampleOf(mode, at, firstTokenMs / 1000, call));
    const tokens = event.usage?.completion_tokens ?? 0;
    if (tokens <= 0) return undefined;
    this.#answerTokens += (tokens - this.#answerTokens) * (this.#answerTokens === 0 ? 1 : latestAnswer);
    return this.#measured(mode, this.#sampleOf(mode, at, seconds / tokens, call, tokens));
  }

  /**
   * A failure never makes a deployment look fast: a timeout counts as at least the known mean, other failures are
   * ignored.
   */
  failed(event: EventOf<"attempt_failed">, ttlMs: number): void {
    this.pending.end(event);
    const { blame, kind } = event.error;
    if (blame === "request" || blame === "caller" || blame === "router") return;
    const mode = modeOf(event.operation, event.stream);
    const window = this.#modes[mode]?.window;
    if (window?.mean(event.at, ttlMs) === undefined) this.failedAt = event.at;
    else if (kind === "timeout")
      window.addAtLeast(this.ofWait(event.durationMs, mode) ?? event.durationMs / 1000, event.at, ttlMs);
  }

  /** Plain data for {@link DeploymentLatency.restore}. */
  snapshot(): JsonObject {
    const effects = Object.fromEntries(
      latencyModes.map((mode) => [`${mode}Effect`, this.#modes[mode]?.effect.snapshot() ?? null]),
    );
    const samples = byMode((mode) => this.#modes[mode]?.window.samples().map(toPlain) ?? []);
    return { ...samples, ...effects, answerTokens: this.#answerTokens, failedAt: this.failedAt };
  }

  restore(entry: JsonObject): void {
    for (const mode of latencyModes) {
      const samples = samplesIn(entry[mode]).slice(-this.capacity);
      if (samples.length === 0) continue;
      for (const sample of samples) this.add({ mode, sample });
      this.#of(mode).effect.restore(entry[`${mode}Effect`]);
    }
    this.failedAt = amountIn(entry["failedAt"]);
    this.#answerTokens = amountIn(entry["answerTokens"]);
  }

  #of(mode: LatencyMode): ModeLatency {
    return (this.#modes[mode] ??= {
      window: new SampleWindow(this.capacity),
      effect: new LoadEffect(mode === "plain", this.all[mode]),
    });
  }

  /** The sample of an answered call. If its start was not seen, only the latency is known. */
  #sampleOf(mode: LatencyMode, at: number, seconds: number, call: PendingCall | undefined, tokens = 1): Sample {
    if (call === undefined) return { at, seconds, weight: 1, met: undefined };
    const met = { load: call.load, promptTokens: call.promptTokens };
    // What delayed it did not delay the calls after it. A single such wait would move the traffic to other deployments.
    const most = call.overtaken ? overtakenFactor * this.#expected(mode, met) : Number.POSITIVE_INFINITY;
    return { at, seconds: Math.min(seconds, most), weight: tokens, met };
  }

  /** What a call takes under these circumstances, in seconds, or the mean if that is more. `Infinity`: nothing is known. */
  #expected(mode: LatencyMode, { load, promptTokens }: Circumstances): number {
    const known = this.#modes[mode];
    const mean = known?.window.latestMean;
    if (known === undefined || mean === undefined) return Number.POSITIVE_INFINITY;
    const { window, effect } = known;
    if (!window.knowsLoad) return mean;
    const more = effect.perLoad * (load - window.meanLoad) + effect.perToken * (promptTokens - window.meanPromptTokens);
    return mean + Math.max(0, more);
  }

  #measured(mode: LatencyMode, sample: Sample): Measurement {
    const measurement = { mode, sample };
    this.add(measurement);
    return measurement;
  }
}

function amountIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
