import { given } from "../fields.js";
import type { HubStop } from "../hub/answer.js";
import { isJsonObject, type JsonObject } from "../json.js";
import type { LossList } from "../losses.js";

const plain = {
  end_turn: "end",
  max_tokens: "length",
  tool_use: "tool_calls",
  pause_turn: "pause",
  compaction: "compaction",
  model_context_window_exceeded: "context_window",
} as const;

/** @param ended - the message, or the delta of its last event */
export function readStop(ended: JsonObject): HubStop | undefined {
  const reason = ended["stop_reason"];
  if (typeof reason !== "string") return undefined;
  if (Object.hasOwn(plain, reason)) return { reason: plain[reason as keyof typeof plain] };
  if (reason === "stop_sequence") return { reason, ...given({ sequence: textOf(ended["stop_sequence"]) }) };
  if (reason !== "refusal") return { reason: "other", value: reason };
  const details = isJsonObject(ended["stop_details"]) ? ended["stop_details"] : {};
  return {
    reason,
    ...given({ category: textOf(details["category"]), explanation: textOf(details["explanation"]) }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function writeStop(stop: HubStop, losses: LossList): JsonObject {
  const written = { stop_reason: wordFor(stop, losses), stop_sequence: null, stop_details: null };
  if (stop.reason === "stop_sequence" && stop.sequence !== undefined)
    return { ...written, stop_sequence: stop.sequence };
  if (stop.reason !== "refusal" && stop.reason !== "content_filter") return written;
  const { category = null, explanation = null } = stop;
  return { ...written, stop_details: { type: "refusal", category, explanation } };
}

function wordFor(stop: HubStop, losses: LossList): string {
  switch (stop.reason) {
    case "end":
    case "error":
      return "end_turn";
    case "stop_sequence":
      return stop.sequence === undefined ? "end_turn" : "stop_sequence";
    case "length":
      return "max_tokens";
    case "context_window":
      return "model_context_window_exceeded";
    case "tool_calls":
      return "tool_use";
    case "pause":
      return "pause_turn";
    case "compaction":
      return "compaction";
    case "refusal":
    case "content_filter":
      return "refusal";
    default:
      losses.converted("finish_reason", `Messages has no word for ${"value" in stop ? stop.value : stop.reason}.`);
      return "end_turn";
  }
}
