import { type CallOptions, type JsonObject, type OperationName, type PickContext, RouterError } from "@modelyard/core";
import {
  type Cancellable,
  Cancellation,
  type ContinuationWay,
  createError,
  type FallbackEntry,
  type LazyText,
  linkSignal,
  type OperationRow,
  type Timer,
} from "@modelyard/core/kit";
import { type AttemptTimeouts, plainTimeouts, streamTimeouts, tokensToReserve } from "@modelyard/policies";
import type { DeploymentRuntime } from "../plan/deployment-runtime.js";
import type { GroupRuntime } from "../plan/group-runtime.js";
import type { RoutedSession } from "../affinity/routed-session.js";
import type { Snapshot } from "../plan/snapshot.js";
import type { Services } from "./services.js";
import type { NamedTarget } from "./named-target.js";
import type { OwnFailures } from "./own-failures.js";
import type { Reason } from "./reason.js";
import { entryBody, entryOptions } from "./control-fields.js";
import { hasOwnLists, isClientEntry } from "./fallback-fields.js";
import { type BrokenStream, continuedRequest } from "./continued-request.js";
import { isLongText, parseLong } from "./long-text.js";
import { PickFacts } from "./pick-facts.js";
import { RequestTrail } from "./request-trail.js";
import type { StoredNames } from "./stored-names.js";
import type { StoreAnswer } from "./store-answer.js";

const nothing: JsonObject = Object.freeze({});
const noDeployments: readonly DeploymentRuntime[] = Object.freeze([]);
const noTags: readonly string[] = Object.freeze([]);

export interface CallInput {
  readonly services: Services;
  readonly snapshot: Snapshot;
  readonly operation: OperationRow & { readonly name: OperationName };
  readonly request: JsonObject;
  /** The text that `request` was parsed from, if it is known. */
  readonly requestText?: string | LazyText | undefined;
  readonly requestedModel: string;
  readonly options: CallOptions;
  /** Whether a client chose `options.numRetries`. */
  readonly retriesByClient?: boolean;
}

/** The state of one request while the router processes it. */
export class Call implements Cancellable {
  readonly services: Services;
  readonly snapshot: Snapshot;
  readonly row: OperationRow & { readonly name: OperationName };
  readonly requestedModel: string;
  readonly stream: boolean;
  /** The options for the current group, including those of its fallback entry. */
  options: CallOptions;
  /**
   * Whether a client chose the current `options.numRetries`, which may lower the operator's setting but not raise it.
   */
  retriesByClient: boolean;
  readonly cancellation: Cancellation;
  readonly trail: RequestTrail;
  readonly startedAt: number;
  /** In milliseconds since the epoch, or `Infinity` if there is no deadline. */
  readonly deadlineAt: number;
  /** The body as text, if it is known. */
  readonly bodyText: string | LazyText | undefined;
  now: number;
  attempt = 1;
  /** Retries in the current group. The trail counts those of all groups. */
  retries = 0;
  /** The parts of the model's name that the `*`s of the current group's pattern matched. */
  captures: readonly string[] | undefined = undefined;
  /** The group that served the call, after aliases and fallbacks, or `undefined` before that. */
  served: NamedTarget | undefined = undefined;
  /** The cache key: a digest of everything that the answer depends on. `undefined` until it is computed. */
  identity: string | undefined = undefined;
  /** Stores the events of a stream that ends well, if they are to be cached. */
  store: StoreAnswer | undefined = undefined;
  /** How it names what vendors store, if its operation can. Only then does the object have this field. */
  declare stored?: StoredNames | undefined;
  /** Its session in the current group, if that keeps sessions at their deployments. Only then does the object have this field. */
  declare session?: RoutedSession | undefined;
  /** Whether it waits rather than exceed what vendors say is left of their limits. Only then does the object have this field. */
  declare waitsForVendors?: boolean;
  /** Whether a vendor refused the reasoning in the request. Only then does the object have this field. */
  declare withoutReasoning?: true;
  /** Deployments whose stream broke in the middle, which others are to continue. */
  broken: readonly DeploymentRuntime[] = noDeployments;
  /** The stream that broke last, if one did. */
  #broke: BrokenStream | undefined = undefined;
  /** Why deployments refused this call when a reservation was tried. Some limits are only known to the shared store. */
  refusals: Map<DeploymentRuntime, Reason> | undefined = undefined;
  /** End of the cooldown that the last attempt's failure started or extended, or 0 if there is none. */
  startedCooldown = 0;
  /** This call's failures in the current group, or `undefined` if there are none. */
  ownFailures: OwnFailures | undefined = undefined;
  /** Whether the caller itself caused the failure of the last attempt. */
  causedByCaller = false;
  /** Options that the current fallback entry sets, if the operator wrote it. */
  entryOptions: CallOptions | undefined = undefined;
  /** The body, or `undefined` while it is released because it can be parsed again. */
  #body: JsonObject | undefined;
  /** The body without the items that the cache answered, or `undefined` if there are none. */
  #narrowed: JsonObject | undefined = undefined;
  /** The body for the current group, or `undefined` if it is unchanged. */
  #changed: JsonObject | undefined = undefined;
  /** Negative if they have not been counted yet. */
  #inputTokens = -1;
  readonly #given: CallOptions;
  readonly #retriesByClient: boolean;
  #unlinkSignal: (() => void) | undefined = undefined;
  #deadline: Timer = undefined;
  #over = false;
  #facts: PickFacts | undefined = undefined;

