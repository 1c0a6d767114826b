import type { CallOptions } from "./call-options.js";
import type { DeploymentInfo } from "./deployment.js";
import type { ErrorKind } from "./errors/kinds.js";
import type { OperationName, OperationTypes } from "./operations.js";
import type { StreamPart } from "./provider.js";
import type { Trail } from "./trail.js";
import type { JsonObject } from "./json.js";

/** A whole answer and how it came about. */
export interface AnswerOutcome<Operation extends OperationName = OperationName> {
  readonly kind: "answer";
  readonly value: OperationTypes[Operation]["answer"];
  /** The answer's JSON as the vendor sent it. May be passed on unchanged. */
  readonly bytes: Uint8Array | string | undefined;
  readonly trail: Trail;
}

/** A stream after its first event with content. */
export interface StreamOutcome<Operation extends OperationName = OperationName> {
  readonly kind: "stream";
  /**
   * Ends if the answer is complete; otherwise it throws a `RouterError`. Can be read once. Leaving the loop early stops
   * the call.
   */
  readonly parts: AsyncIterable<StreamPart<Operation>>;
  /** Grows until the stream has ended. */
  readonly trail: Trail;
}

export type Outcome<Operation extends OperationName = OperationName> =
  | AnswerOutcome<Operation>
  | StreamOutcome<Operation>;

/** A name that callers may use. */
export interface ModelListing {
  readonly id: string;
  /** The group that it leads to: the same as `id`, unless it is an alias. */
  readonly group: string;
  readonly alias: boolean;
  readonly wildcard: boolean;
  readonly deployments: number;
}

/** The current state of one deployment. */
export interface DeploymentState {
  readonly id: string;
  readonly group: string;
  readonly provider: string;
  readonly model: string;
  /**
   * `cooling`: in cooldown until `until`. `quarantined`: the same, because of its credentials. `probing`: a probe is in
   * flight. `recovering`: gets calls again, with a growing share.
   */
  readonly health: "healthy" | "cooling" | "quarantined" | "probing" | "recovering";
  /** Why it is in cooldown. */
  readonly reason: ErrorKind | "shared" | undefined;
  /** Milliseconds since the epoch. `undefined` if it is healthy. */
  readonly until: number | undefined;
  /** The failures within the last minute that count. */
  readonly failures: number;
  readonly inFlight: number;
  readonly limits: {
    readonly rpm: number | undefined;
    readonly tpm: number | undefined;
    readonly maxParallelRequests: number | undefined;
  };
  /** In this minute. */
  readonly used: { readonly requests: number; readonly tokens: number };
  readonly order: number | undefined;
  readonly weight: number | undefined;
}

export interface RouterState {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly strategy: string;
  readonly groups: readonly {
    readonly name: string;
    readonly strategy: string;
    readonly deployments: readonly DeploymentState[];
  }[];
  readonly aliases: Readonly<Record<string, string>>;
  /** Calls in progress. */
  readonly inFlight: number;
  /** `undefined`: there is no shared state. */
  readonly shared: { readonly name: string; readonly available: boolean } | undefined;
}

/** A request about something that a vendor stores. */
export interface ResourceRequest {
  readonly operation: OperationName;
  readonly method: "DELETE" | "GET" | "POST";
  /** As in an answer, or the vendor's own. */
  readonly id: string;
  /** What is done with it, e.g. `cancel` or `input_items`. Not set: it is read or deleted. */
  readonly action?: string | undefined;
  /** The fields of the query, in their order. */
  readonly query?: readonly (readonly [name: string, value: string])[];
}

/** What the account that stores it says. */
export interface ResourceOutcome {
  readonly value: JsonObject;
  /** The JSON as the vendor sent it, except for ids. */
  readonly bytes: Uint8Array | string | undefined;
  /**
   * The events, if the query asked for a stream; `value` is empty then. Throws a `RouterError` if it does not end as a whole. Leaving
   * the loop stops the request.
   */
  readonly parts?: AsyncIterable<StreamPart> | undefined;
  readonly deploymentId: string;
  /** Which deployment answered. */
  readonly trail: Trail;
}

/** What the gateway needs from a router. Anything that implements it can be served over HTTP. */
export interface Engine {
  /**
   * Makes one call. `request` is a body as in OpenAI's API, which may contain LiteLLM's control fields (`num_retries`,
   * `fallbacks`, `cache`, ...). `options` take precedence over them.
   * @throws (rejects with) a `RouterError` and nothing else
   */
  execute<Operation extends OperationName>(
    operation: Operation,
    request: OperationTypes[Operation]["request"] | JsonObject,
    options?: CallOptions,
  ): Promise<Outcome<Operation>>;
  /**
   * Reads, cancels or deletes what a vendor stores. Not implemented: nothing is stored.
   * @throws (rejects with) a `RouterError`: `not_found` if no account has it
   */
  resource?(request: ResourceRequest, options?: Pick<CallOptions, "cancellation" | "signal">): Promise<ResourceOutcome>;
  /** The names that callers may use, each once, without hidden aliases. */
  models(): readonly ModelListing[];
  /**
   * Looks up one name: as `models()` lists it, or, with `wildcard`, a name that only a pattern covers. Returns
   * `undefined` for other names, hidden aliases included. Not implemented: there are no names besides those of
   * `models()`.
   */
  resolve?(name: string): ModelListing | undefined;
  state(): RouterState;
  /** The public facts of all deployments, in the order of the configuration. Not implemented: none are shown. */
  deployments?(): readonly DeploymentInfo[];
}
