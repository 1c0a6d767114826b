import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type FinishReasons, isJsonObject } from "@modelyard/core/kit";
import type { Answerer, Caller, Crossing, ToolNames, Wire } from "@modelyard/wires";
import type { HttpExchange } from "../http-exchange.js";
import { type WireOperation, wires } from "./wires.js";

/** What must be remembered about a translated request, to translate its answer. */
export interface BridgeFacts {
  readonly from: WireOperation;
  readonly to: WireOperation;
  readonly caller: Omit<Caller, "now">;
  readonly names: ToolNames;
  /** The paths that were dropped from the request. */
  readonly dropped: readonly string[];
  readonly answerer: Answerer;
  /** Finish reasons that the vendor or the deployment defines. */
  readonly finishReasons: FinishReasons | undefined;
}

/** What the answer repeats of the caller's request. Its prompt can be garbage-collected. */
export function callerOf(from: WireOperation, call: Pick<ProviderCall, "request">): Omit<Caller, "now"> {
  const { namesAskedModel, repeatsRequest } = wires[from];
  const { input: _, ...request } = call.request as unknown as JsonObject;
  const { model, stream_options: options } = request;
  return {
    request: repeatsRequest ? request : {},
    streamUsage: isJsonObject(options) && options["include_usage"] === true,
    ...(namesAskedModel && typeof model === "string" ? { model } : {}),
  };
}

export function crossingOf(
  { from, to, caller, names, answerer }: BridgeFacts,
  { created }: HttpExchange<never> | HttpExchange<unknown>,
): Crossing {
  const vendors: Wire<never> = wires[to].wire;
  return { from: vendors, to: wires[from].wire, names, answerer, caller: { ...caller, now: created } };
}
