import {
  type CacheOptions,
  type ClientSideParam,
  type DeploymentOptions,
  didYouMean,
  invalidOption,
} from "@modelyard/core";
import type { CreateRouterOptions } from "../options.js";
import { wholePattern } from "../pipeline/client-connection.js";
import { parseDroppedField } from "../request/dropped-field.js";

type Keys<Shape> = Readonly<Record<keyof Shape, true>>;

const deploymentKeys: Keys<DeploymentOptions> = {
  modelName: true,
  model: true,
  provider: true,
  id: true,
  apiKey: true,
  apiBase: true,
  apiVersion: true,
  organization: true,
  headers: true,
  rpm: true,
  tpm: true,
  maxParallelRequests: true,
  weight: true,
  order: true,
  tags: true,
  regionName: true,
  timeoutMs: true,
  streamTimeoutMs: true,
  timeouts: true,
  numRetries: true,
  cooldownMs: true,
  inputCostPerToken: true,
  outputCostPerToken: true,
  cachedInputCostPerToken: true,
  maxInputTokens: true,
  baseModel: true,
  capabilities: true,
  defaults: true,
  dropParams: true,
  additionalDropParams: true,
  clientSideAuthParams: true,
  mockResponse: true,
  settings: true,
};

const routerKeys: Keys<CreateRouterOptions> = {
  providers: true,
  strategy: true,
  groupStrategies: true,
  filters: true,
  callbacks: true,
  responseCache: true,
  sharedState: true,
  catalogue: true,
  tokenEstimator: true,
  clock: true,
  random: true,
  logger: true,
  modelList: true,
  modelGroupAlias: true,
  groups: true,
  routingGroups: true,
  fallbacks: true,
  contextWindowFallbacks: true,
  contentPolicyFallbacks: true,
  defaultFallbacks: true,
  maxFallbacks: true,
  numRetries: true,
  retryPolicy: true,
  modelGroupRetryPolicy: true,
  maxAttempts: true,
  retryAfterMs: true,
  retryBudget: true,
  timeoutMs: true,
  streamTimeoutMs: true,
  timeouts: true,
  deadlineMs: true,
  allowedFails: true,
  allowedFailsPolicy: true,
  cooldownMs: true,
  disableCooldowns: true,
  slowStartMs: true,
  enablePreCallChecks: true,
  enableTagFiltering: true,
  tagFilteringMatchAny: true,
  defaultParams: true,
  defaultMaxParallelRequests: true,
  limitAlgorithm: true,
  dropParams: true,
  additionalDropParams: true,
  cacheResponses: true,
  cache: true,
  midStreamFallback: true,
  holdBackEvents: true,
};

const cacheKeys: Keys<CacheOptions> = {
  ttlMs: true,
  namespace: true,
  shared: true,
  singleFlight: true,
  mode: true,
  operations: true,
  groups: true,
  lookupTimeoutMs: true,
};

/** @throws `invalid_option` for a key that does not exist */
function checkKeys(value: object, known: Readonly<Record<string, true>>, path: string): void {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    throw invalidOption(
      `${path}${key}`,
      "there is no such option.",
      didYouMean(key, Object.keys(known)).trim() || "Take it out.",
    );
  }
}

interface NumberRule {
  readonly least: number;
  /** Whether `least` itself is too little. */
  readonly above?: boolean;
  readonly whole?: boolean;
}

const positive: NumberRule = { least: 0, above: true };
const atLeastZero: NumberRule = { least: 0 };
const count: NumberRule = { least: 0, whole: true };

const deploymentNumbers: Readonly<Partial<Record<keyof DeploymentOptions, NumberRule>>> = {
  rpm: atLeastZero,
  tpm: atLeastZero,
  maxParallelRequests: count,
  weight: atLeastZero,
  order: { least: Number.NEGATIVE_INFINITY },
  timeoutMs: positive,
  streamTimeoutMs: positive,
  numRetries: count,
  cooldownMs: atLeastZero,
  inputCostPerToken: atLeastZero,
  outputCostPerToken: atLeastZero,
  cachedInputCostPerToken: atLeastZero,
  maxInputTokens: atLeastZero,
};

const cacheNumbers: Readonly<Partial<Record<keyof CacheOptions, NumberRule>>> = {
  ttlMs: positive,
  lookupTimeoutMs: positive,
};

