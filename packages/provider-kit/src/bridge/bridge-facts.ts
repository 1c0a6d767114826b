import type { JsonObject, ProviderCall } from "@modelyard/core";
import { type FinishReasons, isJsonObject } from "@modelyard/core/kit";
import {
  type Answerer,
  type Block,
  type Caller,
  type Crossing,
  type Loss,
  type ToolNames,
  type Wire,
  wantsReasoningDetails,
} from "@modelyard/wires";
import type { HttpExchange } from "../http-exchange.js";
import type { RememberingCall } from "./conversation-memory.js";
import { rememberedItems, type Said } from "./remembered-items.js";
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
  /** Whose conversation it is, and where it is remembered. `undefined`: nothing of it is remembered. */
  readonly memory: RememberingCall | undefined;
  /** Whether the caller may refer to the answer later. */
  readonly stores: boolean;
  readonly said: Said | undefined;
  /** Whether the caller's client has no place for encrypted reasoning, though its wire has. @defaultValue false */
  readonly isReduced?: boolean;
  /**
   * Whether the engine judges finish reasons, and streams that end early, as it does for calls in the vendor's own wire.
   * @defaultValue false, since the caller's wire may not have a word for them
   */
  readonly engineJudges?: boolean;
}

/** The call, which keeps nothing if its caller does not want its conversation to be stored. */
export function keepingCall<Call extends Pick<ProviderCall, "keepMs" | "losesReasoning" | "request">>(
  call: Call,
): Call {
  const { store } = call.request as { readonly store?: unknown };
  // The field is not the caller's where its client has no place for reasoning.
  return store === false && call.losesReasoning !== true ? { ...call, keepMs: 0 } : call;
}

/** The parts of a call that its conversation is remembered by. The rest can be garbage-collected. */
export function memoryOf({ caller, keepMs, memory, now }: RememberingCall): RememberingCall {
  return { caller, keepMs, memory, now };
}

/** What the answer repeats of the caller's request. Its prompt can be garbage-collected. */
export function callerOf(from: WireOperation, call: Pick<ProviderCall, "request">): Omit<Caller, "now"> {
  const { namesAskedModel, repeatsRequest, losesReasoning: isLost } = wires[from];
  const { input: _, ...request } = call.request as unknown as JsonObject;
  const { model, stream_options: options } = request;
  return {
    request: repeatsRequest ? request : {},
    streamUsage: isJsonObject(options) && options["include_usage"] === true,
    reasoningDetails: isLost && wantsReasoningDetails(request),
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

/** The paths of what an answer has lost in its translation. They begin with `answer.`, unlike those of requests. */
export function lostPaths(losses: readonly Loss[]): readonly string[] {
  if (losses.length === 0) return none;
  return losses.flatMap(({ kind, path }) => (kind === "dropped" || kind === "refused" ? [`answer.${path}`] : []));
}

/** Whose reasoning is remembered for callers who cannot hold it. `undefined`: the caller can hold it, or there is none. */
export function accountFor(
  { from, to, isReduced = false }: Pick<BridgeFacts, "from" | "isReduced" | "to">,
  { vendor, deployment }: Pick<Answerer, "vendor" | "deployment">,
): string | undefined {
  const isLost = isReduced || wires[from].losesReasoning;
  return isLost && !wires[to].losesReasoning ? `${vendor ?? ""} ${deployment ?? ""}` : undefined;
}

/** Whether what the model thought is lost to the caller, unless it is remembered. */
export function losesReasoning({
  from,
  memory,
  isReduced = false,
}: Pick<BridgeFacts, "from" | "isReduced" | "memory">): boolean {
  return (isReduced || wires[from].losesReasoning) && memory !== undefined && memory.keepMs !== 0;
}

/** Remembers the reasoning in the blocks of an answer, if the caller's wire has no place for it. */
export function rememberReasoning(facts: BridgeFacts, blocks: readonly Block[]): void {
  const { answerer, memory } = facts;
  const account = accountFor(facts, answerer);
  if (account === undefined || memory === undefined) return;
  const made = blocks.map((block) =>
    block.type === "reasoning" && block.opaque !== undefined
      ? { ...block, opaque: { ...block.opaque, madeBy: { ...answerer, ...block.opaque.madeBy } } }
      : block,
  );
  rememberedReasoning.remember({ ...memory, account }, made);
}

/** Remembers an answer that the caller expects to be stored. @param response - in the words of Responses */
export function rememberAnswer({ stores, memory, said }: BridgeFacts, response: JsonObject): void {
  if (stores && memory !== undefined) rememberedItems.remember(memory, response, said);
}

const none: readonly string[] = [];
