import type { Cache } from "./cache.js";
import type { Cancellation } from "./cancellation.js";
import type { LazyText } from "./call-options.js";
import type { Deployment, WireName } from "./deployment.js";
import type { FinishReasons } from "./finish-reasons.js";
import type { JsonObject } from "./json.js";
import type { OperationName, OperationTypes } from "./operations.js";
import type { ProviderIdentity } from "./provider-identity.js";
import type { DropParams } from "./refusals.js";
import type { RateLimitReport } from "./rate-limit-report.js";
import type { Usage } from "./wire/usage.js";

/** One call to one deployment. */
export interface ProviderCall<Operation extends OperationName = OperationName> {
  readonly deployment: Deployment;
  /** The vendor's name for the model, with wildcards filled in. */
  readonly model: string;
  /**
   * A request as in OpenAI's API, with the defaults of the deployment and without the router's own fields. Its `model`
   * is the name that the caller used; send {@link ProviderCall.model} instead. Must not be changed. An `async` function
   * keeps its arguments until it ends. To keep long requests out of memory while the vendor works, send in one
   * function, and wait in another one that does not get the call.
   */
  readonly request: OperationTypes[Operation]["request"];
  /** The JSON text of `request`, if it is known. */
  readonly requestText?: string | LazyText | undefined;
  /** Whether the caller wants a stream. */
  readonly stream: boolean;
  /**
   * Whether the last message, from the assistant, is the beginning of the answer, which is to be continued. Some hosts
   * need a flag for that. Only set for models for which {@link Provider.continuesFromPrefix} holds. @defaultValue false
   */
  readonly continues?: boolean | undefined;
  /**
   * Whether the vendor refused the reasoning in the request. What `request` had of it is gone, and the provider must not add
   * any that it remembers. @defaultValue false
   */
  readonly withoutReasoning?: boolean | undefined;
  /** Stops the call in every phase. `cancellation.signal` is a standard `AbortSignal` for it. */
  readonly cancellation: Cancellation;
  /** The limit for connecting, in milliseconds. `undefined`: no limit. */
  readonly connectMs: number | undefined;
  /** The limit until the status and headers arrive, in milliseconds. `undefined`: no limit. */
  readonly headersMs: number | undefined;
  /**
   * Whether fields that the vendor refuses are dropped and reported, instead of failing with `unsupported_params`. If
   * it is a list, only these fields are dropped. See `mayDrop`.
   */
  readonly dropParams: DropParams;
  /** Fields that are sent even if the provider expects them to be refused. */
  readonly allowedParams?: readonly string[] | undefined;
  /** Fields that must not be sent. The router has removed them from `request`, and the provider must not add them. */
  readonly omittedFields?: readonly string[] | undefined;
  /**
   * Headers of the caller that select features of an API or name a session, by their names in lower case. They never contain
   * credentials. They belong to the caller's wire format, so a provider that translates the request does not send
   * them.
   */
  readonly forwardHeaders?: Readonly<Record<string, string>> | undefined;
  /** Identifies the caller without revealing its credentials. What a provider remembers for one is not for another. */
  readonly caller?: string | undefined;
  /** What processes share, if they do: see {@link SharedState.memory}. */
  readonly memory?: Cache | undefined;
  /**
   * How long a provider may keep what later turns of the conversation need, in milliseconds after its last use. 0: not at all.
   * Not set: for an hour. Of a request with `store: false`, nothing may be kept either, unless {@link ProviderCall.losesReasoning}
   * is set: then the field is not the caller's.
   */
  readonly keepMs?: number | undefined;
  /** Whether the caller's client has no place for encrypted reasoning, though the API of the call has. @defaultValue false */
  readonly losesReasoning?: boolean | undefined;
  /**
   * Milliseconds since the Unix epoch, for `created` and for dates in headers. Providers must not read another clock.
   */
  readonly now: () => number;
}

/** The part of a call that determines which of its fields are refused. */
export type FieldsCall = Pick<ProviderCall, "deployment" | "model" | "request" | "allowedParams">;

/** The vendor's operation that serves a call, and why, for `explain` and the trail. */
export interface WireChoice {
  readonly operation: OperationName;
  /** Follows "because", e.g. `the model is only served over Responses`. */
  readonly why: string;
}

interface ResultFacts {
  /** The vendor's id for the call. */
  readonly requestId?: string | undefined;
  readonly rateLimit?: RateLimitReport | undefined;
  /** See {@link Trail.vendorHeaders}. */
  readonly vendorHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * Request fields that were dropped because the vendor does not support them. Paths that begin with `answer.` are parts
   * of the answer that the caller's API has no place for.
   */
  readonly droppedParams?: readonly string[] | undefined;
  /** The vendor's operation that served the call. Not set: that of the call. */
  readonly wire?: WireChoice | undefined;
}

/** A whole answer. */
export interface ProviderAnswer<Operation extends OperationName = OperationName> extends ResultFacts {
  readonly kind: "answer";
  readonly value: OperationTypes[Operation]["answer"];
  /** The answer's JSON as received, if it needed no translation. May be passed on unchanged. */
  readonly bytes?: Uint8Array | string | undefined;
  /**
   * The usage that the vendor reported, with the field names of a chat completion, for answers that were translated into
   * an API that has no place for all of it. Costs and limits follow it. Empty: the vendor reported none. Not set: the
   * usage is in `value`.
   */
  readonly usage?: JsonObject | undefined;
}

/**
 * Events of a stream that arrived together. The other fields do not require parsing; `chunks` may be parsed when it is
 * first read.
 */
