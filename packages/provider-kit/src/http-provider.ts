import type { Deployment, OperationName, Provider, ProviderCall, ProviderResult, Secret } from "@modelyard/core";
import {
  type CachePricing,
  createProviderError,
  type FieldsCall,
  type FinishReasons,
  type IgnoredFields,
  operationNames,
  type ProviderEnvironment,
  type ResourceAnswer,
  type ResourceCall,
  rejected,
  type Transport,
  type TransportResponse,
} from "@modelyard/core/kit";
import { longestAnswer } from "./body.js";
import { type Bridge, bridgeCall, fieldsRefused } from "./bridge/bridge-call.js";
import { bridgesTo, isWire, type WireOperation } from "./bridge/wires.js";
import { type CallSteps, type OperationSteps, stepsOf } from "./call-steps.js";
import { bearer, type Endpoint, plainEndpoint } from "./endpoint.js";
import { Exchange, explained } from "./exchange.js";
import type { HttpProviderOptions, HttpVendor, PreparedCall } from "./http-vendor.js";
import { providerKey } from "./provider-key.js";
import { readResource, resourceRequest } from "./resource.js";

/** Endpoints that are kept for one deployment; patterns let callers name any number of models. */
const mostEndpoints = 100;
/** The fields at fault if a vendor does not have the operation. */
const noOperation: readonly string[] = Object.freeze(["model"]);

/**
 * The steps that all HTTP providers have in common: from a call to a checked answer, or to an error that says what
 * happened.
 */
export class HttpProvider<Facts, Address extends Endpoint> implements Provider {
  readonly name: string;
  readonly specVersion = 1;
  readonly operations: readonly OperationName[];
  readonly claims: RegExp | undefined;
  readonly environment: ProviderEnvironment | undefined;
  readonly settings: readonly string[] | undefined;
  readonly catalogId: string | undefined;
  readonly cachePricing: CachePricing | undefined;
  readonly api: Provider["api"];
  readonly unserved: Provider["unserved"];
  readonly ignoredFields: IgnoredFields | undefined;
  readonly finishReasons: FinishReasons | undefined;
  readonly continuesFromPrefix: boolean | ((model: string) => boolean);
  readonly readModel?: NonNullable<Provider["readModel"]>;
  readonly unsupportedFields?: NonNullable<Provider["unsupportedFields"]>;
  readonly resource?: NonNullable<Provider["resource"]>;
  readonly validate: (deployment: Deployment) => readonly string[];
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  readonly #options: HttpProviderOptions;
  readonly #keyOf: (deployment: Deployment) => Secret | undefined;
  readonly #shared: () => Transport;
  #transport: Transport | undefined;

