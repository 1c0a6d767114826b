import type { OperationName } from "@modelyard/core";
import { type FieldsCall, operationNames, type WireChoice } from "@modelyard/core/kit";
import { type Bridge, fieldsRefused } from "./bridge/bridge-call.js";
import { bridgesTo, isWire, type WireOperation } from "./bridge/wires.js";
import type { CallSteps, OperationSteps } from "./call-steps.js";
import type { Endpoint } from "./endpoint.js";
import type { Endpoints } from "./endpoints.js";
import type { HttpVendor } from "./http-vendor.js";

/** The fields at fault if a vendor does not have the operation. */
const noOperation: readonly string[] = Object.freeze(["model"]);
/** Why another operation than that of the call serves it, if the vendor does not have it. */
const translated = "the vendor does not have the caller's API";

/** Chooses which of a vendor's operations serves a call: that of its caller's wire, or one that it is translated for. */
export class WireChoices<Facts, Address extends Endpoint> {
  /** Those of the vendor, and those that are translated. */
  readonly operations: readonly OperationName[];
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  readonly #endpoints: Endpoints<Facts, Address>;

  constructor(
    vendor: HttpVendor<Facts, Address>,
    steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>,
    endpoints: Endpoints<Facts, Address>,
  ) {
    this.#vendor = vendor;
    this.#steps = steps;
    this.#endpoints = endpoints;
    this.operations = [
      ...steps.keys(),
      ...operationNames.filter((other) => !steps.has(other) && this.#bridgesTo(other).length > 0),
    ];
  }

  /** Which operation serves a call, and why, if it is not that of the call. */
  of(operation: OperationName, call: FieldsCall): WireChoice | undefined {
    const choice = this.#choose(operation, call);
    if (choice !== undefined) return choice;
    const usual = this.usual(operation);
    return usual === undefined || usual === operation ? undefined : this.translation(usual);
  }

  /** The choice of an operation because the vendor does not have the caller's. */
  translation(operation: OperationName): WireChoice {
    return { operation, why: translated };
  }

  /** The vendor's operation that serves calls unless it decides otherwise. `undefined`: it has none. */
  usual(operation: OperationName): OperationName | undefined {
    return this.#steps.has(operation) ? operation : this.#bridgesTo(operation)[0];
  }

  /** The endpoint that the vendor's decision depends on. */
  usualEndpoint(operation: OperationName, { deployment, model }: FieldsCall): Address | undefined {
    const usual = this.usual(operation);
    const steps = usual === undefined ? undefined : this.#steps.get(usual)?.plain;
    return steps === undefined ? undefined : this.#endpoints.of(steps, deployment, model);
  }

  /** @returns `undefined` if there is no translation between the two operations */
  bridgeOver(
    steps: CallSteps<Facts, Address>,
    from: OperationName,
    { deployment, model }: FieldsCall,
  ): Bridge<Facts, Address> | undefined {
    const { operation: to } = steps;
    if (!isWire(from) || !isWire(to)) return undefined;
    return { vendor: this.#vendor, from, to, endpoint: this.#endpoints.of(steps, deployment, model) };
  }

  unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const native = this.#steps.get(operation)?.plain;
    const wire = this.#choose(operation, call)?.operation ?? this.usual(operation);
    const steps = wire === undefined ? undefined : this.#steps.get(wire)?.plain;
    if (steps === undefined) return noOperation;
    if (steps === native)
      return (
        this.#vendor.unsupportedFields?.(operation, call, this.#endpoints.of(steps, call.deployment, call.model)) ?? []
      );
    const bridge = this.bridgeOver(steps, operation, call);
    return bridge === undefined ? noOperation : fieldsRefused(bridge, call);
  }

  /** What the vendor decides. `undefined`: as usual. */
  #choose(operation: OperationName, call: FieldsCall): WireChoice | undefined {
    const endpoint = this.usualEndpoint(operation, call);
    return endpoint === undefined ? undefined : this.#vendor.wireFor?.(operation, call, endpoint);
  }

  #bridgesTo(operation: OperationName): readonly WireOperation[] {
    return bridgesTo(operation, (wire) => this.#steps.has(wire));
  }
}
