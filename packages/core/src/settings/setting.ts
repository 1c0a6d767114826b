import type { LazyText } from "../call-options.js";
import type { Cancellation } from "../cancellation.js";
import type { ClientSideParam, Continuation, PriceTier } from "../deployment.js";
import type {
  AffinityKey,
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
 * The types of settings' values. Each kind has one rule for options (`rule-of-kind.ts`), one schema and conversion for
 * files (`config-yaml`) and, if a request may set it, one reader for bodies (`engine`).
 */
export interface KindValues {
  /** A whole number, 0 or more. */
  count: number;
  /** A whole number, 1 or more. */
  positiveCount: number;
  /** 0 or more, up to the largest number for which sums are exact. */
  amount: number;
  number: number;
  /** In US dollars, 0 or more. */
  price: number;
  /** A share, from 0 to 1. */
  share: number;
  /** 0 or more per second. */
  rate: number;
  /** A time of 0 or more, in milliseconds in options and in seconds elsewhere. */
  duration: number;
  /** A time above 0, in milliseconds in options and in seconds elsewhere. */
  timeLimit: number;
  /** The same for one call. `Infinity` removes a configured limit. */
  callTimeLimit: number;
  flag: boolean;
  text: string;
  texts: readonly string[];
  /** A list. In a body, a single element may be written without the list. */
  oneOrMoreTexts: readonly string[];
  /** One of the `choices` of the row. */
  choice: string;
  /** A JSON object that is passed on. */
  fields: JsonObject;
  /** Fields of requests. In a file, those in `extra_body` are added to the others. */
  requestFields: JsonObject;
  /** A string that is sent in a header. */
  headerText: string;
  headers: Readonly<Record<string, string | Secret>>;
  apiKey: string | Secret | undefined;
  address: string;
  deploymentId: string;
  groupName: string;
  modelName: string;
  /** An object whose keys have their own rows: `timeouts` contains `timeouts.connectMs` and its siblings. */
  object: object;
  /** The same, or `false` to turn it off. */
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
  /** Keys of sessions, or whether the usual ones are used. */
  affinity: boolean | readonly AffinityKey[];
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
  /** Headers from a caller's request. */
  forwardedHeaders: Readonly<Record<string, string>>;
}

export type Kind = keyof KindValues;

/** Kinds that are times: in milliseconds in options, and in seconds in files, bodies and headers. */
const times: ReadonlySet<Kind> = new Set<Kind>(["duration", "timeLimit", "callTimeLimit"]);

/** The unit of a kind outside of options. `undefined`: it has none. */
export function unitOf(kind: Kind): "seconds" | undefined {
  return times.has(kind) ? "seconds" : undefined;
}

/**
 * Where a file can set it, as keys separated by dots. The first place that is set wins. For a deployment the path begins
 * at its entry of `model_list`, for a group at its entry of `model_group_settings`. A place with `in` only applies to
 * caches of that type. An empty list: files have no key for it.
 */
export type FilePaths = readonly (string | { readonly path: string; readonly in: "redis" | "memory" })[];

/** How one call can set it. */
export interface CallPlace {
  /** Fields of a body that set it, in LiteLLM's spelling. The first one wins. Omitted: only code can set it. */
  readonly body?: readonly string[];
  /** The header that sets it. */
  readonly header?: string;
  /** Its kind for calls, if they accept other values than a configuration. */
  readonly kind?: Kind;
  /** The highest value that a client may ask for, unless one is configured. */
  readonly ceiling?: number;
  /** Whether a fallback may set it for its group. */
  readonly inFallback?: true;
  /**
   * Whether two calls that differ in it can share one flight. `effort`: no, since one might fail where the other would
   * not. `answer`: no, since their answers differ; it is also a part of the cache key. `own`: yes, since it only
   * concerns the caller.
   */
  readonly flight: "effort" | "answer" | "own";
}

/** The places where a setting can be set, from the narrowest to the widest. */
export const places = ["call", "deployment", "group", "router"] as const;
export type Place = (typeof places)[number];

/** Everything about one setting. The name of its row is its name in TypeScript; a dot stands for a key in an object. */
export interface Setting {
  readonly kind: Kind;
  /** What it does, in one sentence, for tables, editors and `explain`. */
  readonly description: string;
  /** For the kind `choice`. */
  readonly choices?: readonly string[];
  /** The default, which `resolveConfig` fills in. */
  readonly default?: number | boolean | string;
  /** The default if another setting of the router is set. */
  readonly defaultBeside?: { readonly other: string; readonly value: number };
  /** The default in words, if it is not a constant. Without this and `default`, the default is "none". */
  readonly otherwise?: string;
  readonly router?: FilePaths;
  readonly group?: FilePaths;
  readonly deployment?: FilePaths;
  readonly call?: CallPlace;
}

/** A row that keeps its literal types. */
export type Rows = Readonly<Record<string, Setting>>;