  /** @param shared - the transport for providers that were not given one */
  constructor(vendor: HttpVendor<Facts, Address>, options: HttpProviderOptions, shared: () => Transport) {
    const { name, environment } = vendor;
    const apiKey =
      vendor.keyOf === undefined ? providerKey(options.apiKey, environment?.apiKey ?? [], options.env) : undefined;
    this.name = name;
    this.claims = vendor.claims;
    this.environment = environment;
    this.settings = vendor.settings;
    this.catalogId = vendor.catalogId;
    this.cachePricing = vendor.cachePricing;
    this.api = vendor.api;
    this.unserved = vendor.unserved?.bind(vendor);
    this.ignoredFields = vendor.ignoredFields;
    this.finishReasons = vendor.finishReasons;
    this.continuesFromPrefix = vendor.continuesFromPrefix ?? false;
    if (vendor.readModel !== undefined) this.readModel = vendor.readModel.bind(vendor);
    this.validate = vendor.validate?.bind(vendor) ?? ((deployment) => this.#problems(deployment));
    this.#vendor = vendor;
    this.#options = options;
    this.#keyOf = vendor.keyOf?.bind(vendor) ?? (({ connection }) => connection.apiKey ?? apiKey);
    this.#steps = stepsOf(vendor, this.#keyOf);
    this.operations = [
      ...this.#steps.keys(),
      ...operationNames.filter((other) => !this.#steps.has(other) && this.#bridgesTo(other).length > 0),
    ];
    if (vendor.unsupportedFields !== undefined || this.operations.some(isWire))
      this.unsupportedFields = (operation, call) => this.#unsupportedFields(operation, call);
    if (vendor.stores !== undefined) this.resource = (operation, call) => this.#resource(operation, call);
    this.#shared = shared;
    this.#transport = options.transport;
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    try {
      // Calls over their caller's own wire, which are most, need nothing but the steps.
      const native = this.#vendor.wireFor === undefined ? this.#steps.get(operation) : undefined;
      const wire = native === undefined ? this.#wireFor(operation, call) : operation;
      const ways = native ?? (wire === undefined ? undefined : this.#steps.get(wire));
      const steps = ways?.[call.stream ? "streamed" : "plain"];
      if (steps === undefined) throw this.#unsupported(operation, call.stream);
      if (wire !== operation) return this.#bridge(operation, steps, call);
      return this.#make(steps, this.#endpoint(steps, call.deployment, call.model), call);
    } catch (thrown) {
      return rejected(explained(thrown, this.name, call.deployment));
    }
  }

  #make(steps: CallSteps<Facts, Address>, endpoint: Address, call: ProviderCall): Promise<ProviderResult> {
    const prepared = this.#vendor.prepare?.(call, endpoint);
    if (prepared === undefined) return this.#ask(steps, endpoint, call);
    return prepared instanceof Promise ? this.#askLater(steps, prepared) : this.#askPrepared(steps, prepared);
  }

  /** Makes a call over another wire than its caller's. */
  #bridge(operation: OperationName, steps: CallSteps<Facts, Address>, call: ProviderCall): Promise<ProviderResult> {
    const bridge = this.#bridgeOver(steps, operation, call);
    if (bridge === undefined) throw this.#unsupported(operation, call.stream);
    const { way, call: bridged } = bridgeCall(bridge, steps.way, call);
    return this.#make({ ...steps, way, bridged: true }, bridge.endpoint, bridged);
  }

  #bridgeOver(
    steps: CallSteps<Facts, Address>,
    from: OperationName,
    { deployment, model }: FieldsCall,
  ): Bridge<Facts, Address> | undefined {
    const { operation: to } = steps;
    if (!isWire(from) || !isWire(to)) return undefined;
    return { vendor: this.#vendor, from, to, endpoint: this.#endpoint(steps, deployment, model) };
  }

  /** The vendor's operation that serves a call. `undefined`: it has none. */
  #wireFor(operation: OperationName, call: FieldsCall): OperationName | undefined {
    const usual = this.#steps.has(operation) ? operation : this.#bridgesTo(operation)[0];
    const steps = usual === undefined ? undefined : this.#steps.get(usual)?.plain;
    if (steps === undefined || this.#vendor.wireFor === undefined) return usual;
    const { deployment, model } = call;
    return this.#vendor.wireFor(operation, call, this.#endpoint(steps, deployment, model)) ?? usual;
  }

  #bridgesTo(operation: OperationName): readonly WireOperation[] {
    return bridgesTo(operation, (wire) => this.#steps.has(wire));
  }

  async #askLater(steps: CallSteps<Facts, Address>, preparing: Promise<PreparedCall>): Promise<ProviderResult> {
    return this.#askPrepared(steps, await preparing);
  }

