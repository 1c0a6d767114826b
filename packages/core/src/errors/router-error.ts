import { boundedWait, type WaitMs } from "../bounded.js";
import type { AttemptRecord, Trail } from "../trail.js";
import type { JsonObject } from "../json.js";
import type { ErrorBody } from "../wire/error-body.js";
import type { Usage } from "../wire/usage.js";
import { type Inspect, inspectError, inspectKey } from "./inspect-error.js";
import { type Blame, type ErrorKind, errorKinds } from "./kinds.js";

/** The vendor's original error. Never contains a key or a prompt. */
export interface UpstreamFailure {
  /** The HTTP status. `undefined` if there was no answer, or if the failure was in the body of a 200. */
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  /** The vendor's id for the call, for its support. */
  readonly requestId?: string;
  /** The vendor cannot read reasoning in the request, which another account or model made. The router asks again without it. */
  readonly foreignReasoning?: true;
}

/** An error answer over HTTP, or the error event of a stream, as the vendor sent it, without secrets. */
export interface VendorAnswer {
  /** From 400 on. The error event of a stream has the stream's own status, e.g. 200. */
  readonly status: number;
  /** Those that clients read, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of an event: its data. */
  readonly body: string;
}

export interface RouterErrorOptions {
  readonly kind: ErrorKind;
  /**
   * The vendor's own reason, with nothing added. For other errors: what was requested, what happened and what to do.
   * Must not contain keys or prompts.
   */
  readonly message: string;
  /** @defaultValue the kind's */
  readonly status?: number;
  /** @defaultValue the kind's */
  readonly code?: string;
  /** @defaultValue the kind's */
  readonly type?: string;
  /** The field of the request that caused it. */
  readonly param?: string;
  /** When the vendor or the router will accept the call again, in milliseconds from now. The error bounds it. */
  readonly retryAfterMs?: number;
  /** @defaultValue `router` */
  readonly source?: "router" | "provider";
  /** The name of the provider that failed. */
  readonly provider?: string;
  readonly deploymentId?: string;
  readonly upstream?: UpstreamFailure;
  /**
   * The other fields of the `error` object in the vendor's body, if it has OpenAI's shape, without secrets. Callers on
   * OpenAI's wire receive them unchanged.
   */
  readonly vendorError?: JsonObject;
  /**
   * The whole answer, if the vendor was asked in the caller's own wire format. Callers whose clients know the vendor's
   * errors receive it unchanged.
   */
  readonly vendorAnswer?: VendorAnswer;
  readonly attempts?: readonly AttemptRecord[];
  readonly cause?: unknown;
}

const brand: unique symbol = Symbol.for("modelyard.RouterError") as never;

/**
 * The base class of all errors that Modelyard throws. Decide by `kind`, `status` and `retryAfterMs`: messages may
 * change, except that vendors' messages begin as the vendor wrote them. The `name` is that of the class. For calls that
 * the caller aborted it is `AbortError`, as with `fetch`, and the `cause` is the reason of the signal, whose name is
 * `TimeoutError` for `AbortSignal.timeout`.
 */
export class RouterError extends Error {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly param: string | undefined;
  /** In milliseconds. Finite and at most one day, whatever the vendor said. */
  readonly retryAfterMs: WaitMs | undefined;
  readonly source: "router" | "provider";
  readonly provider: string | undefined;
  readonly upstream: UpstreamFailure | undefined;
  /** The beginning of the message: the reason. Not enumerable, since it is in the message. */
  declare readonly reason: string;
  /** See {@link RouterErrorOptions.vendorError}. Not enumerable, since it may quote the request. */
  declare readonly vendorError: JsonObject | undefined;
  /** See {@link RouterErrorOptions.vendorAnswer}. Not enumerable, since it may quote the request. */
  declare readonly vendorAnswer: VendorAnswer | undefined;
  /** The deployment that failed. Set by the router. */
  deploymentId: string | undefined;
  /** The vendor's name for the model that was called. Set by the router. */
  model: string | undefined;
  /** All attempts of this request, in order. Set by the router before it throws the error. */
  attempts: readonly AttemptRecord[];
  /** How the request went. Set by the router before it throws the error. Not enumerable, since it contains the attempts. */
  declare trail: Trail | undefined;
  /** A summary of several attempts, which is also the end of the message. Set by the router. */
  summary: string | undefined;
  /** The usage of a stream that broke after its first content. Set by the router. */
  usage: Usage | undefined;

  constructor(options: RouterErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    const row = errorKinds[options.kind];
    this.name = options.kind === "aborted" ? "AbortError" : row.className;
    this.kind = options.kind;
    this.status = options.status ?? row.status;
    this.code = options.code ?? row.code;
    this.type = options.type ?? row.type;
    this.param = options.param;
    this.retryAfterMs = boundedWait(options.retryAfterMs);
    this.source = options.source ?? "router";
    this.provider = options.provider;
    this.upstream = options.upstream;
    this.deploymentId = options.deploymentId;
    this.model = undefined;
    this.attempts = options.attempts ?? [];
    this.summary = undefined;
    this.usage = undefined;
    Object.defineProperties(this, {
      [brand]: { value: true },
      reason: { value: options.message, configurable: true },
      vendorError: { value: options.vendorError },
      vendorAnswer: { value: options.vendorAnswer },
      trail: { value: undefined, writable: true },
    });
  }

  /** Whether `value` is a `RouterError`, possibly of another copy of this package. */
  static isInstance(value: unknown): value is RouterError {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /** What caused the failure. */
  get blame(): Blame {
    return errorKinds[this.kind].blame;
  }

  /**
   * For logs in JSON, since `JSON.stringify` omits the message of an error. Contains neither the stack nor the cause.
   */
  toJSON(): object {
    return { ...(this as object), message: this.message };
  }

  /** Shows the error in consoles: without fields that are not set, and with one line for each attempt. */
  [inspectKey](depth: number, options: object, inspect: Inspect): string {
    return inspectError(this, depth, options, inspect);
  }

  /**
   * Adds a summary of the attempts to the end of the message, e.g. `... (4 attempts: gpt-4 x3, spare x1)`, in place of
   * an earlier one. The message still begins with the reason, since clients match it.
   */
  summarize(summary: string): void {
    const { message, stack } = this;
    this.message = `${this.reason} (${summary})`;
    this.summary = summary;
    // The stack contains the original message, and consoles print the stack. The colon excludes the name of the class.
    if (stack !== undefined) this.stack = stack.replace(`: ${message}`, () => `: ${this.message}`);
  }

  /** Adds what to do to the end of the reason, before it is summarized. A vendor's own words still come first. */
  advise(advice: string): void {
    const { message, reason, stack } = this;
    Object.defineProperty(this, "reason", { value: `${reason} ${advice}`, configurable: true });
    this.message = this.reason;
    if (stack !== undefined) this.stack = stack.replace(`: ${message}`, () => `: ${this.message}`);
  }

  /** The body of an HTTP answer, in OpenAI's shape. A vendor's error of that shape is unchanged. */
  toBody(): ErrorBody {
    return {
      error: {
        message: this.reason,
        type: this.type,
        param: this.param ?? null,
        code: this.code,
        ...this.vendorError,
        source: this.source,
        ...(this.summary === undefined ? {} : { attempts: this.summary }),
        ...(this.usage === undefined ? {} : { usage: this.usage }),
      },
    };
  }
}
