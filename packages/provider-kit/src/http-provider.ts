import {
  type AnswerOf,
  createProviderError,
  type Deployment,
  type FailedCall,
  type FinishReasons,
  type JsonObject,
  type OperationName,
  type Provider,
  type ProviderCall,
  type ProviderEnvironment,
  type ProviderResult,
  rejected,
  type Secret,
  type Transport,
  type TransportResponse,
} from "@modelyard/core";
import { longestAnswer } from "./body.js";
import { bearer, type Endpoint, plainEndpoint } from "./endpoint.js";
import { Exchange, type ExchangeSteps, explained } from "./exchange.js";
import type { HttpOperation, HttpProviderOptions, HttpVendor, PreparedCall } from "./http-vendor.js";
import { providerKey } from "./provider-key.js";
import { failureKind, readFailure, toVendorError } from "./vendor-failure/index.js";

/** Endpoints that are kept of one deployment; patterns let callers name any number of models. */
const mostEndpoints = 100;

/** The steps that all providers over HTTP have in common: from a call to a checked answer, or to an error that says what happened. */
export class HttpProvider<Facts, Address extends Endpoint> implements Provider {
  readonly name: string;
  readonly specVersion = 1;
  readonly operations: readonly OperationName[];
  readonly claims: RegExp | undefined;
  readonly environment: ProviderEnvironment | undefined;
  readonly settings: readonly string[] | undefined;
  readonly catalogId: string | undefined;
  readonly finishReasons: FinishReasons | undefined;
  readonly continuesFromPrefix: boolean | ((model: string) => boolean);
  readonly readModel?: NonNullable<Provider["readModel"]>;
  readonly unsupportedFields?: NonNullable<Provider["unsupportedFields"]>;
  readonly validate: (deployment: Deployment) => readonly string[];
  readonly #vendor: HttpVendor<Facts, Address>;
  readonly #steps: ReadonlyMap<OperationName, OperationSteps<Facts, Address>>;
  readonly #options: HttpProviderOptions;
  readonly #keyOf: (deployment: Deployment) => Secret | undefined;
  readonly #endpoints = new WeakMap<Deployment, Map<string, Endpoint>>();
  readonly #shared: () => Transport;
  #transport: Transport | undefined;

  /** @param shared - the transport of providers that were not given one */
  constructor(vendor: HttpVendor<Facts, Address>, options: HttpProviderOptions, shared: () => Transport) {
    const { name, environment } = vendor;
    const apiKey =
      vendor.keyOf === undefined ? providerKey(options.apiKey, environment?.apiKey ?? [], options.env) : undefined;
    this.name = name;
    this.operations = Object.keys(vendor.operations) as OperationName[];
    this.claims = vendor.claims;
    this.environment = environment;
    this.settings = vendor.settings;
    this.catalogId = vendor.catalogId;
    this.finishReasons = vendor.finishReasons;
    this.continuesFromPrefix = vendor.continuesFromPrefix ?? false;
    if (vendor.readModel !== undefined) this.readModel = vendor.readModel.bind(vendor);
    if (vendor.unsupportedFields !== undefined) this.unsupportedFields = vendor.unsupportedFields.bind(vendor);
    this.validate = vendor.validate?.bind(vendor) ?? ((deployment) => this.#problems(deployment));
    this.#vendor = vendor;
    this.#options = options;
    this.#keyOf = vendor.keyOf?.bind(vendor) ?? (({ connection }) => connection.apiKey ?? apiKey);
    this.#steps = stepsOf(vendor, this.#keyOf);
    this.#shared = shared;
    this.#transport = options.transport;
  }

  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult> {
    try {
      const steps = this.#steps.get(operation)?.[call.stream ? "streamed" : "plain"];
      if (steps === undefined) throw this.#unsupported(operation, call.stream);
      const prepared = this.#vendor.prepare?.(operation, call);
      if (prepared === undefined) return this.#ask(steps, call);
      return prepared instanceof Promise
        ? this.#askLater(steps, prepared)
        : this.#ask(steps, prepared.call, prepared.dropped);
    } catch (thrown) {
      return rejected(explained(thrown, this.name, call.deployment));
    }
  }

  async #askLater(steps: CallSteps<Facts, Address>, preparing: Promise<PreparedCall>): Promise<ProviderResult> {
    const { call, dropped } = await preparing;
    return this.#ask(steps, call, dropped);
  }

