import type { OperationName } from "@modelyard/core";
import { type FieldsCall, operationNames, type WireChoice } from "@modelyard/core/kit";
import { type Bridge, fieldsRefused } from "./bridge/bridge-call.js";
import { bridgesTo, isWire } from "./bridge/wires.js";
import type { CallSteps, OperationSteps } from "./call-steps.js";
import type { Endpoint } from "./endpoint.js";
import type { AddressedCall } from "./endpoints.js";
import type { HttpVendor } from "./http-vendor.js";

/** The fields at fault if a vendor does not have the operation. */
const noOperation: readonly string[] = Object.freeze(["model"]);
/** Why another operation than that of the call serves it, if the vendor does not have it. */
const translated = "the vendor does not have the caller's API";

/** The endpoint of a deployment's calls with these steps. */
type EndpointOf<Facts, Address extends Endpoint> = (steps: CallSteps<Facts, Address>, call: AddressedCall) => Address;

/** Chooses which of a vendor's operations serves a call: that of its caller's wire, or one that it is translated for. */
export class WireChoices<Facts, Address extends Endpoint> {
  /** Those of the vendor, and those that are translated. */
  readonly operations: readonly OperationName[];
  /** The steps that serve the calls of each of them unless the vendor decides otherwise. */
  readonly usual: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  readonly #endpointOf: EndpointOf<Facts, Address>;

  constructor(
    vendor: HttpVendor<Facts, Address>,
    steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>,
    endpointOf: EndpointOf<Facts, Address>,
  ) {
    this.#vendor = vendor;
    this.#steps = steps;
    this.#endpointOf = endpointOf;
    const usual = new Map(steps);
    for (const operation of operationNames) {
      const [other] = usual.has(operation) ? [] : bridgesTo(operation, (wire) => steps.has(wire));
      const others = other === undefined ? undefined : steps.get(other);
      if (others !== undefined) usual.set(operation, others);
    }
    this.usual = usual;
    this.operations = [...usual.keys()];
  }

  /** Which operation serves a call, and why, if it is not that of the call. */
  of(operation: OperationName, call: FieldsCall): WireChoice | undefined {
    const choice = this.#choose(operation, call);
    if (choice !== undefined) return choice;
    const usual = this.usual.get(operation)?.plain.operation;
    return usual === undefined || usual === operation ? undefined : this.translation(usual);
  }

  /** The choice of an operation because the vendor does not have the caller's. */
  translation(operation: OperationName): WireChoice {
    return { operation, why: translated };
  }

  /** @returns `undefined` if there is no translation between the two operations */
  bridgeOver(
    steps: CallSteps<Facts, Address>,
    from: OperationName,
    call: FieldsCall,
  ): Bridge<Facts, Address> | undefined {
    const { operation: to } = steps;
    if (!isWire(from) || !isWire(to)) return undefined;
    return { vendor: this.#vendor, from, to, endpoint: this.#endpointOf(steps, call) };
  }

  unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const native = this.#steps.get(operation)?.plain;
    const choice = this.#choose(operation, call);
    const steps = (choice === undefined ? this.usual.get(operation) : this.#steps.get(choice.operation))?.plain;
    if (steps === undefined) return noOperation;
    if (steps === native) return this.#vendor.unsupportedFields?.(operation, call, this.#endpointOf(steps, call)) ?? [];
    const bridge = this.bridgeOver(steps, operation, call);
    return bridge === undefined ? noOperation : fieldsRefused(bridge, call);
  }

  /** What the vendor decides. `undefined`: as usual. */
  #choose(operation: OperationName, call: FieldsCall): WireChoice | undefined {
    const usual = this.usual.get(operation);
    return usual && this.#vendor.wireFor?.(operation, call, this.#endpointOf(usual.plain, call));
  }
}
