import { finishMeaning, isFailure, openaiFinishReasons } from "@modelyard/core/kit";
import type { HubStop } from "../hub/answer.js";
import type { LossList } from "../losses.js";

/** Words of {@link openaiFinishReasons} that say more than how an answer ended. */
const own: Readonly<Record<string, HubStop>> = {
  tool_calls: { reason: "tool_calls" },
  function_call: { reason: "tool_calls" },
  tool_use: { reason: "tool_calls" },
  stop_sequence: { reason: "stop_sequence" },
  model_context_window_exceeded: { reason: "context_window" },
};

/** What a choice says besides its reason. */
export interface Said {
  readonly calls: boolean;
  readonly refusal: string | undefined;
}

/** @param reason - `undefined`: the vendor gave none */
export function readStop(reason: string | undefined, { calls, refusal }: Said): HubStop {
  if (reason === undefined || reason === "") return { reason: calls ? "tool_calls" : "end" };
  if (Object.hasOwn(own, reason)) return own[reason] as HubStop;
  const meaning = finishMeaning(reason, openaiFinishReasons);
  if (isFailure(meaning))
    return { reason: "error", error: { kind: meaning, message: `The model ended with "${reason}".`, code: reason } };
  if (meaning === "cut") return { reason: "length" };
  if (meaning === "filtered") return { reason: "content_filter" };
  if (meaning === undefined) return { reason: "other", value: reason };
  return refusal === undefined ? { reason: "end" } : { reason: "refusal", explanation: refusal };
}

export interface StopWriting {
  /** Whether a refusal is the vendor's: a model's own words are an answer like any other. */
  readonly vendors: boolean;
  /** Whether reasons that are not known are passed on. */
  readonly likeLiteLLM: boolean;
}

export function writeStop(stop: HubStop, { vendors, likeLiteLLM }: StopWriting, losses: LossList): string {
  switch (stop.reason) {
    case "length":
    case "context_window":
      return "length";
    case "tool_calls":
      return "tool_calls";
    case "content_filter":
      return "content_filter";
    case "refusal":
      return vendors ? "content_filter" : "stop";
    case "pause":
    case "compaction":
    case "max_messages":
    case "steered":
      losses.converted("stop_reason", `Chat Completions has no word for ${stop.reason}.`);
      return "stop";
    case "other":
      if (likeLiteLLM) return stop.value;
      losses.converted("stop_reason", `"${stop.value}" is not a known stop reason.`);
      return "stop";
    default:
      return "stop";
  }
}