  /** A prepared call may go to another address than the original one. */
  #askPrepared(steps: CallSteps<Facts, Address>, { call, dropped }: PreparedCall): Promise<ProviderResult> {
    return this.#ask(steps, this.#endpoint(steps, call.deployment, call.model), call, dropped);
  }

  #ask(
    steps: CallSteps<Facts, Address>,
    endpoint: Address,
    call: ProviderCall,
    dropped?: readonly string[],
  ): Promise<ProviderResult> {
    call.cancellation.throwIfCancelled();
    const exchange = new Exchange(steps, call);
    if (dropped !== undefined) exchange.dropped = dropped;
    const body = steps.way.write(call, exchange, endpoint);
    const headers = steps.way.headers?.(call, endpoint) ?? endpoint.headers;
    const sending =
      body instanceof Promise
        ? this.#sendLater(endpoint, headers, body, call)
        : this.#send(endpoint, headers, body, call);
    return this.#receive(sending, exchange);
  }

  /** A long body is written in several turns of the event loop. */
  async #sendLater(
    endpoint: Endpoint,
    headers: Endpoint["headers"],
    writing: Promise<string | Uint8Array>,
    call: ProviderCall,
  ): Promise<TransportResponse> {
    return this.#send(endpoint, headers, await writing, call);
  }

  #send(
    { origin, path }: Endpoint,
    headers: Endpoint["headers"],
    body: string | Uint8Array,
    call: ProviderCall,
  ): Promise<TransportResponse> {
    this.#transport ??= this.#shared();
    const { cancellation, connectMs, headersMs } = call;
    const { publicOnly } = call.deployment.connection;
    return this.#transport.send({
      method: "POST",
      origin,
      path,
      headers,
      body,
      cancellation,
      connectMs,
      headersMs,
      publicOnly,
    });
  }

  #resource(operation: OperationName, call: ResourceCall): Promise<ResourceAnswer> {
    try {
      const steps = this.#vendor.stores?.includes(operation) === true ? this.#steps.get(operation)?.plain : undefined;
      if (steps === undefined) throw this.#unsupported(operation, false);
      call.cancellation.throwIfCancelled();
      const endpoint = this.#endpoint(steps, call.deployment, call.model);
      this.#transport ??= this.#shared();
      const sending = this.#transport.send(resourceRequest(endpoint, call));
      return readResource(sending, new Exchange(steps, call));
    } catch (thrown) {
      return rejected(explained(thrown, this.name, call.deployment));
    }
  }

  /**
   * Separate from `#ask`, which holds the request: see "A waiting `async` function keeps its arguments" in
   * docs/internals.md.
   */
  async #receive(sending: Promise<TransportResponse>, exchange: Exchange<Facts>): Promise<ProviderResult> {
    try {
      exchange.response = await sending;
      if (!isGood(exchange.response)) throw await exchange.refusal();
      if (exchange.streams) return exchange.streamed();
      const answer = exchange.answered(await exchange.response.bytes(longestAnswer));
      return answer instanceof Promise ? await answer : answer;
    } catch (thrown) {
      throw exchange.explain(thrown);
    }
  }

  #unsupportedFields(operation: OperationName, call: FieldsCall): readonly string[] {
    const native = this.#steps.get(operation)?.plain;
    const wire = this.#wireFor(operation, call);
    const steps = wire === undefined ? undefined : this.#steps.get(wire)?.plain;
    if (steps === undefined) return noOperation;
    if (steps === native)
      return (
        this.#vendor.unsupportedFields?.(operation, call, this.#endpoint(steps, call.deployment, call.model)) ?? []
      );
    const bridge = this.#bridgeOver(steps, operation, call);
    return bridge === undefined ? noOperation : fieldsRefused(bridge, call);
  }

  #unsupported(operation: OperationName, stream: boolean): Error {
    const what = stream && this.#vendor.operations[operation] !== undefined ? `streams of ${operation}` : operation;
    return createProviderError({
      kind: "unsupported_params",
      provider: this.name,
      param: "model",
      message: `${this.name} does not support ${what}. Configure another provider for this group.`,
    });
  }

  #baseOf({ connection }: Deployment): string | undefined {
    return connection.baseUrl ?? this.#options.baseUrl ?? this.#vendor.baseUrl;
  }

  #endpoint(steps: CallSteps<Facts, Address>, deployment: Deployment, model: string): Address {
    return steps.endpoints.get(deployment)?.get(model) ?? this.#compileEndpoint(steps, deployment, model);
  }

  #compileEndpoint(steps: CallSteps<Facts, Address>, deployment: Deployment, model: string): Address {
    const { operation, endpoints } = steps;
    let ofModels = endpoints.get(deployment);
    if (ofModels === undefined || ofModels.size >= mostEndpoints) {
      ofModels = new Map();
      endpoints.set(deployment, ofModels);
    }
    const endpoint =
      this.#vendor.endpoint?.(operation, deployment, model) ??
      (this.#plainEndpoint(steps, deployment, model) as Address);
    ofModels.set(model, endpoint);
    return endpoint;
  }

  #plainEndpoint({ way, streams }: CallSteps<Facts, Address>, deployment: Deployment, model: string): Endpoint {
    const { path = "" } = way;
    const apiKey = this.#keyOf(deployment);
    return plainEndpoint(deployment, {
      baseUrl: this.#baseOf(deployment) ?? "",
      path: typeof path === "string" ? path : path({ model, stream: streams }),
      auth: this.#vendor.auth?.(apiKey) ?? bearer(apiKey),
    });
  }

  /** What is wrong with a deployment's settings. */
  #problems(deployment: Deployment): readonly string[] {
    const { name, environment, settings = [] } = this.#vendor;
    const problems: string[] = [];
    const [variable] = environment?.apiKey ?? [];
    if (variable !== undefined && this.#keyOf(deployment) === undefined)
      problems.push(`${name} needs a key. Set apiKey (in YAML: api_key) or the environment variable ${variable}.`);
    const base = this.#baseOf(deployment);
    if (base === undefined) problems.push(`${name} needs an address. Set apiBase (in YAML: api_base).`);
    else if (!URL.canParse(base)) problems.push(`apiBase of ${name} must be a valid URL, e.g. https://example.com/v1.`);
    for (const key of Object.keys(deployment.settings))
      if (!settings.includes(key)) problems.push(`${name} has no setting "${key}".`);
    return problems;
  }
}

function isGood({ status }: TransportResponse): boolean {
  return status >= 200 && status <= 299;
}
