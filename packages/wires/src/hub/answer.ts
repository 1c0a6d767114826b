import type { JsonObject } from "@modelyard/core";
import type { Block } from "./blocks.js";
import type { Extra } from "./common.js";
import type { HubError } from "./error.js";

/** A whole answer of any wire. */
export interface HubAnswer {
  /** The vendor's. */
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly createdAt?: number;
  /** The model that answered, as the vendor names it. */
  readonly model: string;
  /** One, unless a caller of Chat Completions asked for more. */
  readonly choices: readonly HubChoice[];
  readonly usage?: HubUsage;
  readonly service?: { readonly tier?: string; readonly fingerprint?: string };
  readonly extra: Extra;
}

export interface HubChoice {
  readonly index: number;
  readonly blocks: readonly Block[];
  readonly stop: HubStop;
  readonly logprobs?: unknown;
  readonly extra?: Extra;
}

/** Why a choice ended. */
export type HubStop =
  | {
      readonly reason:
        | "end"
        | "length"
        | "context_window"
        | "tool_calls"
        | "pause"
        | "compaction"
        | "max_messages"
        | "steered";
    }
  | { readonly reason: "stop_sequence"; readonly sequence?: string }
  /** `refusal`: the model or its vendor declined. `content_filter`: a filter cut the output. */
  | {
      readonly reason: "refusal" | "content_filter";
      readonly category?: string;
      readonly explanation?: string;
    }
  /** The vendor answered with status 200, and still failed. */
  | { readonly reason: "error"; readonly error: HubError }
  /** A word that is not known. Writers treat it as `end`, and report it. */
  | { readonly reason: "other"; readonly value: string };

/** Tokens. */
export interface HubUsage {
  /** The whole prompt: what was read from the vendor's cache and what was written to it included. */
  readonly input: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** `cacheWrite` by the time it is kept. */
  readonly cacheWriteByTtl?: Readonly<Partial<Record<"5m" | "30m" | "1h" | "12h", number>>>;
  /** Reasoning included. */
  readonly output: number;
  readonly reasoning?: number;
  /** Uses of tools that the vendor runs, by its own name for them. */
  readonly serverTools?: JsonObject;
  /** Counted by us, because the vendor reported nothing. */
  readonly estimated?: boolean;
  /** Details that only the wire they came from has. */
  readonly extra?: Extra;
}
