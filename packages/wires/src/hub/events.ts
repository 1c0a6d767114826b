import type { JsonObject } from "@modelyard/core";
import type { HubStop, HubUsage } from "./answer.js";
import type { Block, Citation } from "./blocks.js";
import type { Extra, Opaque, WireName } from "./common.js";
import type { HubError } from "./error.js";

/**
 * One event of a stream. The first is `start`, the only one. `index` counts the blocks of a choice from 0. Deltas of a
 * block lie between its `block_start` and its `block_stop`; blocks of one choice may overlap. Each choice gets a
 * `stop`, and another one if more of it follows. The last event is `end` or `error`.
 */
export type HubEvent =
  | {
      readonly type: "start";
      readonly id: string;
      readonly model: string;
      /** Seconds since the Unix epoch. */
      readonly createdAt?: number;
      /** The tier that serves the request, if it is known that early. */
      readonly tier?: string;
      readonly extra?: Extra;
    }
  /** The vendor is still at work. */
  | { readonly type: "alive" }
  /** A block without its text or input, which follow as deltas. */
  | { readonly type: "block_start"; readonly choice: number; readonly index: number; readonly block: Block }
  | { readonly type: "delta"; readonly choice: number; readonly index: number; readonly delta: HubDelta }
  /** With the whole block. */
  | { readonly type: "block_stop"; readonly choice: number; readonly index: number; readonly block: Block }
  | { readonly type: "stop"; readonly choice: number; readonly stop: HubStop }
  /** Replaces, field by field, what was reported before. */
  | { readonly type: "usage"; readonly usage: Partial<HubUsage> }
  /** The vendor's own end mark. */
  | { readonly type: "end"; readonly service?: { readonly tier?: string; readonly fingerprint?: string } }
  | { readonly type: "error"; readonly error: HubError }
  /**
   * Fields of an event that the hub does not interpret. The event that they are of follows, or was read as nothing. A field that
   * every event has comes once.
   */
  | {
      readonly type: "rest";
      readonly wire: WireName;
      /** The type of the event; of Chat Completions, which has no types, its only one. */
      readonly event: string;
      /** The object in the event; empty for the event itself. `choice` and `delta` are those of its choice. */
      readonly in: "" | "choice" | "delta" | "message" | "response";
      readonly choice: number;
      readonly fields: JsonObject;
    }
  /** An event that has no meaning outside of its wire. */
  | { readonly type: "raw"; readonly wire: WireName; readonly value: JsonObject };

export type HubDelta =
  | { readonly kind: "text"; readonly text: string; readonly logprobs?: unknown }
  | { readonly kind: "refusal"; readonly text: string }
  /** The thoughts themselves. */
  | { readonly kind: "reasoning"; readonly text: string }
  /** A part of the summary, as in `ReasoningBlock.summary`. */
  | { readonly kind: "summary"; readonly part: number; readonly text: string }
  | { readonly kind: "opaque"; readonly opaque: Opaque }
  /** A piece of a tool's arguments. */
  | { readonly kind: "input"; readonly text: string }
  | { readonly kind: "citation"; readonly citation: Citation }
  | { readonly kind: "audio"; readonly value: JsonObject };
