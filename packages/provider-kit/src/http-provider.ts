import type { Deployment, OperationName, Provider, ProviderCall, ProviderResult } from "@modelyard/core";
import {
  type CachePricing,
  type PromptCacheFacts,
  createProviderError,
  type FieldsCall,
  type FinishReasons,
  type IgnoredFields,
  type ProviderEnvironment,
  type ResourceAnswer,
  type ResourceCall,
  rejected,
  type Transport,
  type TransportResponse,
  type WireChoice,
} from "@modelyard/core/kit";
import { longestAnswer } from "./body.js";
import { type BridgedCall, bridgeCall } from "./bridge/bridge-call.js";
import { isWire } from "./bridge/wires.js";
import { type CallSteps, type OperationSteps, stepsOf } from "./call-steps.js";
import { problemsOf, wireProblems } from "./deployment-problems.js";
import type { Endpoint } from "./endpoint.js";
import { type AddressedCall, Endpoints } from "./endpoints.js";
import { Exchange, explained } from "./exchange.js";
import type { HttpProviderOptions, HttpVendor, PreparedCall } from "./http-vendor.js";
import { learnWire } from "./learned-wires.js";
import { providerKey } from "./provider-key.js";
import { readResource, resourceRequest } from "./resource.js";
import { WireChoices } from "./wire-choices.js";

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
  readonly baseUrl: string | undefined;
  readonly settings: readonly string[] | undefined;
  readonly catalogId: string | undefined;
  readonly cachePricing: CachePricing | undefined;
  readonly promptCache: PromptCacheFacts | undefined;
  readonly api: Provider["api"];
  readonly unserved: Provider["unserved"];
  readonly ignoredFields: IgnoredFields | undefined;
  readonly finishReasons: FinishReasons | undefined;
  readonly continuesFromPrefix: NonNullable<Provider["continuesFromPrefix"]>;
  readonly readModel?: NonNullable<Provider["readModel"]>;
  readonly unsupportedFields?: NonNullable<Provider["unsupportedFields"]>;
  readonly resource?: NonNullable<Provider["resource"]>;
  readonly validate: (deployment: Deployment) => readonly string[];
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  /** The steps of calls for which the vendor chooses no other wire. */
  readonly #usual: WireChoices<Facts, Address>["usual"];
  readonly #endpoints: Endpoints<Facts, Address>;
  readonly #wires: WireChoices<Facts, Address>;
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
    this.baseUrl = options.baseUrl ?? vendor.baseUrl;
    this.settings = vendor.settings;
    this.catalogId = vendor.catalogId;
    this.cachePricing = vendor.cachePricing;
    this.promptCache = vendor.promptCache;
    this.api = vendor.api;
    this.unserved = vendor.unserved?.bind(vendor);
    this.ignoredFields = vendor.ignoredFields;
    this.finishReasons = vendor.finishReasons;
    this.continuesFromPrefix = vendor.continuesFromPrefix ?? false;
    if (vendor.readModel !== undefined) this.readModel = vendor.readModel.bind(vendor);
    this.#vendor = vendor;
    const keyOf = vendor.keyOf?.bind(vendor) ?? (({ connection }: Deployment) => connection.apiKey ?? apiKey);
    const endpoints = new Endpoints(vendor, { baseUrl: options.baseUrl, keyOf });
    this.validate = (deployment) => [
      ...(vendor.validate?.(deployment) ??
        problemsOf(vendor, deployment, { base: endpoints.baseOf(deployment), key: keyOf(deployment) })),
      ...wireProblems(vendor, deployment),
    ];
    this.#endpoints = endpoints;
    this.#steps = stepsOf(vendor, keyOf);
    const choices = new WireChoices(vendor, this.#steps, (steps, call) => this.#endpointOf(steps, call));
    this.#wires = choices;
    this.#usual = choices.usual;
    this.operations = choices.operations;
    if (vendor.unsupportedFields !== undefined || this.operations.some(isWire))
      this.unsupportedFields = (operation, call) => choices.unsupportedFields(operation, call);
    if (vendor.stores !== undefined) this.resource = (operation, call) => this.#resource(operation, call);
    this.#shared = shared;
    this.#transport = options.transport;
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    try {
      const usual = this.#vendor.wireFor === undefined ? undefined : this.#usual.get(operation);
      // Calls over their caller's own wire, which are most, need nothing but the steps.
      if (usual === undefined) return this.#over(undefined, operation, call);
      const endpoint = this.#endpointOf(usual.plain, call);
      const choice = this.#vendor.wireFor?.(operation, call, endpoint);
      const wire = choice?.operation ?? operation;
      const making = this.#over(choice, operation, call);
      const lesson = this.#vendor.lessonFor?.(operation, call, endpoint, wire);
      return lesson === undefined
        ? making
        : learnWire(lesson, wire, making, (other) => this.#over(other, operation, call));
    } catch (thrown) {
      return rejected(explained(thrown, this.name, call.deployment));
    }
  }

  wireOf(operation: OperationName, call: FieldsCall): WireChoice | undefined {
    return this.#wires.of(operation, call);
  }

  /** Makes a call over one of the vendor's operations. @param choice - `undefined`: the usual one */
  #over(choice: WireChoice | undefined, operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    const ways = choice === undefined ? this.#usual.get(operation) : this.#steps.get(choice.operation);
    const steps = ways?.[call.stream ? "streamed" : "plain"];
    if (steps === undefined) throw this.#unsupported(operation, call.stream);
    const { operation: wire } = steps;
    // What the caller's client cannot hold has to be read, and kept, also where nothing has to be translated.
    if (wire !== operation || (call.losesReasoning === true && isWire(operation)))
      return this.#bridge(operation, { ...steps, wire: choice ?? this.#wires.translation(wire) }, call);
    const endpoint = this.#endpointOf(steps, call);
    const left = steps.filter?.(call);
    return left === undefined
      ? this.#make(steps, endpoint, call)
      : this.#make(steps, endpoint, left.call, left.dropped);
  }

  #endpointOf(steps: CallSteps<Facts, Address>, call: AddressedCall): Address {
    return steps.endpoints.get(call.deployment)?.get(call.model) ?? this.#endpoints.compile(steps, call);
  }

  /** @param lost - what the request has lost already */
  #make(
    steps: CallSteps<Facts, Address>,
    endpoint: Address,
    call: ProviderCall,
    lost?: readonly string[],
  ): Promise<ProviderResult> {
    const prepared = this.#vendor.prepare?.(call, endpoint, steps.way.translates === true);
    if (prepared === undefined) return this.#ask(steps, endpoint, call, lost);
    return prepared instanceof Promise
      ? this.#askLater(steps, prepared, lost)
      : this.#askPrepared(steps, prepared, lost);
  }

  /** Makes a call over another wire than its caller's. */
  #bridge(operation: OperationName, steps: CallSteps<Facts, Address>, call: ProviderCall): Promise<ProviderResult> {
    const bridge = this.#wires.bridgeOver(steps, operation, call);
    if (bridge === undefined) throw this.#unsupported(operation, call.stream);
    const bridging = bridgeCall(bridge, steps.way, call);
    return bridging instanceof Promise
      ? this.#makeLater(steps, bridge.endpoint, bridging)
      : this.#makeBridged(steps, bridge.endpoint, bridging);
  }

  /** @throws (rejects with) the error of the translation */
  async #makeLater(
    steps: CallSteps<Facts, Address>,
    endpoint: Address,
    bridging: Promise<BridgedCall<Facts, Address>>,
  ): Promise<ProviderResult> {
    return this.#makeBridged(steps, endpoint, await bridging);
  }

  #makeBridged(
    steps: CallSteps<Facts, Address>,
    endpoint: Address,
    { way, call }: BridgedCall<Facts, Address>,
  ): Promise<ProviderResult> {
    return this.#make({ ...steps, way }, endpoint, call);
  }

  async #askLater(
    steps: CallSteps<Facts, Address>,
    preparing: Promise<PreparedCall>,
    lost: readonly string[] | undefined,
  ): Promise<ProviderResult> {
    return this.#askPrepared(steps, await preparing, lost);
  }

  /** A prepared call may go to another address than the original one. */
  #askPrepared(
    steps: CallSteps<Facts, Address>,
    { call, dropped }: PreparedCall,
    lost: readonly string[] | undefined,
  ): Promise<ProviderResult> {
    const all = lost === undefined ? dropped : [...lost, ...(dropped ?? [])];
    return this.#ask(steps, this.#endpointOf(steps, call), call, all);
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
      const stores = this.#vendor.stores?.includes(operation) === true;
      const steps = stores ? this.#steps.get(operation)?.[call.stream === true ? "streamed" : "plain"] : undefined;
      if (steps === undefined) throw this.#unsupported(operation, false);
      call.cancellation.throwIfCancelled();
      const endpoint = this.#endpointOf(steps, call);
      this.#transport ??= this.#shared();
      const sending = this.#transport.send(resourceRequest(endpoint, call));
      return readResource(sending, new Exchange(steps, call), operation);
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

  #unsupported(operation: OperationName, stream: boolean): Error {
    const what = stream && this.#vendor.operations[operation] !== undefined ? `streams of ${operation}` : operation;
    return createProviderError({
      kind: "unsupported_params",
      provider: this.name,
      param: "model",
      message: `${this.name} does not support ${what}. Configure another provider for this group.`,
    });
  }
}

function isGood({ status }: TransportResponse): boolean {
  return status >= 200 && status <= 299;
}
