import type { PrefixBlock } from "../vendor/prompt-cache.js";

/** One request of a workload. */
export interface SimulatedRequest {
  /** When it arrives, in milliseconds since the start. */
  readonly atMs: number;
  /** The tokens of the whole prompt. */
  readonly inputTokens: number;
  /** The tokens of the answer, which nobody knows before. */
  readonly outputTokens: number;
  /** The limit for the answer that the request states. @defaultValue none */
  readonly maxTokens?: number | undefined;
  /** @defaultValue true */
  readonly stream?: boolean | undefined;
  /** The model group. @defaultValue the only group, or the first one */
  readonly model?: string | undefined;
  /** The part of the prompt that may be in a vendor's prompt cache, from the beginning. @defaultValue none */
  readonly prefix?: readonly PrefixBlock[] | undefined;
  /** Requests of one session follow each other. */
  readonly session?: string | undefined;
  /** Who sends it. */
  readonly tenant?: string | undefined;
}

/** Requests in the order of their arrival. Can be read several times, with the same requests each time. */
export type Workload = Iterable<SimulatedRequest>;
