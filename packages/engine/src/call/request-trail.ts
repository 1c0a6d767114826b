import type { AttemptRecord, Deployment, Trail, Usage } from "@modelyard/core";
import { type Rejection, sumUsage } from "@modelyard/core/kit";

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

/** The record of an attempt while it is being filled in. */
export type OpenAttempt = Mutable<AttemptRecord>;

/** Limit for recorded rejections. */
const mostRejections = 50;

const noFields: readonly string[] = Object.freeze([]);
const noRejections: readonly Rejection[] = Object.freeze([]);

/** The trail of one request while it is being recorded. */
export class RequestTrail implements Trail {
  readonly callId: string;
  readonly requestedModel: string;
  modelGroup: string;
  deploymentId: string | undefined = undefined;
  readonly attempts: OpenAttempt[] = [];
  retries = 0;
  fallbacks = 0;
  cache: Trail["cache"] = "off";
  cacheKey: string | undefined = undefined;
  rejections: readonly Rejection[] = noRejections;
  usage: Usage | undefined = undefined;
  costUsd: number | undefined = undefined;
  cappedParams: readonly string[] = noFields;
  droppedParams: readonly string[] = noFields;
  /** Rarely set. Only then does the object have these fields. */
  declare vendorHeaders?: Trail["vendorHeaders"];
  declare limitWaitMs?: number;
  #charged = false;

  constructor(callId: string, requestedModel: string) {
    this.callId = callId;
    this.requestedModel = requestedModel;
    this.modelGroup = requestedModel;
  }

  reject({ id, provider, model }: Deployment, reason: string): void {
    if (this.rejections.length >= mostRejections) return;
    const known = this.rejections.some((entry) => entry.deploymentId === id && entry.reason === reason);
    if (!known) this.rejections = [...this.rejections, { deploymentId: id, provider, model, reason }];
  }

  /** Adds the usage and cost of one attempt. If one part of the cost is unknown, so is the total. */
  charge(usage: Usage | undefined, costUsd: number | undefined): void {
    const first = !this.#charged;
    this.#charged = true;
    this.usage = first ? usage : sumUsage(this.usage, usage);
    if (first) this.costUsd = costUsd;
    else this.costUsd = this.costUsd === undefined || costUsd === undefined ? undefined : this.costUsd + costUsd;
  }

  cap(field: string): void {
    if (!this.cappedParams.includes(field)) this.cappedParams = [...this.cappedParams, field];
  }

  drop(fields: readonly string[]): void {
    if (fields.length > 0) this.droppedParams = [...new Set([...this.droppedParams, ...fields])];
  }
}
