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
  /** The answer's JSON as the vendor sent it; may be sent on as it is. */
  readonly bytes: Uint8Array | string | undefined;
  readonly trail: Trail;
}

/** A stream past its first content-bearing event. */
export interface StreamOutcome<Operation extends OperationName = OperationName> {
  readonly kind: "stream";
  /**
   * Ends only when the answer is complete; throws a `RouterError` otherwise. To be read once, to the end; leaving the
   * loop early stops the call.
   */
  readonly parts: AsyncIterable<StreamPart<Operation>>;
  /** Grows until the stream is over. */
  readonly trail: Trail;
}

export type Outcome<Operation extends OperationName = OperationName> =
  | AnswerOutcome<Operation>
  | StreamOutcome<Operation>;

/** A name that callers may use. */
export interface ModelListing {
  readonly id: string;
  /** The group it leads to; the same as `id` unless it is an alias. */
  readonly group: string;
  readonly alias: boolean;
  readonly wildcard: boolean;
  readonly deployments: number;
}

/** One deployment, as it is now. */
export interface DeploymentState {
  readonly id: string;
  readonly group: string;
  readonly provider: string;
  readonly model: string;
  /**
   * `cooling`: left out until `until`. `quarantined`: the same, for its credentials. `probing`: one call is out to see
   * whether it recovered. `recovering`: served again, with growing weight.
   */
  readonly health: "healthy" | "cooling" | "quarantined" | "probing" | "recovering";
  /** Why it is left out. */
  readonly reason: ErrorKind | "shared" | undefined;
  /** Milliseconds since the epoch; `undefined` when healthy. */
  readonly until: number | undefined;
  /** Failures within the last minute that count against it. */
  readonly failures: number;
  readonly inFlight: number;
  readonly limits: {
    readonly rpm: number | undefined;
    readonly tpm: number | undefined;
    readonly maxParallelRequests: number | undefined;
  };
  /** Of this minute. */
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
  /** `undefined`: nothing is shared. */
  readonly shared: { readonly name: string; readonly available: boolean } | undefined;
}

/** What the gateway needs of a router; anything that has it can be served over HTTP. */
export interface Engine {
  /**
   * Makes one call. `request` is an OpenAI-shaped body, which may hold LiteLLM's control fields (`num_retries`,
   * `fallbacks`, `cache`, ...); `options` wins over them.
   * @throws (rejects with) a `RouterError`; nothing else.
   */
  execute<Operation extends OperationName>(
    operation: Operation,
    request: OperationTypes[Operation]["request"] | JsonObject,
    options?: CallOptions,
  ): Promise<Outcome<Operation>>;
  /** The names callers may use, hidden aliases left out, each once. */
  models(): readonly ModelListing[];
  /**
   * What one name leads to: as `models()` lists it, or, with `wildcard`, a name that only a pattern covers. `undefined`
   * for others, hidden aliases among them. Left out: the names of `models()` are all there are.
   */
  resolve?(name: string): ModelListing | undefined;
  state(): RouterState;
  /** What may be shown of every deployment, in the order of the configuration. Not set: nothing may. */
  deployments?(): readonly DeploymentInfo[];
}
