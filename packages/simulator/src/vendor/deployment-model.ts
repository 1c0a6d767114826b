import type { HeaderDialect } from "./limit-headers.js";
import type { ServerSpeed } from "./model-server.js";
import type { PromptCacheModel } from "./prompt-cache.js";
import type { VendorLimit } from "./vendor-limits.js";

interface FaultTime {
  /** Since the start of the simulation, in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The share of the requests that it affects. @defaultValue 1 */
  readonly share?: number;
}

/**
 * Something that happens to requests that arrive during some time.
 * - `error`: they are answered with this status after the network's time.
 * - `hang`: they are never answered.
 * - `stall`: their answers stop after the first token.
 */
export type CallFault = FaultTime &
  (
    | { readonly kind: "error"; readonly status: number; readonly retryAfterMs?: number }
    | { readonly kind: "hang" | "stall" }
  );

/**
 * A time during which a deployment is slow, also for requests that are in progress.
 * - `slow`: everything takes `factor` times as long.
 * - `slow_answers`: only the tokens after the first one take longer.
 */
export type Slowness = Omit<FaultTime, "share"> & {
  readonly kind: "slow" | "slow_answers";
  /** Above 0 and finite. */
  readonly factor: number;
};

/** Something that goes wrong at a deployment for some time. */
export type Fault = CallFault | Slowness;

/** The limits of a vendor's account. */
export interface VendorLimits {
  readonly requests?: VendorLimit;
  readonly tokens?: VendorLimit;
  /**
   * What a request is charged when it arrives. `most`: its prompt and the most tokens that its answer may have, whatever
   * comes. `settled`: the same, but what was not used is given back at the end. `used`: only its prompt, and its answer
   * at the end. @defaultValue `most`
   */
  readonly charge?: "most" | "settled" | "used";
  /** Whether tokens that are read from the prompt cache count. @defaultValue true */
  readonly countsCached?: boolean;
  /** @defaultValue `openai` */
  readonly headers?: HeaderDialect;
}

/** What a deployment is like in a simulation. Everything has a default: a self-hosted engine without faults. */
export interface DeploymentModel extends ServerSpeed {
  /** Makes everything faster or slower. @defaultValue 1 */
  readonly speed?: number;
  /** The network's part of the time to the first token, in milliseconds. @defaultValue 150 */
  readonly networkMs?: number;
  /** How much the network's part varies: the standard deviation of its logarithm. @defaultValue 0 */
  readonly networkJitter?: number;
  /** Requests that take longer before they are processed, by an exponential time. @defaultValue none */
  readonly stragglers?: { readonly share: number; readonly meanMs: number };
  /** @defaultValue prompts are not cached */
  readonly cache?: PromptCacheModel;
  readonly limits?: VendorLimits;
  readonly faults?: readonly Fault[];
  /** Whether it stops when the caller leaves. If not, the work is done and charged all the same. @defaultValue true */
  readonly stops?: boolean;
}
