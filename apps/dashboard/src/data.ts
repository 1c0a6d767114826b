/** What the proxy sends to the page. It never contains keys, prompts, answers, or messages of vendors. */
import type { AttemptRecord, RouterState, Trail } from "@modelyard/core";

export interface SeenAttempt {
  readonly deploymentId: string;
  readonly group: string;
  /** `provider/model`. */
  readonly model: string;
  readonly outcome: AttemptRecord["outcome"];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly firstTokenMs: number | undefined;
  /** The kind of its error; not set: it did not fail. */
  readonly error: string | undefined;
  /** The vendor's status, if there was an answer. */
  readonly status: number | undefined;
}

/** A deployment that was not called, and why. */
export interface SeenRejection {
  readonly deploymentId: string;
  readonly reason: string;
}

/** A request that has ended. */
export interface SeenRequest {
  /** Increases with every request of the process. */
  readonly sequence: number;
  readonly callId: string;
  /** When it ended. Milliseconds since the epoch. */
  readonly at: number;
  readonly operation: string;
  readonly stream: boolean;
  readonly requestedModel: string;
  readonly group: string;
  readonly deploymentId: string | undefined;
  readonly durationMs: number;
  readonly error: string | undefined;
  readonly status: number;
  readonly cache: Trail["cache"];
  readonly retries: number;
  readonly fallbacks: number;
  readonly costUsd: number | undefined;
  readonly inputTokens: number | undefined;
  readonly cachedTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly attempts: readonly SeenAttempt[];
  /** Attempts that are not listed, because there were too many. */
  readonly moreAttempts: number;
  readonly rejections: readonly SeenRejection[];
  /** Rejections that are not listed, because there were too many. */
  readonly moreRejections: number;
  readonly dropped: readonly string[];
}

/** Something that changed the routing. */
export interface SeenEvent {
  /** Stays the same when the event occurs again. */
  readonly id: number;
  /** Increases with every event, also with one that occurs again. */
  readonly sequence: number;
  /** When it occurred last. */
  readonly at: number;
  readonly type: string;
  /** How often it occurred. */
  readonly times: number;
  /** The deployment that it is about. */
  readonly deploymentId: string | undefined;
  /** A sentence for people. */
  readonly text: string;
}

/** What a deployment, or the proxy, has done since it started. */
export interface SeenFigures {
  readonly attempts: number;
  readonly failures: number;
  readonly costUsd: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The last minutes in equal parts, the oldest first. */
  readonly series: {
    /** The length of a part. */
    readonly spanMs: number;
    readonly attempts: readonly number[];
    readonly failures: readonly number[];
    /** The mean of streams; `null`: no first token in that time. */
    readonly firstTokenMs: readonly (number | null)[];
    /** The mean until the last byte; `null`: no success in that time. */
    readonly durationMs: readonly (number | null)[];
  };
}

export interface DeploymentFigures extends SeenFigures {
  /** What is left of the vendor's limits, as the vendor said most recently. */
  readonly remainingRequests: number | undefined;
  readonly remainingTokens: number | undefined;
}

type Group = RouterState["groups"][number];
export type SeenDeployment = Group["deployments"][number] & { readonly figures: DeploymentFigures | undefined };

export interface SeenGroup {
  readonly name: string;
  readonly strategy: string;
  readonly deployments: readonly SeenDeployment[];
}

/** The first message of the feed: everything. */
export interface Snapshot {
  readonly at: number;
  /** Which of the workers answers; not set: the proxy is one process. */
  readonly worker: { readonly number: number; readonly of: number } | undefined;
  readonly strategy: string;
  readonly inFlight: number;
  readonly aliases: RouterState["aliases"];
  readonly shared: RouterState["shared"];
  /** Of all requests. */
  readonly totals: SeenFigures;
  readonly groups: readonly SeenGroup[];
  /** The newest first. */
  readonly requests: readonly SeenRequest[];
  readonly events: readonly SeenEvent[];
}

/** Later messages of the feed: what is new. */
export interface Update {
  readonly at: number;
  readonly inFlight: number;
  readonly shared: RouterState["shared"];
  /** Not set: they have not changed. */
  readonly totals: SeenFigures | undefined;
  /** Those that have changed. */
  readonly deployments: readonly SeenDeployment[];
  readonly requests: readonly SeenRequest[];
  readonly events: readonly SeenEvent[];
}

/** Where a setting comes from: a line of the file, or a word such as `default`. */
export type SettingOrigin = string;

export interface ConfiguredValue {
  readonly label: string;
  readonly value: string;
  readonly origin: SettingOrigin;
}

export interface ConfiguredDeployment {
  readonly id: string;
  readonly title: string;
  /** Why it would not serve the request; not set: it would. */
  readonly rejection: string | undefined;
  readonly values: readonly ConfiguredValue[];
}

/** What the configuration means for one name, or for one request. */
export interface Configured {
  readonly name: string;
  readonly found: boolean;
  readonly hint: string;
  readonly group: string | undefined;
  readonly values: readonly ConfiguredValue[];
  readonly deployments: readonly ConfiguredDeployment[];
  readonly fallbacks: readonly string[];
}
