import type { LazyText } from "../call-options.js";
import type { Cancellation } from "../cancellation.js";
import type { ClientSideParam, Continuation, PriceTier } from "../deployment.js";
import type {
  AliasTarget,
  AllowedFailsPolicy,
  DeploymentOptions,
  GroupOptions,
  MidStreamFallback,
  RetryPolicy,
} from "../config.js";
import type { FallbackEntry, Fallbacks, RequestFallbacks } from "../fallbacks.js";
import type { FinishReasonMeaning } from "../finish-reasons.js";
import type { JsonObject } from "../json.js";
import type { OperationName } from "../operations.js";
import type { DropParams, Refusals } from "../refusals.js";
import type { Secret } from "../secret.js";

/**
 * What a setting's value is. Each kind has one rule for options (`rule-of-kind.ts`), one schema and conversion for
 * files (`config-yaml`), and, where a request may set it, one reader for its body (`engine`).
 */
export interface KindValues {
  /** A whole number, 0 or more. */
  count: number;
  /** A whole number, 1 or more. */
  positiveCount: number;
  /** 0 or more, at most the largest number that adds up exactly. */
  amount: number;
  number: number;
  /** US dollars, 0 or more. */
  price: number;
  /** A share, 0 to 1. */
  share: number;
  /** 0 or more per second. */
  rate: number;
  /** A time of 0 or more: milliseconds in options, seconds elsewhere. */
  duration: number;
  /** A time above 0: milliseconds in options, seconds elsewhere. */
  timeLimit: number;
  /** The same for one call: `Infinity` lifts a configured limit. */
  callTimeLimit: number;
  flag: boolean;
  text: string;
  texts: readonly string[];
  /** A list, for which a body may also write its only element. */
  oneOrMoreTexts: readonly string[];
  /** One of the row's `choices`. */
  choice: string;
  /** A JSON object that is passed on. */
  fields: JsonObject;
  /** Fields of requests; those in `extra_body` of a file stand beside the others. */
  requestFields: JsonObject;
  /** A string that is sent in a header. */
  headerText: string;
  headers: Readonly<Record<string, string | Secret>>;
  apiKey: string | Secret | undefined;
  address: string;
  deploymentId: string;
  groupName: string;
  modelName: string;
  /** An object whose keys are rows of their own: `timeouts` is the object of `timeouts.connectMs` and its siblings. */
  object: object;
  /** The same, or `false` for none. */
  objectOrOff: object | false;
  deployments: readonly DeploymentOptions[];
  groups: Readonly<Record<string, GroupOptions>>;
  aliases: Readonly<Record<string, AliasTarget>>;
  routingGroups: Readonly<Record<string, readonly string[]>>;
  fallbacks: Fallbacks;
  fallbackList: readonly FallbackEntry[];
  requestFallbacks: RequestFallbacks;
  retryPolicy: RetryPolicy;
  groupRetryPolicies: Readonly<Record<string, RetryPolicy>>;
  allowedFailsPolicy: AllowedFailsPolicy;
  dropParams: DropParams;
  fieldPaths: readonly string[];
  midStreamFallback: MidStreamFallback;
  operations: readonly OperationName[];
  groupLists: readonly (readonly string[])[];
  capability: boolean | undefined;
  refusals: Refusals;
  continuation: Continuation;
  finishReasons: Readonly<Record<string, FinishReasonMeaning>>;
  clientSideParams: readonly ClientSideParam[];
  priceTiers: readonly PriceTier[];
  signal: AbortSignal;
  cancellation: Cancellation;
  requestText: string | LazyText;
}

export type Kind = keyof KindValues;

/** Kinds that are times: milliseconds in options, seconds in files, bodies and headers. */
const times: ReadonlySet<Kind> = new Set<Kind>(["duration", "timeLimit", "callTimeLimit"]);

/** The unit of a kind outside of options; `undefined`: it has none. */
export function unitOf(kind: Kind): "seconds" | undefined {
  return times.has(kind) ? "seconds" : undefined;
}

/**
 * Where a file may set it, as keys with dots between; of several places, the first one that says something wins. For a
 * deployment the path begins at its entry of `model_list`, for a group at its entry of `model_group_settings`. `in:
 * "redis"` or `in: "memory"` limits a place to caches of that type. An empty list: the file has no key of its own for
 * it.
 */
export type FilePaths = readonly (string | { readonly path: string; readonly in: "redis" | "memory" })[];

/** What one call may say. */
export interface CallPlace {
  /** Fields of a request's body that set it, in LiteLLM's spelling; the first one wins. None: only a program can. */
  readonly body?: readonly string[];
  /** The header that sets it. */
  readonly header?: string;
  /** Where calls take other values than a configuration does. */
  readonly kind?: Kind;
  /** The highest value that a client may ask for where nothing is configured. */
  readonly ceiling?: number;
  /** Whether a fallback may set it for its group. */
  readonly inFallback?: true;
  /**
   * What single flight makes of two calls that differ in it. `effort`: they share nothing, since one might fail where
   * the other would not. `answer`: neither, since their answers differ; it is part of the cache's identity. `own`: it
   * concerns the caller alone, so they may share.
   */
  readonly flight: "effort" | "answer" | "own";
}

/** The places where a setting may be made, from the narrowest to the widest. */
export const places = ["call", "deployment", "group", "router"] as const;
export type Place = (typeof places)[number];

/** Everything about one setting. The name of its row is its name in TypeScript; a dot leads into an object. */
export interface Setting {
  readonly kind: Kind;
  /** What it does, in one sentence, for tables, editors and `explain`. */
  readonly says: string;
  /** For the kind `choice`. */
  readonly choices?: readonly string[];
  /** What counts where it is set nowhere. `resolveConfig` fills it in. */
  readonly default?: number | boolean | string;
  /** What counts instead where another setting of the router is made. */
  readonly defaultBeside?: { readonly other: string; readonly value: number };
  /** The default in words, where it is not a constant. Without it and `default`, the default is "none". */
  readonly otherwise?: string;
  readonly router?: FilePaths;
  readonly group?: FilePaths;
  readonly deployment?: FilePaths;
  readonly call?: CallPlace;
}

/** A row that keeps its literal types. */
export type Rows = Readonly<Record<string, Setting>>;
