import { isJsonObject, operations } from "@modelyard/core/kit";
import type { JsonObject, OperationName, ProviderCall } from "@modelyard/core";
import { isSealed } from "@modelyard/wires";
import type { PreparedCall } from "../http-vendor.js";
import { isWire, wires } from "./wires.js";

/** Removes reasoning from a call. `undefined`: there is none to remove, and the request is sent as it was written. */
export type ReasoningFilter = (call: ProviderCall) => PreparedCall | undefined;

/**
 * Removes the reasoning that earlier answers brought from other wires from calls over their caller's own wire. Only the vendor
 * that made it can read it, so this one would refuse the request.
 * @returns `undefined`: requests of the operation have none. The vendors of chats read no reasoning of earlier turns
 */
export function foreignReasoningFilter(operation: OperationName): ReasoningFilter | undefined {
  if (!isWire(operation) || wires[operation].losesReasoning) return undefined;
  const { withoutReasoning } = operations[operation];
  return (call) => {
    const request = call.request as unknown as JsonObject;
    if (!holdsForeign(request["input"]) && !holdsForeign(request["messages"])) return undefined;
    const left = withoutReasoning?.(request, isForeign);
    if (left === undefined || left.request === request) return undefined;
    const sent = left.request as unknown as ProviderCall["request"];
    return { call: { ...call, request: sent, requestText: undefined }, dropped: left.dropped };
  };
}

function isForeign(part: JsonObject): boolean {
  return isSealed(part["encrypted_content"]) || isSealed(part["signature"]) || isSealed(part["data"]);
}

/** Whether a list of items, or of messages, has reasoning of another wire. It allocates nothing, as every request gets here. */
function holdsForeign(list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  for (let index = 0; index < list.length; index += 1) {
    const entry = list[index] as unknown;
    if (isJsonObject(entry) && (isForeign(entry) || holdsForeign(entry["content"]))) return true;
  }
  return false;
}
