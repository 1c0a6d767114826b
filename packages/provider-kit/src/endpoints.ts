import type { Deployment, Secret } from "@modelyard/core";
import type { CallSteps } from "./call-steps.js";
import { bearer, type Endpoint, plainEndpoint } from "./endpoint.js";
import type { HttpVendor } from "./http-vendor.js";

/** Endpoints that are kept for one deployment; patterns let callers name any number of models. */
const mostEndpoints = 100;

/** What an endpoint depends on, besides its operation. */
export interface AddressedCall {
  readonly deployment: Deployment;
  /** The vendor's name of it. */
  readonly model: string;
}

/** Where endpoints come from. */
interface EndpointSource {
  /** For deployments without their own `apiBase`. */
  readonly baseUrl: string | undefined;
  readonly keyOf: (deployment: Deployment) => Secret | undefined;
}

/** Where the calls of a vendor's deployments go. Each endpoint is compiled once, and kept with the steps of its operation. */
export class Endpoints<Facts, Address extends Endpoint> {
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #source: EndpointSource;

  constructor(vendor: HttpVendor<Facts, Address>, source: EndpointSource) {
    this.#vendor = vendor;
    this.#source = source;
  }

  baseOf({ connection }: Deployment): string | undefined {
    return connection.baseUrl ?? this.#source.baseUrl ?? this.#vendor.baseUrl;
  }

  /** Compiles an endpoint that the steps do not keep yet. */
  compile(steps: CallSteps<Facts, Address>, { deployment, model }: AddressedCall): Address {
    const { operation, endpoints } = steps;
    let ofModels = endpoints.get(deployment);
    if (ofModels === undefined || ofModels.size >= mostEndpoints) {
      ofModels = new Map();
      endpoints.set(deployment, ofModels);
    }
    const endpoint =
      this.#vendor.endpoint?.(operation, deployment, model) ?? (this.#plain(steps, deployment, model) as Address);
    ofModels.set(model, endpoint);
    return endpoint;
  }

  #plain({ way, streams }: CallSteps<Facts, Address>, deployment: Deployment, model: string): Endpoint {
    const { path = "" } = way;
    const apiKey = this.#source.keyOf(deployment);
    return plainEndpoint(deployment, {
      baseUrl: this.baseOf(deployment) ?? "",
      path: typeof path === "string" ? path : path({ model, stream: streams }),
      auth: this.#vendor.auth?.(apiKey) ?? bearer(apiKey),
    });
  }
}
