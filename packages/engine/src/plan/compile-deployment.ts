import {
  type Deployment,
  type DeploymentOptions,
  type ModelCatalog,
  type Provider,
  type RouterConfig,
  Secret,
} from "@modelyard/core";
import { invalidOption, readFinishReasons, stableId } from "@modelyard/core/kit";
import type { Interner } from "./intern.js";
import { inferProvider } from "./infer-provider.js";
import { cachePricingOf } from "./known-prices.js";
import { completeFacts } from "./model-facts.js";

export interface CompileDeploymentInput {
  readonly options: DeploymentOptions;
  /** The path of the options, for messages. */
  readonly path: string;
  readonly config: RouterConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalog: ModelCatalog | undefined;
  readonly alike: Interner;
}

/**
 * A deployment's id: the configured one, or a hash of all settings except `info`. The hash includes secrets, so that a
 * new key makes a new deployment.
 */
export function deploymentId({ info: _info, ...options }: DeploymentOptions): string {
  if (options.id !== undefined) return options.id;
  const reveal = (value: unknown): unknown => {
    if (value instanceof Secret) return value.reveal();
    if (Array.isArray(value)) return value.map(reveal);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, reveal(entry)]));
  };
  return stableId(reveal(options));
}

/** Treats an empty key as missing, because that is what programs often pass for a variable that is not set. */
function keyOf(given: string | Secret | undefined): Secret | undefined {
  const key = Secret.of(given);
  return key?.reveal().trim() === "" ? undefined : key;
}

/** Checks and completes the options of one deployment. */
export function compileDeployment(input: CompileDeploymentInput): Deployment {
  const { options, path, config, providers, catalog, alike } = input;
  const { provider, model: written } = inferProvider(options.model, options.provider, providers, path);
  const named = providers.get(provider)?.readModel?.(written) ?? { model: written };
  const { model, baseModel } = named;
  if (model.includes("*") && !options.modelName.includes("*")) {
    throw invalidOption(
      `${path}.model`,
      `"${options.model}" contains a *, but the group name "${options.modelName}" has none to fill it from.`,
      "Name one model, or add a * to the group name.",
    );
  }
  const listed = options.baseModel ?? (model.includes("*") ? undefined : model);
  const known = completeFacts(
    {
      prices: {
        inputCostPerToken: options.inputCostPerToken,
        outputCostPerToken: options.outputCostPerToken,
        cachedInputCostPerToken: options.cachedInputCostPerToken,
        cacheWriteCostPerToken: options.cacheWriteCostPerToken,
        cacheWriteHourCostPerToken: options.cacheWriteHourCostPerToken,
        tiers: options.priceTiers,
      },
      maxInputTokens: options.maxInputTokens,
      capabilities: options.capabilities ?? {},
    },
    listed === undefined ? undefined : catalog?.(provider, listed),
    cachePricingOf(providers, listed),
  );
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), Secret.of(value)]);
  const maxParallelRequests = options.maxParallelRequests ?? config.defaultMaxParallelRequests;
  return Object.freeze<Deployment>({
    // The fields that every call reads come first: see DeploymentRuntime.
    id: deploymentId(options),
    provider,
    model,
    baseModel: options.baseModel ?? baseModel,
    mockResponse: options.mockResponse,
    group: options.modelName,
    maxInputTokens: known.maxInputTokens,
    prices: alike.of(known.prices),
    capabilities: alike.of(known.capabilities),
    connection: Object.freeze({
      apiKey: keyOf(options.apiKey),
      baseUrl: options.apiBase?.replace(/\/+$/u, ""),
      apiVersion: options.apiVersion,
      organization: options.organization,
      headers: Object.freeze(Object.fromEntries(headers) as Record<string, Secret>),
    }),
    defaults: Object.freeze({ ...options.defaults }),
    limits: Object.freeze({
      ...(options.rpm === undefined ? {} : { rpm: options.rpm }),
      ...(options.tpm === undefined ? {} : { tpm: options.tpm }),
      ...(maxParallelRequests === undefined ? {} : { maxParallelRequests }),
    }),
    weight: options.weight,
    order: options.order,
    tags: Object.freeze([...(options.tags ?? [])]),
    region: options.regionName,
    timeouts: Object.freeze({ ...options.timeouts }),
    numRetries: options.numRetries,
    cooldownMs: options.cooldownMs,
    dropParams: options.dropParams,
    additionalDropParams: Object.freeze([...(options.additionalDropParams ?? [])]),
    refuses: options.refuses === undefined ? undefined : alike.of(options.refuses),
    allowedOpenaiParams:
      options.allowedOpenaiParams === undefined ? undefined : alike.of(Object.freeze([...options.allowedOpenaiParams])),
    clientSideAuthParams: Object.freeze([...(options.clientSideAuthParams ?? [])]),
    wire: options.wire ?? named.wire,
    chatOverResponses: config.chatOverResponses,
    messagesOverChat: config.messagesOverChat,
    reasoningSummaries: config.reasoningSummaries,
    continuation: options.continuation === undefined ? undefined : Object.freeze({ ...options.continuation }),
    finishReasons:
      options.finishReasons === undefined ? undefined : Object.freeze(readFinishReasons(options.finishReasons)),
    settings: Object.freeze({ ...options.settings }),
    info: options.info === undefined ? undefined : Object.freeze({ ...options.info }),
  });
}