  #ask(steps: CallSteps<Facts, Address>, call: ProviderCall, dropped?: readonly string[]): Promise<ProviderResult> {
    call.cancellation.throwIfCancelled();
    const { operation, way } = steps;
    const endpoint = this.#vendor.endpoint?.(operation, call) ?? (this.#endpoint(way, call) as Address);
    const exchange = new Exchange(steps, call);
    if (dropped !== undefined) exchange.dropped = dropped;
    const body = way.write(call, exchange, endpoint);
    const sending = body instanceof Promise ? this.#sendLater(endpoint, body, call) : this.#send(endpoint, body, call);
    return this.#receive(sending, exchange);
  }

  /** A long body is written in turns of the event loop. */
  async #sendLater(
    endpoint: Endpoint,
    writing: Promise<string | Uint8Array>,
    call: ProviderCall,
  ): Promise<TransportResponse> {
    return this.#send(endpoint, await writing, call);
  }

  #send(
    { origin, path, headers }: Endpoint,
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

  /** Apart from the sending: a function that waits keeps all that it was given, the request there, until it ends. */
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

  #baseOf({ connection }: Deployment): string | undefined {
    return connection.baseUrl ?? this.#options.baseUrl ?? this.#vendor.baseUrl;
  }

  #endpoint({ path = "" }: HttpOperation<Facts, Address>, call: ProviderCall): Endpoint {
    const { deployment } = call;
    const wanted = typeof path === "string" ? path : path(call);
    let known = this.#endpoints.get(deployment);
    if (known === undefined || known.size >= mostEndpoints) {
      known = new Map();
      this.#endpoints.set(deployment, known);
    }
    let endpoint = known.get(wanted);
    if (endpoint === undefined) {
      const auth = this.#vendor.auth?.(this.#keyOf(deployment)) ?? bearer(this.#keyOf(deployment));
      endpoint = plainEndpoint(deployment, { baseUrl: this.#baseOf(deployment) ?? "", path: wanted, auth });
      known.set(wanted, endpoint);
    }
    return endpoint;
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

/** What a call of one operation goes through. */
interface CallSteps<Facts, Address extends Endpoint> extends ExchangeSteps<Facts> {
  readonly operation: OperationName;
  readonly way: HttpOperation<Facts, Address>;
}

interface OperationSteps<Facts, Address extends Endpoint> {
  readonly plain: CallSteps<Facts, Address>;
  /** Not set: the operation does not stream. */
  readonly streamed: CallSteps<Facts, Address> | undefined;
}

/** The steps of each of a vendor's operations, with the defaults for what the vendor does not say. */
function stepsOf<Facts, Address extends Endpoint>(
  vendor: HttpVendor<Facts, Address>,
  keyOf: (deployment: Deployment) => Secret | undefined,
): ReadonlyMap<OperationName, OperationSteps<Facts, Address>> {
  const { name, requestIdHeaders = ["x-request-id"] } = vendor;
  const common = {
    name,
    requestIdHeaders,
    keyOf,
    toError:
      vendor.toError?.bind(vendor) ??
      ((call: FailedCall) => {
        const words = readFailure(call.body, call.now);
        return toVendorError(call, { kind: failureKind(call.status, words), words, requestIdHeaders });
      }),
    rateLimit: vendor.rateLimit?.bind(vendor) ?? (() => undefined),
  };
  return new Map(
    (Object.keys(vendor.operations) as OperationName[]).flatMap((operation) => {
      const way = vendor.operations[operation];
      if (way === undefined) return [];
      const plain = { ...common, operation, way, answer: way.answer?.bind(way) ?? asItCame };
      const parts = way.parts?.bind(way);
      return [[operation, { plain, streamed: parts === undefined ? undefined : { ...plain, parts } }] as const];
    }),
  );
}

function asItCame(value: JsonObject): AnswerOf {
  return value as unknown as AnswerOf;
}

function isGood({ status }: TransportResponse): boolean {
  return status >= 200 && status <= 299;
}
