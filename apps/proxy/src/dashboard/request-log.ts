import type { SeenAttempt, SeenRejection, SeenRequest } from "@modelyard/dashboard/data";
import type { AttemptRecord, EventOf, Trail } from "@modelyard/core";

type Ended = EventOf<"request_failed" | "request_succeeded">;

const mostAttempts = 20;
const mostFields = 20;
const mostRejections = 20;
const longestText = 200;

/** Copies a long text: a slice would keep the whole of it, which may be megabytes from a caller. */
export function cut(text: string): string {
  return text.length <= longestText ? text : Buffer.from(text.slice(0, longestText)).toString();
}

function cutAll(texts: readonly string[]): readonly string[] {
  if (texts.length <= mostFields && texts.every((text) => text.length <= longestText)) return texts;
  return texts.slice(0, mostFields).map(cut);
}

const none: readonly never[] = [];

function rejection({ deploymentId, reason }: Trail["rejections"][number]): SeenRejection {
  return { deploymentId, reason: cut(reason) };
}

/** What is kept of an attempt. The message of an error is not, because it may quote the prompt. */
class AttemptSlot {
  deploymentId = "";
  group = "";
  provider = "";
  model = "";
  outcome: SeenAttempt["outcome"] = "pending";
  startedAt = 0;
  durationMs = 0;
  firstTokenMs: number | undefined = undefined;
  error: string | undefined = undefined;
  status: number | undefined = undefined;

  write(attempt: AttemptRecord): void {
    this.deploymentId = attempt.deploymentId;
    this.group = cut(attempt.group);
    this.provider = attempt.provider;
    this.model = cut(attempt.model);
    this.outcome = attempt.outcome;
    this.startedAt = attempt.startedAt;
    this.durationMs = Math.round(attempt.durationMs);
    this.firstTokenMs = attempt.firstTokenMs === undefined ? undefined : Math.round(attempt.firstTokenMs);
    this.error = attempt.error?.kind;
    this.status = attempt.error?.upstreamStatus;
  }

  read(): SeenAttempt {
    const { provider, model, ...facts } = this;
    return { ...facts, model: `${provider}/${model}` };
  }
}

/** One place of the ring. It is written again for a later request, so that recording a request creates few objects. */
class Slot {
  sequence = 0;
  callId = "";
  at = 0;
  operation = "";
  stream = false;
  requestedModel = "";
  group = "";
  deploymentId: string | undefined = undefined;
  durationMs = 0;
  error: string | undefined = undefined;
  status = 200;
  cache: SeenRequest["cache"] = "off";
  retries = 0;
  fallbacks = 0;
  costUsd: number | undefined = undefined;
  inputTokens: number | undefined = undefined;
  cachedTokens: number | undefined = undefined;
  outputTokens: number | undefined = undefined;
  readonly #attempts: AttemptSlot[] = [];
  #attemptCount = 0;
  rejections: readonly SeenRejection[] = [];
  moreRejections = 0;
  dropped: readonly string[] = [];

  write(event: Ended, sequence: number): void {
    const { trail } = event;
    this.sequence = sequence;
    this.callId = cut(event.callId);
    this.at = event.at;
    this.operation = event.operation;
    this.stream = event.stream;
    this.requestedModel = cut(event.requestedModel);
    this.group = cut(trail.modelGroup);
    this.deploymentId = trail.deploymentId;
    this.durationMs = event.durationMs;
    this.error = event.type === "request_failed" ? event.error.kind : undefined;
    this.status = event.type === "request_failed" ? event.error.status : 200;
    this.cache = trail.cache;
    this.retries = trail.retries;
    this.fallbacks = trail.fallbacks;
    this.costUsd = trail.costUsd;
    this.inputTokens = trail.usage?.prompt_tokens;
    this.cachedTokens = trail.usage?.prompt_tokens_details?.cached_tokens;
    this.outputTokens = trail.usage?.completion_tokens;
    this.rejections = trail.rejections.length === 0 ? none : trail.rejections.slice(0, mostRejections).map(rejection);
    this.moreRejections = trail.rejections.length - this.rejections.length;
    this.dropped = cutAll(trail.droppedParams);
    this.#writeAttempts(trail.attempts);
  }

  #writeAttempts(attempts: readonly AttemptRecord[]): void {
    this.#attemptCount = attempts.length;
    for (const [index, attempt] of attempts.entries()) {
      if (index === mostAttempts) break;
      this.#attempts[index] ??= new AttemptSlot();
      this.#attempts[index].write(attempt);
    }
  }

  read(): SeenRequest {
    const kept = Math.min(this.#attemptCount, mostAttempts);
    return {
      sequence: this.sequence,
      callId: this.callId,
      at: this.at,
      operation: this.operation,
      stream: this.stream,
      requestedModel: this.requestedModel,
      group: this.group,
      deploymentId: this.deploymentId,
      error: this.error,
      status: this.status,
      cache: this.cache,
      retries: this.retries,
      fallbacks: this.fallbacks,
      costUsd: this.costUsd,
      inputTokens: this.inputTokens,
      cachedTokens: this.cachedTokens,
      outputTokens: this.outputTokens,
      rejections: this.rejections,
      moreRejections: this.moreRejections,
      dropped: this.dropped,
      durationMs: Math.round(this.durationMs),
      attempts: this.#attempts.slice(0, kept).map((attempt) => attempt.read()),
      moreAttempts: this.#attemptCount - kept,
    };
  }
}

/** The most recent requests, in a fixed number of places. */
export class RequestLog {
  readonly #slots: Slot[] = [];
  readonly #size: number;
  #written = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** How many requests were recorded, including those that are no longer kept. */
  get written(): number {
    return this.#written;
  }

  write(event: Ended): void {
    const index = this.#written % this.#size;
    this.#slots[index] ??= new Slot();
    this.#written += 1;
    this.#slots[index].write(event, this.#written);
  }

  /** The requests after one of them, the newest first. @param after - its sequence number; 0: all */
  since(after: number): readonly SeenRequest[] {
    const found: SeenRequest[] = [];
    const oldest = Math.max(after, this.#written - this.#size);
    for (let sequence = this.#written; sequence > oldest; sequence -= 1) {
      const slot = this.#slots[(sequence - 1) % this.#size];
      if (slot !== undefined) found.push(slot.read());
    }
    return found;
  }
}
