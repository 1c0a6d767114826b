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

/** One request on its way through the router. */
export class Call implements Cancellable {
  readonly services: Services;
  readonly snapshot: Snapshot;
  readonly row: OperationRow & { readonly name: OperationName };
  readonly requestedModel: string;
  readonly stream: boolean;
  /** The options of the call for the current group. So is the next field. */
  options: CallOptions;
  /** Whether a client chose `options.numRetries`. Then it may lower the operator's number, but not raise it. */
  retriesByClient: boolean;
  readonly cancellation: Cancellation;
  readonly trail: RequestTrail;
  readonly startedAt: number;
  /** Milliseconds since the epoch; `Infinity` if there is no deadline. */
  readonly deadlineAt: number;
  /** The body as text, if it is known. */
  readonly bodyText: string | LazyText | undefined;
  now: number;
  attempt = 1;
  /** Retries in the current group; the trail counts those of all groups. */
  retries = 0;
  /** What the `*`s of the current pattern stand for. */
  captures: readonly string[] | undefined = undefined;
  /** The target that served, after alias and fallback; `undefined` until there is one. */
  served: NamedTarget | undefined = undefined;
  /** Everything that its answer depends on, as a cache key; `undefined` if it is not computed. */
  identity: string | undefined = undefined;
  /** Receives the events of a stream that ends successfully; not set if they are not stored. */
  store: StoreAnswer | undefined = undefined;
  /** Deployments whose stream broke after its first content. Others continue it. */
  broken: readonly DeploymentRuntime[] = noDeployments;
  /** The stream that broke last, if any. */
  #broke: BrokenStream | undefined = undefined;
  /** Limits that refused this call, and that perhaps only the shared store knows. */
  refusals: Map<DeploymentRuntime, Reason> | undefined = undefined;
  /** End of the cooldown that the last attempt's failure started or extended; 0 if there is none. */
  startedCooldown = 0;
  /** Failures in the current group; not set if no attempt failed there. */
  ownFailures: OwnFailures | undefined = undefined;
  /** Whether the caller caused the failure of the last attempt, and not its deployment. */
  callersDoing = false;
  /** Options that the current fallback entry sets, if the operator wrote it. */
  entryOptions: CallOptions | undefined = undefined;
  /** Not set while it is released, if it can be parsed again. */
  #body: JsonObject | undefined;
  /** The part of the body that the cache did not answer; not set if that is all of it. */
  #narrowed: JsonObject | undefined = undefined;
  /** The body for the current group; not set if it is unchanged. */
  #changed: JsonObject | undefined = undefined;
  /** Negative if not counted yet. */
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

  /** What strategies and filters may see. */
  get facts(): PickContext {
    this.#facts ??= new PickFacts(this);
    return this.#facts;
  }

  /** Starts the deadline, and follows the caller's signal. */
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

  /** @returns whether this was the first call */
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

  /** Narrows the request to what the cache did not answer. */
  narrow(request: JsonObject): void {
    this.#narrowed = request;
    this.request = request;
  }

  /** Moves on to a group, and applies the changes of its fallback entry in place of those of the previous entry. */
  enter(captures: readonly string[] | undefined, entry: FallbackEntry | undefined): void {
    this.captures = captures;
    const changes = typeof entry === "object" ? entry : undefined;
    const options = changes === undefined ? undefined : entryOptions(changes);
    this.options = options === undefined ? this.#given : { ...this.#given, ...options };
    this.retriesByClient =
      changes === undefined || options?.numRetries === undefined ? this.#retriesByClient : isClientEntry(changes);
    this.entryOptions = options === undefined || hasOwnLists(this.#given) ? undefined : options;
    const request = changes === undefined ? this.original : entryBody(this.original, changes);
    this.request = this.#broke === undefined ? request : continuedRequest(request, this.#broke);
  }

  /** Asks other deployments to continue an answer where it broke; attempts made so far count. */
  continueFrom(broke: BrokenStream): void {
    this.#broke = broke;
    this.#inputTokens = -1;
    this.trail.fallbacks = 0;
  }

  /** The error that broke the stream that is to be continued, if any. */
  get breakError(): RouterError | undefined {
    return this.#broke?.error;
  }

  /** How deployments are asked to continue it; not set if no stream broke. */
  get continues(): ContinuationWay | undefined {
    return this.#broke?.way;
  }

  /** The body as the caller sent it, without the router's fields. A long one must be restored first. */
  get body(): JsonObject {
    this.#body ??= JSON.parse((this.bodyText as LazyText).text()) as JsonObject;
    return this.#body;
  }

  /** The body without what the cache answered. */
  get original(): JsonObject {
    return this.#narrowed ?? this.body;
  }

  /** The body for the current group. Setting another one discards the token count. */
  get request(): JsonObject {
    return this.#changed ?? this.original;
  }

  set request(request: JsonObject) {
    if (request !== this.request) this.#inputTokens = -1;
    this.#changed = request === this.original ? undefined : request;
  }

  /**
   * Called once the request has been sent. Releases a body that can be parsed again (docs/internals.md, "A request in flight
   * keeps little"), unless a callback receives it when the request ends.
   */
  letGo(): void {
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

  /** Whether the tokens of the current body have been counted. */
  get counted(): boolean {
    return this.#inputTokens >= 0;
  }

  /** Whether `max_attempts` allows another call to a deployment. */
  get attemptsLeft(): boolean {
    const most = this.options.maxAttempts ?? this.snapshot.config.maxAttempts;
    return most === undefined || this.trail.attempts.length < most;
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

  /** Reads the clock. Everything up to the next wait happens at this time. */
  tick(): number {
    this.now = this.services.clock.now();
    return this.now;
  }

  /** Limits of an attempt: the compiled ones, unless the request sets its own. */
  timeouts(runtime: DeploymentRuntime): AttemptTimeouts {
    const { timeoutMs, streamTimeoutMs, timeouts } = this.options;
    if (timeoutMs === undefined && streamTimeoutMs === undefined && timeouts === undefined)
      return this.stream ? runtime.streamed : runtime.plain;
    const sources = [this.options, ...runtime.timeoutSources];
    return this.stream ? streamTimeouts(sources) : plainTimeouts(sources);
  }
}
