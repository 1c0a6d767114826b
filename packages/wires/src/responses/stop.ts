import { readErrorObject } from "../chat/read-error.js";
import type { HubStop } from "../hub/answer.js";
import type { Block } from "../hub/blocks.js";
import { isJsonObject, type JsonObject } from "../json.js";
import type { LossList } from "../losses.js";

const cut: Readonly<Record<string, HubStop>> = {
  max_output_tokens: { reason: "length" },
  content_filter: { reason: "content_filter" },
  max_messages: { reason: "max_messages" },
  steered: { reason: "steered" },
};

/** @param response - the whole object */
export function readStop(response: JsonObject, blocks: readonly Block[]): HubStop {
  const status = response["status"];
  if (status === "failed" || status === "cancelled") {
    const error = response["error"] ?? { message: `The response was ${status}.`, code: "server_error" };
    return { reason: "error", error: readErrorObject(error) };
  }
  if (status === "incomplete") return readIncomplete(response["incomplete_details"]);
  if (status === "queued" || status === "in_progress")
    return { reason: "error", error: { kind: "invalid_response", message: `The response is still ${status}.` } };
  if (blocks.some(({ type }) => type === "tool_call")) return { reason: "tool_calls" };
  const refusal = blocks.find((block) => block.type === "refusal");
  return refusal === undefined ? { reason: "end" } : { reason: "refusal", explanation: refusal.text };
}

function readIncomplete(details: unknown): HubStop {
  const reason = isJsonObject(details) ? details["reason"] : undefined;
  if (typeof reason === "string" && Object.hasOwn(cut, reason)) return cut[reason] as HubStop;
  return typeof reason === "string" ? { reason: "other", value: reason } : { reason: "length" };
}

/** How an answer ended. */
export interface WrittenStop {
  readonly status: "completed" | "incomplete";
  readonly incomplete_details: { readonly reason: string } | null;
}

/** @param own - whether the model refused in its own words, which is an answer like any other */
export function writeStop(stop: HubStop, own: boolean, losses: LossList): WrittenStop {
  if (stop.reason === "pause" || stop.reason === "compaction" || stop.reason === "other")
    losses.converted("stop_reason", `Responses has no word for ${"value" in stop ? stop.value : stop.reason}.`);
  const reason = incompleteReason(stop, own);
  return reason === undefined
    ? { status: "completed", incomplete_details: null }
    : { status: "incomplete", incomplete_details: { reason } };
}

function incompleteReason(stop: HubStop, own: boolean): string | undefined {
  switch (stop.reason) {
    case "length":
    case "context_window":
      return "max_output_tokens";
    case "content_filter":
      return "content_filter";
    case "refusal":
      return own ? undefined : "content_filter";
    case "max_messages":
    case "steered":
      return stop.reason;
    default:
      return undefined;
  }
}