const routerNumbers: Readonly<Partial<Record<keyof CreateRouterOptions, NumberRule>>> = {
  maxFallbacks: count,
  numRetries: count,
  maxAttempts: { least: 1, whole: true },
  retryAfterMs: atLeastZero,
  timeoutMs: positive,
  streamTimeoutMs: positive,
  deadlineMs: positive,
  allowedFails: count,
  cooldownMs: atLeastZero,
  slowStartMs: atLeastZero,
  defaultMaxParallelRequests: count,
  holdBackEvents: count,
};

function checkNumbers(value: object, rules: Readonly<Partial<Record<string, NumberRule>>>, path: string): void {
  for (const [key, rule] of Object.entries(rules)) {
    const entry = (value as Readonly<Record<string, unknown>>)[key];
    if (rule === undefined || entry === undefined) continue;
    const good =
      typeof entry === "number" &&
      Number.isFinite(entry) &&
      (rule.above === true ? entry > rule.least : entry >= rule.least) &&
      (rule.whole !== true || Number.isInteger(entry));
    if (good) continue;
    const kind = rule.whole === true ? "a whole number" : "a number";
    const range =
      rule.least === Number.NEGATIVE_INFINITY
        ? ""
        : rule.above === true
          ? ` above ${String(rule.least)}`
          : ` of at least ${String(rule.least)}`;
    throw invalidOption(`${path}${key}`, `${describe(entry)} is not ${kind}${range}.`, "Correct it or leave it out.");
  }
}

function describe(value: unknown): string {
  return typeof value === "number" || typeof value === "string" ? JSON.stringify(value) : `a ${typeof value}`;
}

/** Finds what cannot work before anything is built. @throws `invalid_option` with the path and the fix */
export function checkOptions(options: CreateRouterOptions): void {
  checkKeys(options, routerKeys, "");
  checkNumbers(options, routerNumbers, "");
  for (const path of options.additionalDropParams ?? []) parseDroppedField(path, "additionalDropParams");
  if (options.cache !== undefined) {
    checkKeys(options.cache, cacheKeys, "cache.");
    checkNumbers(options.cache, cacheNumbers, "cache.");
  }
  if (!Array.isArray(options.providers) || options.providers.length === 0) {
    throw invalidOption("providers", "there is none.", "Give at least one, e.g. providers: [openai()].");
  }
  if (!Array.isArray(options.modelList) || options.modelList.length === 0) {
    throw invalidOption(
      "modelList",
      "it is empty.",
      'Add a deployment, e.g. { modelName: "gpt-4", model: "openai/gpt-4" }.',
    );
  }
  const modelList: readonly DeploymentOptions[] = options.modelList;
  for (const [position, entry] of modelList.entries()) checkDeployment(entry, `modelList[${String(position)}].`);
}

function checkDeployment(entry: DeploymentOptions, path: string): void {
  checkKeys(entry, deploymentKeys, path);
  for (const key of ["modelName", "model"] as const) {
    if (typeof entry[key] === "string" && entry[key] !== "") continue;
    throw invalidOption(
      `${path}${key}`,
      "it is missing or empty.",
      key === "model" ? 'Name the vendor\'s model, e.g. "openai/gpt-4".' : "Name the model group.",
    );
  }
  if (entry.id !== undefined && !/^[\w.:/-]{1,200}$/u.test(entry.id)) {
    throw invalidOption(
      `${path}id`,
      "it holds other characters than letters, digits and ._:/-, or is too long.",
      "Choose another.",
    );
  }
  checkNumbers(entry, deploymentNumbers, path);
  for (const field of entry.additionalDropParams ?? []) parseDroppedField(field, `${path}additionalDropParams`);
  for (const allowed of entry.clientSideAuthParams ?? []) checkClientSideParam(allowed, `${path}clientSideAuthParams`);
  if (entry.apiBase !== undefined && !/^https?:\/\//u.test(entry.apiBase)) {
    throw invalidOption(
      `${path}apiBase`,
      `${describe(entry.apiBase)} is no http(s) address.`,
      "Write it with https:// in front.",
    );
  }
}

function checkClientSideParam(allowed: ClientSideParam, path: string): void {
  if (typeof allowed === "string") return;
  try {
    wholePattern(allowed.apiBase);
  } catch {
    throw invalidOption(path, `${describe(allowed.apiBase)} is no regular expression.`, "Correct it.");
  }
}
