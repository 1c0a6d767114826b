import type { Cancellation } from "./cancellation.js";
import type { LazyText } from "./call-options.js";
import type { Deployment } from "./deployment.js";
import type { FinishReasons } from "./finish-reasons.js";
import type { OperationName, OperationTypes } from "./operations.js";
import type { ProviderIdentity } from "./provider-identity.js";
import type { DropParams } from "./refusals.js";
import type { RateLimitReport } from "./rate-limit-report.js";
import type { Usage } from "./wire/usage.js";

/** One call to one deployment. */
export interface ProviderCall<Operation extends OperationName = OperationName> {
  readonly deployment: Deployment;
  /** The vendor's name of the model, wildcards filled in. */
  readonly model: string;
  /**
   * OpenAI-shaped, defaults of the deployment filled in, router's own fields taken out. `model` is the caller's name:
   * send {@link ProviderCall.model} instead. Frozen by contract: build what you send, change nothing. A function that waits
   * keeps what it was given until it ends: one that sends first and waits in another, without the call, keeps long requests
   * out of memory while the vendor works.
   */
  readonly request: OperationTypes[Operation]["request"];
  /** The JSON text that says the same as `request`, when it is known. */
  readonly requestText?: string | LazyText | undefined;
  /** Whether the caller wants events. */
  readonly stream: boolean;
  /**
   * Whether the last message, the assistant's, is the beginning of the answer, to be continued: some hosts want that said.
   * Never set for a model that {@link Provider.continuesFromPrefix} does not name. @defaultValue false
   */
  readonly continues?: boolean | undefined;
  /** Stops the call in every phase. `cancellation.signal` is the same as a standard `AbortSignal`. */
  readonly cancellation: Cancellation;
  /** Milliseconds until the connection stands; `undefined`: no limit. */
  readonly connectMs: number | undefined;
  /** Milliseconds until status and headers are here; `undefined`: no limit. */
  readonly headersMs: number | undefined;
  /**
   * Whether fields that the vendor refuses are dropped (and reported) or refused with `unsupported_params`; a list: only
   * those named are dropped. See `mayDrop`.
   */
  readonly dropParams: DropParams;
  /** Fields that are sent even if the provider takes them for refused. */
  readonly allowedParams?: readonly string[] | undefined;
  /** Fields that must not go out: the router took them out of `request`, and the provider does not add them either. */
  readonly omittedFields?: readonly string[] | undefined;
  /** Milliseconds since the Unix epoch: for `created` and for dates in headers. Providers read no clock. */
  readonly now: () => number;
}

/** What tells which fields of a request are refused. */
export type FieldsCall = Pick<ProviderCall, "deployment" | "model" | "request" | "allowedParams">;

interface ResultFacts {
  /** The vendor's id of the call. */
  readonly requestId?: string | undefined;
  readonly rateLimit?: RateLimitReport | undefined;
  /** Request fields that were dropped because the vendor does not know them. */
  readonly droppedParams?: readonly string[] | undefined;
}

/** A whole answer. */
export interface ProviderAnswer<Operation extends OperationName = OperationName> extends ResultFacts {
  readonly kind: "answer";
  readonly value: OperationTypes[Operation]["answer"];
  /** The answer's JSON as it came, when it needed no translation; it may be sent on as it is. */
  readonly bytes?: Uint8Array | string | undefined;
}

/**
 * Some events of a stream that arrived together. The facts are there without parsing; `chunks` may be parsed when
 * first read.
 */
export interface StreamPart<Operation extends OperationName = OperationName> {
  readonly chunks: readonly OperationTypes[Operation]["chunk"][];
  /** The same events as SSE, whole ones only, `[DONE]` left out; `undefined` when they needed translation. */
  readonly bytes: Uint8Array | undefined;
  /** Whether one of them carries content: text, refusal, reasoning or a tool call. */
  readonly content: boolean;
  /** Characters of content, for providers that know them without another look; left out: counted in `chunks`. */
  readonly contentLength?: number | undefined;
  /**
   * How many choices ended here, that is, how many finish reasons there are. A choice that ended before and goes on here
   * takes its end back and counts -1.
   */
  readonly finished: number;
  /**
   * The finish reasons, for providers that know them without another look; not set: looked for in `chunks`. They are passed
   * on as the vendor wrote them: the router knows which ones mean a failure. One that is not `stop`, `length`, `tool_calls`
   * or `function_call` comes in a part after the content that arrived with it: a failure would lose that content.
   */
  readonly finishReasons?: readonly string[] | undefined;
  /** Whether the vendor's own end mark (`[DONE]`, `message_stop`) was among them. Nothing follows it. */
  readonly done: boolean;
  /** Reported by the vendor, usually on the last part; later reports replace earlier ones. */
  readonly usage: Usage | undefined;
}

/** A stream whose status was good. */
export interface ProviderStream<Operation extends OperationName = OperationName> extends ResultFacts {
  readonly kind: "stream";
  /**
   * Ends when the vendor ended, whether or not it finished: whether it did is in the parts. Throws a provider error
   * for an in-band error (also one inside a choice), a broken connection or an unreadable answer. Leaving the loop stops
   * the call.
   */
  readonly parts: AsyncIterable<StreamPart<Operation>>;
}

export type ProviderResult<Operation extends OperationName = OperationName> =
  | ProviderAnswer<Operation>
  | ProviderStream<Operation>;

/** What a model's name says. */
export interface ModelName {
  /** What is sent to the vendor. */
  readonly model: string;
  /** The public model that it is like, where the name says so. A configured `baseModel` wins. */
  readonly baseModel?: string | undefined;
}

/**
 * One vendor's API in our words. It makes one call: retries, fallbacks, cooldowns and timeouts of the whole belong to
 * the router. Vendor shapes stop here.
 */
export interface Provider extends ProviderIdentity {
  /** Raised only when a provider written for the old number would stop working. */
  readonly specVersion: 1;
  readonly operations: readonly OperationName[];
  /**
   * Whether a last message of the assistant is taken as the beginning of the answer, which the model then continues; a
   * function is asked with the model, or with its `baseModel` where that is set. @defaultValue false
   */
  readonly continuesFromPrefix?: boolean | ((model: string) => boolean);
  /** What finish reasons mean at this vendor, where that is not what the operation's own table says. */
  readonly finishReasons?: FinishReasons | undefined;
  /**
   * Reads a vendor's own notation of model names, such as `series-5/NAME`. Asked when a configuration is
   * compiled, with the model as written behind the provider's name.
   */
  readModel?(written: string): ModelName;
  /**
   * Fields of a request that `call` would refuse without `dropParams`, as far as its fields alone show it: the
   * router prefers deployments for which there are none. Sends nothing, throws nothing.
   */
  unsupportedFields?(operation: OperationName, call: FieldsCall): readonly string[];
  /**
   * What is wrong with a deployment's settings: found at construction, thrown as `invalid_option`.
   * Each problem is a sentence that says how to fix it.
   */
  validate?(deployment: Deployment): readonly string[];
  /**
   * @returns an answer, or for `call.stream` a stream as soon as the status is good.
   * @throws a provider error (see `createProviderError`) for every failure; when cancelled, the cancellation's reason.
   * Anything else is taken for a failure of the vendor, but for what the language throws at code that is wrong (a
   * `TypeError` or `RangeError` without a cause, ...): that is not held against the deployment.
   * Of a failure's body it reads no more than it needs, and closes the exchange.
   */
  call(operation: OperationName, call: ProviderCall): Promise<ProviderResult>;
  /** Closes what this provider opened. */
  close?(): Promise<void>;
}
