import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type FinishReasons, isJsonObject } from "@modelyard/core/kit";
import type { Answerer, Block, Caller, Crossing, ToolNames, Wire } from "@modelyard/wires";
import type { HttpExchange } from "../http-exchange.js";
import { rememberedReasoning } from "./remembered-reasoning.js";
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

/** Whose reasoning is remembered for callers who cannot hold it. `undefined`: the caller can hold it. */
export function accountFor(
  from: WireOperation,
  { vendor, deployment }: Pick<Answerer, "vendor" | "deployment">,
): string | undefined {
  return wires[from].losesReasoning ? `${vendor ?? ""} ${deployment ?? ""}` : undefined;
}

/** Remembers the reasoning in the blocks of an answer, if the caller's wire has no place for it. */
export function rememberReasoning({ from, answerer }: BridgeFacts, blocks: readonly Block[], now: number): void {
  const account = accountFor(from, answerer);
  if (account === undefined || !blocks.some(({ type }) => type === "reasoning")) return;
  const made = blocks.map((block) =>
    block.type === "reasoning" && block.opaque !== undefined
      ? { ...block, opaque: { ...block.opaque, madeBy: { ...answerer, ...block.opaque.madeBy } } }
      : block,
  );
  rememberedReasoning.remember(account, made, now);
}
