import { boundedWait, type WaitMs } from "../bounded.js";
import type { AttemptRecord, Trail } from "../trail.js";
import type { JsonObject } from "../json.js";
import type { ErrorBody } from "../wire/error-body.js";
import type { Usage } from "../wire/usage.js";
import { type Blame, type ErrorKind, errorKinds } from "./kinds.js";

/** What the vendor itself said, kept for those who need the original. Never holds a key or a prompt. */
export interface UpstreamFailure {
  /** HTTP status; `undefined` when nobody answered or the failure came inside a 200. */
  readonly status?: number;
  readonly code?: string;
  readonly type?: string;
  /** The vendor's id of the call, for its support desk. */
  readonly requestId?: string;
}

export interface RouterErrorOptions {
  readonly kind: ErrorKind;
  /**
   * A vendor's own reason, with nothing before or after it; otherwise what was asked, what happened, what to do. Never
   * a key, never a prompt.
   */
  readonly message: string;
  /** @defaultValue the kind's */
  readonly status?: number;
  /** @defaultValue the kind's */
  readonly code?: string;
  /** @defaultValue the kind's */
  readonly type?: string;
  /** The request's field at fault. */
  readonly param?: string;
  /** When the vendor, or the router, would take the call again: milliseconds from now. The error bounds it. */
  readonly retryAfterMs?: number;
  /** @defaultValue `router` */
  readonly source?: "router" | "provider";
  /** Name of the provider, when one failed. */
  readonly provider?: string;
  readonly deploymentId?: string;
  readonly upstream?: UpstreamFailure;
  /**
   * What the `error` object of the vendor's body holds beside its message, where it has OpenAI's shape, without
   * secrets: callers of OpenAI's wire get it as it is.
   */
  readonly vendorError?: JsonObject;
  readonly attempts?: readonly AttemptRecord[];
  readonly cause?: unknown;
}

const brand: unique symbol = Symbol.for("modelyard.RouterError") as never;

/**
 * The base of everything Modelyard throws. Decide from `kind`, `status` and `retryAfterMs`; our own messages may
 * change, and a vendor's begin as the vendor wrote them. `name` is that of the class, but for a call that its caller
 * aborted, where it is `AbortError`, as `fetch` has it. The signal's own reason is the `cause`: of
 * `AbortSignal.timeout` it is named `TimeoutError`.
 */
export class RouterError extends Error {
  readonly kind: ErrorKind;
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly param: string | undefined;
  /** Milliseconds; finite and at most one day, whatever the vendor said. */
  readonly retryAfterMs: WaitMs | undefined;
  readonly source: "router" | "provider";
  readonly provider: string | undefined;
  readonly upstream: UpstreamFailure | undefined;
  /** What the message begins with: the vendor's own reason, or ours. Not enumerable, as the message says it. */
  declare readonly reason: string;
  /** See {@link RouterErrorOptions.vendorError}. Not enumerable, since vendors may quote the request in it. */
  declare readonly vendorError: JsonObject | undefined;
  /** Which deployment failed; set by the router. */
  deploymentId: string | undefined;
  /** The vendor's name of the model that was asked; set by the router. */
  model: string | undefined;
  /** Every call that was made for this request, in order; set by the router before the error goes out. */
  attempts: readonly AttemptRecord[];
  /** How the request went; set by the router before the error goes out. */
  trail: Trail | undefined;
  /** How the request went, where several attempts were made: what the message ends with; set by the router. */
  summary: string | undefined;
  /** What a stream had used when it broke after its first content; set by the router. */
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
    this.trail = undefined;
    this.summary = undefined;
    this.usage = undefined;
    Object.defineProperties(this, {
      [brand]: { value: true },
      reason: { value: options.message },
      vendorError: { value: options.vendorError },
    });
  }

  /** Whether `value` is one, also when it was made by another copy of this package. */
  static isInstance(value: unknown): value is RouterError {
    return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
  }

  /** Whose doing the failure is. */
  get blame(): Blame {
    return errorKinds[this.kind].blame;
  }

  /** For logs made by `JSON.stringify`, which leaves the message of an error out. Neither stack nor cause. */
  toJSON(): object {
    return { ...(this as object), message: this.message };
  }

  /**
   * Lets the message end in how the request went, e.g. `... (4 attempts: gpt-4 x3, spare x1)`. Its beginning stays the
   * reason, since clients match that; of several summaries the last counts.
   */
  summarize(summary: string): void {
    const { message, stack } = this;
    this.message = `${this.reason} (${summary})`;
    this.summary = summary;
    // The stack quotes the message that the error was made with, and is what consoles print.
    if (stack !== undefined) this.stack = stack.replace(message, () => this.message);
  }

  /** The body of an HTTP answer, in OpenAI's shape: a vendor's error of that shape as it was sent. */
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