export interface StreamPart<Operation extends OperationName = OperationName> {
  readonly chunks: readonly OperationTypes[Operation]["chunk"][];
  /** The same events as SSE, only whole ones, without `[DONE]`. `undefined` if they needed translation. */
  readonly bytes: Uint8Array | undefined;
  /** Whether one of them has content: text, refusal, reasoning or a tool call. */
  readonly content: boolean;
  /**
   * The length of the content in characters, if the provider knows it anyway. If omitted, it is counted in `chunks`.
   */
  readonly contentLength?: number | undefined;
  /**
   * The number of choices that end in these events, that is, of finish reasons. A choice that had ended before and
   * continues here counts as -1.
   */
  readonly finished: number;
  /**
   * The finish reasons as the vendor wrote them, if the provider knows them anyway. If omitted, they are read from
   * `chunks`. The router knows which ones mean a failure. A reason other than `stop`, `length`, `tool_calls` or
   * `function_call` must come in a separate part after the content that arrived with it, since a failure would lose
   * that content.
   */
  readonly finishReasons?: readonly string[] | undefined;
  /** Whether they include the vendor's end mark (`[DONE]`, `message_stop`). Nothing follows it. */
  readonly done: boolean;
  /** The usage that the vendor reports, usually in the last part. Later reports replace earlier ones. */
  readonly usage: Usage | undefined;
  /**
   * What the answer has lost because the caller's API has no place for it, usually in the last part, as in
   * {@link ProviderAnswer.droppedParams}. It is added to the trail.
   */
  readonly droppedParams?: readonly string[] | undefined;
}

/** A stream, after a success status. */
export interface ProviderStream<Operation extends OperationName = OperationName> extends ResultFacts {
  readonly kind: "stream";
  /**
   * Ends when the vendor ends it; the parts show whether it is complete. Throws a provider error for an error in the
   * stream or in a choice, a broken connection or an unreadable answer. Leaving the loop stops the call.
   */
  readonly parts: AsyncIterable<StreamPart<Operation>>;
}

export type ProviderResult<Operation extends OperationName = OperationName> =
  | ProviderAnswer<Operation>
  | ProviderStream<Operation>;

/** A request about something that a vendor stores, such as an earlier answer. */
export interface ResourceCall extends Pick<
  ProviderCall,
  "cancellation" | "connectMs" | "deployment" | "headersMs" | "model" | "now"
> {
  readonly method: "DELETE" | "GET" | "POST";
  /** What follows the path of the operation, with the vendor's own id, e.g. `/resp_1/input_items?limit=5`. */
  readonly path: string;
  /** Whether the query asks for a stream, of an answer that the vendor may still be making. @defaultValue false */
  readonly stream?: boolean | undefined;
}

/** What a vendor says about something that it stores. */
export interface ResourceAnswer {
  readonly value: JsonObject;
  /** The JSON as received. */
  readonly bytes?: Uint8Array | string | undefined;
  /** The events of a stream, which has no `value`. It ends early if the vendor ends it early. */
  readonly parts?: AsyncIterable<StreamPart> | undefined;
}

/** What is known from the name of a model. */
export interface ModelName {
  /** The name that is sent to the vendor. */
  readonly model: string;
  /** The public model behind it, if the name shows it. A configured `baseModel` wins. */
  readonly baseModel?: string | undefined;
  /** The API over which its calls are made, if the name shows it. A configured `wire` wins. */
  readonly wire?: WireName | undefined;
}

/**
 * An adapter to one vendor's API. It makes one call, and translates requests, answers and errors. Retries, fallbacks,
 * cooldowns and the timeout of the whole attempt belong to the router.
 */
export interface Provider extends ProviderIdentity {
  /** Raised only if providers written for the previous number would stop working. */
  readonly specVersion: 1;
  readonly operations: readonly OperationName[];
  /**
   * Whether the model continues the answer if the last message is from the assistant. A function is called with the
   * model, or with its `baseModel` if that is set, and with the vendor's operation that serves the call. @defaultValue
   * false
   */
  readonly continuesFromPrefix?: boolean | ((model: string, operation: OperationName) => boolean);
  /** What finish reasons mean at this vendor, if that differs from the table of the operation. */
  readonly finishReasons?: FinishReasons | undefined;
  /**
   * Reads a vendor's own notation of model names, such as `series-5/NAME`. Called when a configuration is compiled,
   * with the model as written after the provider's name.
   */
  readModel?(written: string): ModelName;
  /**
   * Fields of a request that `call` would refuse without `dropParams`, as far as can be known from the fields alone. The router
   * prefers deployments that refuse none. Must not send or throw anything.
   */
  unsupportedFields?(operation: OperationName, call: FieldsCall): readonly string[];
  /**
   * Which of the vendor's operations would serve a call. It differs from `operation` if the provider translates. Must not
   * send or throw anything. Not set, or `undefined`: the operation itself.
   */
  wireOf?(operation: OperationName, call: FieldsCall): WireChoice | undefined;
  /**
   * Checks the settings of a deployment when a router is created, which then throws `invalid_option`.
   * @returns what is wrong, in sentences that say how to fix it
   */
  validate?(deployment: Deployment): readonly string[];
  /**
   * Makes the call. After a failure, it reads no more of the body than it needs, and closes the exchange.
   * @returns an answer or, for `call.stream`, a stream as soon as there is a success status
   * @throws a provider error (see `createProviderError`) for every failure, or the reason of the cancellation. Other
   * errors count as failures of the vendor, except those that point to a bug, such as a `TypeError` or `RangeError`
   * without a cause, which do not count against the deployment
   */
  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult>;
  /**
   * Reads, cancels or deletes what the vendor stores of an operation. It fails like `call`, with `not_found` if the account does
   * not have it. Not set: the vendor stores nothing.
   */
  resource?(operation: OperationName, call: ResourceCall): Promise<ResourceAnswer>;
  /** Closes everything that this provider opened. */
  close?(): Promise<void>;
}
