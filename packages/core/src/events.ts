import type { ErrorKind } from "./errors/kinds.js";
import type { RouterError } from "./errors/router-error.js";
import type { Deployment } from "./deployment.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { AffinityRecord, Trail } from "./trail.js";
import type { Usage } from "./wire/usage.js";

interface EventBase {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

interface CallEvent extends EventBase {
  readonly callId: string;
  readonly operation: OperationName;
  readonly stream: boolean;
  /**
   * The name that the caller asked for. Can be anything: combine unknown names before using it as a label of a metric.
   */
  readonly requestedModel: string;
}

interface AttemptEvent extends CallEvent {
  readonly deployment: Deployment;
  /** The `index` of the candidate, as strategies see it. */
  readonly index: number;
  /** The group in which the attempt is made. */
  readonly group: string;
  /** 1 for the first attempt of this request. */
  readonly attempt: number;
}

/** The request and the answer, for callbacks that ask for them. Redact them before they leave the process. */
export interface CallPayload {
  readonly request: JsonObject;
  /** The whole answer, assembled if it was a stream. `undefined` if there is none. */
  readonly answer: unknown;
}

/** Everything that happens, as data. Every change of state has an event. */
export type RouterEvent =
  | (CallEvent & {
      readonly type: "request_started";
      readonly request: JsonObject;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
    })
  | (CallEvent & { readonly type: "cache_hit" | "cache_miss"; readonly group: string })
  | (AttemptEvent & { readonly type: "attempt_started"; readonly inputTokens: number })
  | (AttemptEvent & {
      readonly type: "attempt_first_token";
      /** Since the start of the attempt. */
      readonly firstTokenMs: number;
    })
  | (AttemptEvent & {
      /** The headers of an answer have arrived, and say what is left of the vendor's limits. */
      readonly type: "limits_reported";
      readonly remainingRequests: number | undefined;
      readonly remainingTokens: number | undefined;
    })
  | (AttemptEvent & {
      readonly type: "attempt_succeeded";
      /** To the last byte. */
      readonly durationMs: number;
      readonly firstTokenMs: number | undefined;
      readonly usage: Usage | undefined;
      readonly costUsd: number | undefined;
      /** What is left of the vendor's limits, as reported by the vendor. */
      readonly remainingRequests: number | undefined;
      readonly remainingTokens: number | undefined;
    })
  | (AttemptEvent & {
      readonly type: "attempt_failed";
      readonly durationMs: number;
      /** Since the start of the attempt, for a stream that broke after its first content. */
      readonly firstTokenMs: number | undefined;
      /** The estimated tokens of the prompt. */
      readonly inputTokens: number;
      readonly error: RouterError;
      /** For a stream that broke after its first content: reported, or otherwise estimated. */
      readonly usage: Usage | undefined;
      /** The cost of that usage in US dollars. `undefined` if the usage or the price is unknown. */
      readonly costUsd: number | undefined;
    })
  | (AttemptEvent & {
      /** The caller aborted, or another attempt was faster. Says nothing about the deployment. */
      readonly type: "attempt_aborted";
      readonly durationMs: number;
      readonly usage: Usage | undefined;
      readonly costUsd: number | undefined;
    })
  | (CallEvent &
      AffinityRecord & {
        /** A deployment served a request of a session. */
        readonly type: "session_routed";
        readonly group: string;
        readonly deployment: Deployment;
      })
  | (CallEvent & {
      /** Another attempt would have followed, but the retry budget of the process is used up. */
      readonly type: "retry_refused";
      readonly group: string;
      readonly deployment: Deployment;
      readonly error: RouterError;
    })
  | (CallEvent & {
      readonly type: "fallback";
      readonly fromGroup: string;
      readonly toGroup: string;
      readonly error: RouterError;
      readonly succeeded: boolean;
    })
  | (CallEvent & {
      readonly type: "request_succeeded";
      readonly durationMs: number;
      readonly trail: Trail;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
      readonly payload: CallPayload | undefined;
    })
  | (CallEvent & {
      readonly type: "request_failed";
      readonly durationMs: number;
      readonly trail: Trail;
      readonly error: RouterError;
      readonly metadata: JsonObject;
      readonly tags: readonly string[];
      readonly payload: CallPayload | undefined;
    })
  | (EventBase & {
      readonly type: "deployment_cooldown";
      readonly deployment: Deployment;
      readonly until: number;
      readonly reason: ErrorKind | "shared";
      /** The number of cooldowns in a row, failed probes included. */
      readonly times: number;
    })
  | (EventBase & { readonly type: "deployment_probing" | "deployment_recovered"; readonly deployment: Deployment })
  | (EventBase & {
      readonly type: "limit_reached";
      readonly deployment: Deployment;
      readonly limit: "rpm" | "tpm" | "parallel";
      readonly retryAfterMs: number;
    })
  | (CallEvent & {
      /** A request has waited because all deployments of a group were at their limits. */
      readonly type: "limit_waited";
      readonly group: string;
      readonly waitedMs: number;
      /** Whether a deployment has admitted it. If not, its fallback or a 429 follows, unless its caller left. */
      readonly admitted: boolean;
    })
  | (EventBase & { readonly type: "shared_state_lost" | "shared_state_restored"; readonly state: string })
  | (EventBase & {
      readonly type: "strategy_failed";
      readonly strategy: string;
      readonly group: string;
      readonly cause: unknown;
    })
  | (EventBase & { readonly type: "callback_failed"; readonly callback: string; readonly cause: unknown })
  | (EventBase & {
      readonly type: "configuration_changed";
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly kept: readonly string[];
    });

export type RouterEventType = RouterEvent["type"];

/** All types of events. */
export const routerEventTypes = Object.keys({
  request_started: true,
  cache_hit: true,
  cache_miss: true,
  attempt_started: true,
  attempt_first_token: true,
  limits_reported: true,
  attempt_succeeded: true,
  attempt_failed: true,
  attempt_aborted: true,
  session_routed: true,
  retry_refused: true,
  fallback: true,
  request_succeeded: true,
  request_failed: true,
  deployment_cooldown: true,
  deployment_probing: true,
  deployment_recovered: true,
  limit_reached: true,
  limit_waited: true,
  shared_state_lost: true,
  shared_state_restored: true,
  strategy_failed: true,
  callback_failed: true,
  configuration_changed: true,
} satisfies Record<RouterEventType, true>) as readonly RouterEventType[];

export type EventOf<Type extends RouterEventType> = Narrowed<RouterEvent, Type>;

type Narrowed<Event, Type> = Event extends { readonly type: infer Own }
  ? Type & Own extends never
    ? never
    : Event & { readonly type: Type & Own }
  : never;

/**
 * Receives events, for logs, metrics and traces. A `Callback<"fallback">` only receives events of that type, with their
 * fields. {@link defineCallback} infers the types from `events`.
 */
export interface Callback<Type extends RouterEventType = RouterEventType> {
  readonly name: string;
  /** The types of events that it receives. Other events are not created for it. */
  readonly events: readonly Type[];
  /** Whether it reads `payload`, for which streams are assembled. @defaultValue false */
  readonly payload?: boolean;
  /**
   * Called once, before the first event.
   * @param report - reports events that are lost later, for example by a full queue or a rejected export
   */
  start?(report: (cause: unknown) => void): void;
  /**
   * Called in order, synchronously. Must return quickly: do longer work elsewhere. Errors and rejections are reported.
   */
  on(event: EventOf<Type>): void;
  /**
   * Sends everything that is buffered. What cannot be sent is reported, and is not an error. On shutdown, the router waits
   * up to 5 s for it and for `close` together.
   */
  flush?(): Promise<void>;
  /** Ends it. Events that still arrive are ignored. */
  close?(): Promise<void>;
}

/** Defines a callback. The type of the events that `on` receives is inferred from `events`. */
export function defineCallback<const Type extends RouterEventType>(callback: Callback<Type>): Callback {
  return callback;
}
