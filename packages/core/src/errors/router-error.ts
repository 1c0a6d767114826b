import { boundedWait, type WaitMs } from "../bounded.js";
import type { AttemptRecord, Trail } from "../trail.js";
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
  /** What was asked, what happened, what to do. Never a key, never a prompt. */
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
  readonly attempts?: readonly AttemptRecord[];
  readonly cause?: unknown;
}

const brand: unique symbol = Symbol.for("modelyard.RouterError") as never;

/**
 * The base of everything Modelyard throws. Decide from `kind`, `status` and `retryAfterMs`; messages may change.
 * `name` is that of the class, but for a call that its caller aborted, where it is `AbortError`, as `fetch` has it. The
 * signal's own reason is the `cause`: of `AbortSignal.timeout` it is named `TimeoutError`.
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
  /** Which deployment failed; set by the router. */
  deploymentId: string | undefined;
  /** Every call that was made for this request, in order; set by the router before the error goes out. */
  attempts: readonly AttemptRecord[];
  /** How the request went; set by the router before the error goes out. */
  trail: Trail | undefined;
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
    this.attempts = options.attempts ?? [];
    this.trail = undefined;
    this.usage = undefined;
    Object.defineProperty(this, brand, { value: true });
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

  /** The body of an HTTP answer, in OpenAI's shape. */
  toBody(): ErrorBody {
    return {
      error: {
        message: this.message,
        type: this.type,
        param: this.param ?? null,
        code: this.code,
        source: this.source,
        ...(this.usage === undefined ? {} : { usage: this.usage }),
      },
    };
  }
}
