import type { ErrorKind } from "./errors/kinds.js";
import type { RouterError } from "./errors/router-error.js";
import type { Deployment } from "./deployment.js";
import type { JsonObject } from "./json.js";
import type { OperationName } from "./operations.js";
import type { Trail } from "./trail.js";
import type { Usage } from "./wire/usage.js";

interface EventBase {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

interface CallEvent extends EventBase {
  readonly callId: string;
  readonly operation: OperationName;
  readonly stream: boolean;
  /** The name the caller asked for. Unbounded: fold unknown names before using it as a label. */
  readonly requestedModel: string;
}

interface AttemptEvent extends CallEvent {
  readonly deployment: Deployment;
  /** The candidate's `index`, as strategies know it. */
  readonly index: number;
  /** The group in which the attempt is made. */
  readonly group: string;
  /** 1 for the first call to any deployment for this request. */
  readonly attempt: number;
}

/** What callers sent and got, for those who asked to see it; redact before it leaves the process. */
export interface CallPayload {
  readonly request: JsonObject;
  /** The whole answer; streams put together. `undefined` when there is none. */
  readonly answer: unknown;
}

/** Everything that happens, as data. State is never changed without one. */
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
      /** From the attempt's start. */
      readonly firstTokenMs: number;
    })
  | (AttemptEvent & {
      readonly type: "attempt_succeeded";
      /** To the last byte. */
      readonly durationMs: number;
      readonly firstTokenMs: number | undefined;
      readonly usage: Usage | undefined;
      readonly costUsd: number | undefined;
      /** What the vendor said of its limits. */
      readonly remainingRequests: number | undefined;
      readonly remainingTokens: number | undefined;
    })
  | (AttemptEvent & {
      readonly type: "attempt_failed";
      readonly durationMs: number;
      readonly error: RouterError;
      /** Of a stream that broke after its first content: reported, or else estimated. */
      readonly usage: Usage | undefined;
      /** US dollars of that usage; `undefined` when it or the price is unknown. */
      readonly costUsd: number | undefined;
    })
  | (AttemptEvent & {
      /** The caller left, or another attempt was quicker. Says nothing of the deployment. */
      readonly type: "attempt_aborted";
      readonly durationMs: number;
      readonly usage: Usage | undefined;
      readonly costUsd: number | undefined;
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
      /** How often in a row, counting failed probes. */
      readonly times: number;
    })
  | (EventBase & { readonly type: "deployment_probing" | "deployment_recovered"; readonly deployment: Deployment })
  | (EventBase & {
      readonly type: "limit_reached";
      readonly deployment: Deployment;
      readonly limit: "rpm" | "tpm" | "parallel";
      readonly retryAfterMs: number;
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

/** Every type of event there is. */
export const routerEventTypes = Object.keys({
  request_started: true,
  cache_hit: true,
  cache_miss: true,
  attempt_started: true,
  attempt_first_token: true,
  attempt_succeeded: true,
  attempt_failed: true,
  attempt_aborted: true,
  retry_refused: true,
  fallback: true,
  request_succeeded: true,
  request_failed: true,
  deployment_cooldown: true,
  deployment_probing: true,
  deployment_recovered: true,
  limit_reached: true,
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
 * Notified of events; for logs, metrics and traces. `Callback<"fallback">` gets events of that type alone, with their
 * fields; {@link defineCallback} reads the types from `events`.
 */
export interface Callback<Type extends RouterEventType = RouterEventType> {
  readonly name: string;
  /** The types it wants; others are not even made for it. */
  readonly events: readonly Type[];
  /** Whether it reads `payload`: then streams are put together for it. @defaultValue false */
  readonly payload?: boolean;
  /**
   * Called once, before the first event.
   * @param report - tells of events that were lost later: a full queue, an export that was refused
   */
  start?(report: (cause: unknown) => void): void;
  /** Called in order, in the request's turn: hand work over and return. What it throws or rejects is caught and reported. */
  on(event: EventOf<Type>): void;
  /** Sends what is held back; on shutdown the router waits 5 s for it and for `close` together. */
  flush?(): Promise<void>;
  close?(): Promise<void>;
}

/** A callback whose `on` gets events of the types that its `events` names, and no others. */
export function defineCallback<const Type extends RouterEventType>(callback: Callback<Type>): Callback {
  return callback;
}