  constructor(input: CallInput) {
    const { services, options, request } = input;
    this.services = services;
    this.snapshot = input.snapshot;
    this.row = input.operation;
    this.requestedModel = input.requestedModel;
    this.options = options;
    this.#given = options;
    this.#retriesByClient = input.retriesByClient ?? false;
    this.retriesByClient = this.#retriesByClient;
    this.#body = request;
    this.bodyText = input.requestText;
    this.stream = input.operation.streams && request["stream"] === true;
    this.cancellation = new Cancellation();
    this.trail = new RequestTrail(options.callId ?? services.random.id(), input.requestedModel);
    this.startedAt = services.clock.now();
    this.now = this.startedAt;
    const deadlineMs = options.deadlineMs ?? input.snapshot.config.deadlineMs;
    this.deadlineAt = deadlineMs === undefined ? Number.POSITIVE_INFINITY : this.startedAt + deadlineMs;
  }

  get operation(): OperationName {
    return this.row.name;
  }

  get metadata(): JsonObject {
    return this.options.metadata ?? nothing;
  }

  get tags(): readonly string[] {
    return this.options.tags ?? noTags;
  }

  /** The view of the call for strategies and filters. */
  get facts(): PickContext {
    this.#facts ??= new PickFacts(this);
    return this.#facts;
  }

  /** Starts the deadline, and begins to listen to the caller's signal. */
  begin(): void {
    const { signal, cancellation } = this.#given;
    cancellation?.add(this);
    if (signal !== undefined) this.#unlinkSignal = linkSignal(signal, this);
    if (Number.isFinite(this.deadlineAt)) this.#startClock(this.deadlineAt - this.startedAt);
  }

