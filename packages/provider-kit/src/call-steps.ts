import type { Deployment, OperationName, ProviderError, Secret } from "@modelyard/core";
import type { FailedCall } from "@modelyard/core/kit";
import { foreignReasoningFilter, type ReasoningFilter } from "./bridge/foreign-reasoning.js";
import type { Endpoint } from "./endpoint.js";
import type { ExchangeSteps } from "./exchange.js";
import type { HttpOperation, HttpVendor } from "./http-vendor.js";
import { failureKind, readFailure, toVendorError } from "./vendor-failure/index.js";

/** What is known about the calls of one operation, either plain or streamed. */
export interface CallSteps<Facts, Address extends Endpoint> extends ExchangeSteps<Facts> {
  readonly operation: OperationName;
  readonly way: HttpOperation<Facts, Address>;
  /** What of a request over its caller's own wire the vendor could not read. Not set: it is sent as it was written. */
  readonly filter?: ReasoningFilter | undefined;
  /** By deployment, then by model. */
  readonly endpoints: WeakMap<Deployment, Map<string, Address>>;
}

export interface OperationSteps<Facts, Address extends Endpoint> {
  readonly plain: CallSteps<Facts, Address>;
  /** Not set: the operation does not stream. */
  readonly streamed: CallSteps<Facts, Address> | undefined;
}

/** The steps of each operation of a vendor, with defaults for what the vendor does not define. */
export function stepsOf<Facts, Address extends Endpoint>(
  vendor: HttpVendor<Facts, Address>,
  keyOf: (deployment: Deployment) => Secret | undefined,
): ReadonlyMap<OperationName, OperationSteps<Facts, Address>> {
  const { requestIdHeaders = ["x-request-id"] } = vendor;
  const toError = (call: FailedCall): ProviderError => vendor.toError?.(call) ?? errorOf(call, requestIdHeaders);
  const steps = new Map<OperationName, OperationSteps<Facts, Address>>();
  for (const operation of Object.keys(vendor.operations) as OperationName[]) {
    const way = vendor.operations[operation];
    if (way === undefined) continue;
    const filter = foreignReasoningFilter(operation);
    const stepsFor = (streams: boolean): CallSteps<Facts, Address> => ({
      vendor,
      operation,
      way,
      filter,
      streams,
      requestIdHeaders,
      keyOf,
      toError,
      endpoints: new WeakMap(),
    });
    steps.set(operation, { plain: stepsFor(false), streamed: way.parts === undefined ? undefined : stepsFor(true) });
  }
  return steps;
}

/** The error of a vendor that reports failures in one of the usual shapes. */
function errorOf(call: FailedCall, requestIdHeaders: readonly string[]): ProviderError {
  const words = readFailure(call.body, call.now);
  return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders });
}
