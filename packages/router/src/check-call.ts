import {
  type CacheControls,
  type CallOptions,
  createError,
  isJsonObject,
  type LazyText,
  operations,
} from "@modelyard/core";
import * as parts from "./check-parts.js";
import {
  anything,
  atLeastZero,
  choice,
  count,
  type Fault,
  fault,
  flag,
  kindOf,
  list,
  noSuchOption,
  numeric,
  object,
  type Rule,
  type RulesOf,
  shape,
  text,
} from "@modelyard/core/options";
import { settingRules as settings } from "@modelyard/engine";

/** `Infinity` lifts a limit that is configured. */
const limit = numeric({ least: 0, above: true, endless: true });

const lazyText: Rule = (value, path) =>
  typeof value === "string" || typeof (value as Partial<LazyText> | null)?.text === "function"
    ? undefined
    : fault(path, `expected a string or an object with text(), got ${kindOf(value)}.`);

const rules: RulesOf<CallOptions> = {
  fromClient: flag,
  signal: parts.signal,
  cancellation: anything,
  callId: text,
  requestText: lazyText,
  numRetries: count,
  maxAttempts: numeric({ least: 1, whole: true }),
  timeoutMs: limit,
  streamTimeoutMs: limit,
  timeouts: settings.timeouts,
  deadlineMs: limit,
  fallbacks: settings.requestFallbacks,
  contextWindowFallbacks: settings.requestFallbacks,
  contentPolicyFallbacks: settings.requestFallbacks,
  disableFallbacks: flag,
  maxFallbacks: count,
  cache: shape<CacheControls>({
    noCache: flag,
    noStore: flag,
    ttlMs: atLeastZero,
    maxAgeMs: atLeastZero,
    namespace: text,
    useCache: flag,
  }),
  tags: list(text),
  metadata: object,
  allowedRegions: list(text),
  caller: text,
  dropParams: settings.dropParams,
  additionalDropParams: settings.droppedFields,
  allowedOpenaiParams: list(text),
  midStreamFallback: settings.midStreamFallback,
  holdBackEvents: count,
  clientAuth: shape<NonNullable<CallOptions["clientAuth"]>>({ apiKey: text, apiBase: text }),
  mockResponse: text,
  mockFailure: choice(["general", "context_window", "content_policy", "rate_limit", "timeout"]),
};

const isOperation = choice(Object.keys(operations));

const byKey = new Map<string, Rule>(Object.entries<Rule>(rules));

/**
 * What code gave for one call. It costs a look-up and a comparison or two for each option that is there.
 * @throws `bad_request` naming what cannot be read
 */
export function checkCall(operation: string, request: unknown, options: CallOptions | undefined): void {
  const unknown = Object.hasOwn(operations, operation) ? undefined : isOperation(operation, "operation");
  if (unknown !== undefined) refuse(unknown);
  if (!isJsonObject(request))
    refuse(fault("request", `expected an object, got ${kindOf(request)}.`, 'Write { model: "gpt-4", ... }.'));
  if (options === undefined) return;
  if (!isJsonObject(options)) refuse(fault("options", `expected an object, got ${kindOf(options)}.`));
  for (const key in options) {
    const value = options[key as keyof CallOptions];
    const rule = byKey.get(key);
    const found =
      rule === undefined ? noSuchOption(key, key, byKey.keys()) : value === undefined ? undefined : rule(value, key);
    if (found !== undefined) refuse(found);
  }
}

function refuse({ path, problem, fix }: Fault): never {
  throw createError({ kind: "bad_request", param: path, message: `${path}: ${problem} ${fix}` });
}