  #startClock(ms: number): void {
    this.#deadline = this.services.clock.setTimer(() => {
      const message = `No deployment answered within the deadline of ${String(Math.round(ms))} ms.`;
      this.cancellation.cancel(createError({ kind: "timeout", message }));
    }, ms);
  }

  /** @returns `false` if the call had ended already */
  end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#given.cancellation?.remove(this);
    this.#unlinkSignal?.();
    if (this.#deadline !== undefined) this.services.clock.clearTimer(this.#deadline);
    return true;
  }

  /** Aborts the request on behalf of the caller. */
  cancel(reason: unknown): void {
    this.cancellation.cancel(
      RouterError.isInstance(reason)
        ? reason
        : createError({ kind: "aborted", message: "The caller aborted the request.", cause: reason }),
    );
  }

  /** Replaces the request by one for the items that were not in the cache. */
  narrow(request: JsonObject): void {
    this.#narrowed = request;
    this.request = request;
  }

  /** Moves on to a group and applies the changes of its fallback entry, instead of those of the previous entry. */
  enter(captures: readonly string[] | undefined, entry: FallbackEntry | undefined): void {
    this.captures = captures;
    if (this.session !== undefined) this.session = undefined;
    const changes = typeof entry === "object" ? entry : undefined;
    const options = changes === undefined ? undefined : entryOptions(changes);
    this.options = options === undefined ? this.#given : { ...this.#given, ...options };
    this.retriesByClient =
      changes === undefined || options?.numRetries === undefined ? this.#retriesByClient : isClientEntry(changes);
    this.entryOptions = options === undefined || hasOwnLists(this.#given) ? undefined : options;
    const request = changes === undefined ? this.original : entryBody(this.original, changes);
    this.request = this.#broke === undefined ? request : continuedRequest(this.row, request, this.#broke);
  }

  /** Makes the next attempts continue an answer where it broke. Earlier attempts still count. */
  continueFrom(broke: BrokenStream): void {
    this.#broke = broke;
    this.#inputTokens = -1;
    this.trail.fallbacks = 0;
  }

  /** The error of the stream that is to be continued, if one broke. */
  get breakError(): RouterError | undefined {
    return this.#broke?.error;
  }

  /** How deployments are asked to continue it, if one broke. */
  get continues(): ContinuationWay | undefined {
    return this.#broke?.way;
  }

  /** The body as the caller sent it, without the router's fields. A long one must be restored first. */
  get body(): JsonObject {
    this.#body ??= JSON.parse((this.bodyText as LazyText).text()) as JsonObject;
    return this.#body;
  }

  /** The body without the items that the cache answered. */
  get original(): JsonObject {
    return this.#narrowed ?? this.body;
  }

  /** The body for the current group. Setting a different one discards its token count. */
  get request(): JsonObject {
    return this.#changed ?? this.original;
  }

  set request(request: JsonObject) {
    if (request !== this.request) this.#inputTokens = -1;
    this.#changed = request === this.original ? undefined : request;
  }

  /**
   * Releases the body once the request has been sent, if it can be parsed again and no callback receives it when the
   * request ends (docs/internals.md, "A request in flight keeps little").
   */
  releaseBody(): void {
    if (typeof this.bodyText === "object" && !this.services.hub.payload) this.#body = undefined;
  }

  /** Whether a long body was released, and must be restored before it is read. */
  get isReleased(): boolean {
    return this.#body === undefined && isLongText(this.bodyText as LazyText);
  }

  async restore(): Promise<void> {
    if (this.isReleased) this.#body = await parseLong(this.bodyText as LazyText);
  }

  /** The text that `request` was parsed from; `undefined` if it is not the caller's own body. */
  textOf(request: JsonObject): string | LazyText | undefined {
    return request === this.#body ? this.bodyText : undefined;
  }

  get inputTokens(): number {
    if (this.#inputTokens < 0) this.#inputTokens = this.row.inputTokens(this.request);
    return this.#inputTokens;
  }

  set inputTokens(tokens: number) {
    this.#inputTokens = tokens;
  }

  /** Whether the prompt of the current body has been counted. */
  get counted(): boolean {
    return this.#inputTokens >= 0;
  }

  /** Whether `max_attempts` allows another call to a deployment. */
  get attemptsLeft(): boolean {
    const most = this.options.maxAttempts ?? this.snapshot.config.maxAttempts;
    return most === undefined || this.trail.attempts.length < most;
  }

  /** How much longer it may wait for the limits of a group, in milliseconds. */
  limitWaitMs({ options }: GroupRuntime): number {
    const most = this.options.maxLimitWaitMs ?? options.maxLimitWaitMs ?? this.snapshot.config.maxLimitWaitMs;
    return most === 0 ? 0 : most - (this.trail.limitWaitMs ?? 0);
  }

  countRetry(): void {
    this.retries += 1;
    this.trail.retries += 1;
  }

  get maxOutputTokens(): number | undefined {
    return this.row.maxOutputTokens(this.request);
  }

  /** Tokens to reserve with a deployment. */
  estimate(runtime: DeploymentRuntime): number {
    return tokensToReserve(this.inputTokens, this.maxOutputTokens ?? runtime.expectedOutput);
  }

  /** Reads the clock. Everything up to the next `await` happens at this time. */
  tick(): number {
    this.now = this.services.clock.now();
    return this.now;
  }

  /** The time limits of an attempt: the precomputed ones, unless the request sets its own. */
  timeouts(runtime: DeploymentRuntime): AttemptTimeouts {
    const { timeoutMs, streamTimeoutMs, timeouts } = this.options;
    if (timeoutMs === undefined && streamTimeoutMs === undefined && timeouts === undefined)
      return this.stream ? runtime.streamed : runtime.plain;
    const sources = [this.options, ...runtime.timeoutSources];
    return this.stream ? streamTimeouts(sources) : plainTimeouts(sources);
  }
}

/**
 * Whether a call takes nothing of the limits of its deployment and says nothing about its health: the client's own key or address
 * is used, or vendors treat such requests apart from calls of models.
 */
export function isApart({
  options,
  row,
}: {
  readonly options: Pick<CallOptions, "clientAuth">;
  readonly row: Pick<OperationRow, "apart">;
}): boolean {
  return options.clientAuth !== undefined || row.apart === true;
}
