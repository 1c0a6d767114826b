import type { ProviderCall } from "@modelyard/core";
import { type FieldsCall, type MaybePromise, stableId } from "@modelyard/core/kit";
import type { Endpoint } from "../endpoint.js";
import type { HttpOperation, HttpVendor } from "../http-vendor.js";
import { callerOf, keepingCall, memoryOf } from "./bridge-facts.js";
import { bridgedOperation } from "./bridged-operation.js";
import { type ConvertedRequest, convertRequest, refusedFields } from "./convert-request.js";
import { type OwnTarget, targetOf } from "./targets.js";
import { shortRequest, type WireOperation, type WireTargets, wires } from "./wires.js";

/** A call from one wire that an operation of another one serves. */
export interface Bridge<Facts, Address extends Endpoint> {
  readonly vendor: HttpVendor<Facts, Address>;
  readonly from: WireOperation;
  readonly to: WireOperation;
  /** Of the operation that serves the call. */
  readonly endpoint: Address;
}

/** A call whose request is in the vendor's wire, and the operation that translates its answer back. */
export interface BridgedCall<Facts, Address extends Endpoint> {
  readonly call: ProviderCall;
  readonly way: HttpOperation<Facts, Address>;
}

/**
 * Translates a call. It only waits for a shared store that has to be asked for what earlier calls left.
 * @throws (or rejects with) a provider error if the request cannot be read, or cannot be translated without losing
 * something it depends on
 */
export function bridgeCall<Facts, Address extends Endpoint>(
  bridge: Bridge<Facts, Address>,
  native: HttpOperation<Facts, Address>,
  given: ProviderCall,
): MaybePromise<BridgedCall<Facts, Address>> {
  const { from, to } = bridge;
  const target = targetFor(bridge, given);
  const call = keepingCall(given);
  const converting = convertRequest({ from, to, call, target });
  const toCall = (converted: ConvertedRequest): BridgedCall<Facts, Address> =>
    bridgedCall({ bridge, native, target }, call, converted);
  return converting instanceof Promise ? converting.then(toCall) : toCall(converting);
}

interface BridgeParts<Facts, Address extends Endpoint> {
  readonly bridge: Bridge<Facts, Address>;
  readonly native: HttpOperation<Facts, Address>;
  readonly target: WireTargets[WireOperation];
}

function bridgedCall<Facts, Address extends Endpoint>(
  { bridge: { vendor, from, to }, native, target }: BridgeParts<Facts, Address>,
  call: ProviderCall,
  { body, names, dropped, headers, said }: ConvertedRequest,
): BridgedCall<Facts, Address> {
  const { deployment, model } = call;
  const way = bridgedOperation(native, {
    from,
    to,
    caller: callerOf(from, call),
    names,
    dropped,
    answerer: {
      vendor: target.vendor,
      model,
      ...(target.deployment === undefined ? {} : { deployment: target.deployment }),
    },
    finishReasons: { ...vendor.finishReasons, ...deployment.finishReasons },
    memory: memoryOf(call),
    stores: wires[from].refersToAnswers && (call.request as { readonly store?: unknown }).store !== false,
    said,
    ...(call.losesReasoning === true ? { isReduced: true } : {}),
  });
  const request = body as unknown as ProviderCall["request"];
  // The caller's own headers belong to its own wire.
  return { call: { ...call, request, requestText: undefined, forwardHeaders: headers }, way };
}

/**
 * The fields of a request that a translation would refuse. Only its fields are checked, not its prompt, so that the check
 * takes little time for every size of request.
 */
export function fieldsRefused<Facts, Address extends Endpoint>(
  bridge: Bridge<Facts, Address>,
  call: FieldsCall,
): readonly string[] {
  const { from, to } = bridge;
  return refusedFields({ from, to, call: shortRequest(from, call), target: targetFor(bridge, call) });
}

function targetFor<Facts, Address extends Endpoint>(
  { vendor, to, endpoint }: Bridge<Facts, Address>,
  call: FieldsCall,
): WireTargets[WireOperation] {
  const own: OwnTarget = vendor.targets?.[to]?.(call, endpoint);
  const account = wires[to].bindsReasoning ? { deployment: accountOf(endpoint) } : {};
  return targetOf(to, call, vendor.name, { ...account, ...own });
}

const accounts = new WeakMap<Endpoint, string>();

/** Distinguishes accounts at a vendor by their addresses and headers, without revealing either. */
function accountOf(endpoint: Endpoint): string {
  const known = accounts.get(endpoint);
  if (known !== undefined) return known;
  const { origin, headers } = endpoint;
  const account = stableId([origin, headers]);
  accounts.set(endpoint, account);
  return account;
}
