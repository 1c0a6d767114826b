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
  WireChoice,
} from "@modelyard/core/kit";
import type { WireOperation, WireTargets } from "./bridge/wires.js";
import type { Endpoint } from "./endpoint.js";
import type { HttpExchange } from "./http-exchange.js";
import type { WireLesson } from "./learned-wires.js";
import type { Environment } from "./provider-key.js";

/** How a vendor does one operation. */
export interface HttpOperation<Facts = undefined, Address extends Endpoint = Endpoint> {
  /** Follows the base URL, and begins with a `/`. Not needed if {@link HttpVendor.endpoint} is given. */
  readonly path?: string | ((call: Pick<ProviderCall, "model" | "stream">) => string);
  /**
   * Writes the body to send; a long one may be written in several turns of the event loop. Put what `answer` and `parts` need to
   * know about the request into `exchange.facts`, and the fields that the vendor does not know into `exchange.dropped`.
   * @throws (or rejects with) a provider error for what the vendor cannot do
   */
  write(call: ProviderCall, exchange: HttpExchange<Facts>, endpoint: Address): MaybePromise<string | Uint8Array>;
  /**
   * The headers of one call. Only needed if they differ between calls, e.g. by `call.forwardHeaders`.
   * @defaultValue those of the endpoint
   */
  headers?(call: ProviderCall, endpoint: Address): Readonly<Record<string, string>>;
  /**
   * Converts the answer into OpenAI's shape. If it returns the value that it was given, the answer is passed on byte for
   * byte. Any exception other than a provider error means that the answer has an unexpected shape.
   * @defaultValue the vendor answers in OpenAI's shape
   */
  answer?(value: JsonObject, exchange: HttpExchange<Facts>): AnswerOf;
  /** Reads the parts of a stream: see `eventStream`. Not set: the operation does not stream. */
  parts?(exchange: HttpExchange<Facts>): AsyncIterable<StreamPart>;
  /** Whether `answer` and `parts` translate from another API. @defaultValue false */
  readonly translates?: boolean;
  /**
   * Whether callers get the headers that clients of this API read in answers, such as the vendor's id for the call.
   * @defaultValue false
   */
  readonly showsHeaders?: boolean;
}

/** A call that was changed into one that the vendor accepts. */
export interface PreparedCall {
  readonly call: ProviderCall;
  readonly dropped?: readonly string[];
}

/** What is specific to the vendor in a provider over HTTP. */
export interface HttpVendor<Facts = undefined, Address extends Endpoint = Endpoint>
  extends ProviderIdentity, Pick<Provider, "finishReasons" | "continuesFromPrefix" | "readModel" | "validate"> {
  /**
   * The operations that the vendor's API has. Of `chat`, `messages` and `responses`, one is enough: requests and answers
   * of the others are translated.
   */
  readonly operations: { readonly [Name in OperationName]?: HttpOperation<Facts, Address> };
  /**
   * Which of the vendor's operations serves a call. `undefined`: the operation itself if the vendor has it, and otherwise
   * the one whose translation loses the least.
   * @param endpoint - that of the operation that serves it by default
   */
  wireFor?(operation: OperationName, call: FieldsCall, endpoint: Address): WireChoice | undefined;
  /**
   * What the answer to a call may show about that. `undefined`: nothing, since it is known. Such a call is kept in memory
   * until its answer arrives.
   * @param endpoint - the one that `wireFor` gets
   * @param wire - the operation that is asked
   */
  lessonFor?(
    operation: OperationName,
    call: FieldsCall,
    endpoint: Address,
    wire: OperationName,
  ): WireLesson | undefined;
  /** What requests that are translated into a wire must know about a deployment. @defaultValue what almost every host accepts */
  readonly targets?: {
    readonly [Wire in WireOperation]?: (call: FieldsCall, endpoint: Address) => Partial<WireTargets[Wire]>;
  };
  /**
   * The operations whose answers the vendor stores, so that they can be read, cancelled and deleted below the path of the
   * operation. @defaultValue none
   */
  readonly stores?: readonly OperationName[] | undefined;
  /** For deployments without an address. Not set: users must set one. */
  readonly baseUrl?: string | undefined;
  /** The headers that identify the caller. @defaultValue `Authorization: Bearer KEY` */
  auth?(apiKey: Secret | undefined): Readonly<Record<string, string>>;
  /**
   * Where a deployment's calls go, and whatever else is known before a call. It is called once for each operation and model
   * of a deployment, and its result is kept. @defaultValue the base URL, the operation's path, and the headers of `auth`
   */
  endpoint?(operation: OperationName, deployment: Deployment, model: string): Address;
  /** The key of a deployment. @defaultValue its own, the one in the options, or the first variable of `environment.apiKey` */
  keyOf?(deployment: Deployment): Secret | undefined;
  /**
   * Changes a call into one that the vendor accepts, for all operations alike; `undefined`: it is sent as it is.
   * @param translated - whether the request was translated from another wire. Others are as their callers wrote them.
   */
  prepare?(call: ProviderCall, endpoint: Address, translated: boolean): MaybePromise<PreparedCall> | undefined;
  /** Fields of a request that the vendor would refuse: see {@link Provider.unsupportedFields}. @defaultValue none are known */
  unsupportedFields?(operation: OperationName, call: FieldsCall, endpoint: Address): readonly string[];
  /** The error for a failure. @defaultValue read from any of the shapes that vendors use */
  toError?(call: FailedCall): ProviderError;
  /** The headers with the vendor's id of a call, in lower case. @defaultValue `x-request-id` */
  readonly requestIdHeaders?: readonly string[];
  /** Reads the vendor's limits from the headers. @defaultValue not read */
  rateLimit?(response: TransportResponse, now: () => number): RateLimitReport | undefined;
}

/** What users of a provider can set. */
export interface HttpProviderOptions {
  /**
   * For deployments without their own key. An empty one counts as missing.
   * @defaultValue the vendor's usual environment variable
   */
  readonly apiKey?: string | Secret | undefined;
  /** Where that variable is looked up. @defaultValue `process.env`, if the platform has it */
  readonly env?: Environment;
  /** For deployments without their own `apiBase`. */
  readonly baseUrl?: string;
  /** Sends the requests. @defaultValue one transport for all providers of the process */
  readonly transport?: Transport;
}
