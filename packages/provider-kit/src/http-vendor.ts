import type {
  Deployment,
  JsonObject,
  OperationName,
  Provider,
  ProviderCall,
  ProviderError,
  Secret,
} from "@modelyard/core";
import type {
  AnswerOf,
  FailedCall,
  FieldsCall,
  MaybePromise,
  ProviderIdentity,
  RateLimitReport,
  StreamPart,
  Transport,
  TransportResponse,
} from "@modelyard/core/kit";
import type { Endpoint } from "./endpoint.js";
import type { HttpExchange } from "./http-exchange.js";
import type { Environment } from "./provider-key.js";

/** How a vendor does one operation. */
export interface HttpOperation<Facts = undefined, Address extends Endpoint = Endpoint> {
  /** Behind the base URL, from the `/` on. Not needed where {@link HttpVendor.endpoint} is given. */
  readonly path?: string | ((call: Pick<ProviderCall, "model" | "stream">) => string);
  /**
   * The body to send; a long one may be written in turns of the event loop. What `answer` and `parts` need of the request goes into `exchange.facts`, what the vendor does not
   * know of it into `exchange.dropped`.
   * @throws (or rejects with) a provider error for what the vendor has nothing like
   */
  write(call: ProviderCall, exchange: HttpExchange<Facts>, endpoint: Address): MaybePromise<string | Uint8Array>;
  /**
   * The answer in OpenAI's shape. One that is returned as it came is sent on byte for byte. Whatever else than a provider
   * error it throws means that the answer has an unexpected shape. @defaultValue the vendor answers in OpenAI's shape
   */
  answer?(value: JsonObject, exchange: HttpExchange<Facts>): AnswerOf;
  /** The parts of a stream: see `eventStream`. Not set: the operation does not stream. */
  parts?(exchange: HttpExchange<Facts>): AsyncIterable<StreamPart>;
}

/** A call that was changed into one that the vendor accepts. */
export interface PreparedCall {
  readonly call: ProviderCall;
  readonly dropped?: readonly string[];
}

/** What is a vendor's own about a provider over HTTP. */
export interface HttpVendor<Facts = undefined, Address extends Endpoint = Endpoint>
  extends ProviderIdentity, Pick<Provider, "finishReasons" | "continuesFromPrefix" | "readModel" | "validate"> {
  readonly operations: { readonly [Name in OperationName]?: HttpOperation<Facts, Address> };
  /** Used by deployments without an address. Not set: the user must give one. */
  readonly baseUrl?: string;
  /** The headers that say who calls. @defaultValue `Authorization: Bearer KEY` */
  auth?(apiKey: Secret | undefined): Readonly<Record<string, string>>;
  /**
   * Where a deployment's calls go, and whatever else about them is known before a call. Asked once for each operation and
   * model of a deployment, and kept. @defaultValue the base URL, the operation's path, and the headers of `auth`
   */
  endpoint?(operation: OperationName, deployment: Deployment, model: string): Address;
  /** The key of a deployment. @defaultValue its own, that of the options, or the first variable of `environment.apiKey` */
  keyOf?(deployment: Deployment): Secret | undefined;
  /** The call as the vendor accepts it, for what is not a matter of one operation; `undefined`: it is sent as it is. */
  prepare?(call: ProviderCall, endpoint: Address): MaybePromise<PreparedCall> | undefined;
  /** Fields of a request that would be refused, as in {@link Provider.unsupportedFields}. @defaultValue none are known */
  unsupportedFields?(operation: OperationName, call: FieldsCall, endpoint: Address): readonly string[];
  /** The error that a failure becomes. @defaultValue read from any of the shapes that vendors use */
  toError?(call: FailedCall): ProviderError;
  /** Where the vendor writes its id of a call, in lower case. @defaultValue `x-request-id` */
  readonly requestIdHeaders?: readonly string[];
  /** What the headers say of the vendor's limits. @defaultValue nothing */
  rateLimit?(response: TransportResponse, now: () => number): RateLimitReport | undefined;
}

/** What users of a provider can set. */
export interface HttpProviderOptions {
  /**
   * Used by deployments without a key of their own. An empty one is a missing one.
   * @defaultValue the vendor's usual environment variable
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, where there is one */
  readonly env?: Environment;
  /** Used by deployments without an `apiBase` of their own. */
  readonly baseUrl?: string;
  /** What sends. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
}
