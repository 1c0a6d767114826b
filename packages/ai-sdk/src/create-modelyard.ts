import type { Provider } from "@modelyard/core";
import { createRouter, type CreateRouterOptions, type Router } from "@modelyard/router";
import { createStrategy } from "@modelyard/strategies";
import { compileModels } from "./deployments/compile-models.js";
import type { ModelEntry } from "./deployments/model-entry.js";
import { type ModelyardProvider, providerOf } from "./modelyard.js";

type NamedFallbacks<Name extends string> = { readonly [From in Name | "*"]?: readonly Name[] };

type Replaced =
  | "contentPolicyFallbacks"
  | "contextWindowFallbacks"
  | "defaultFallbacks"
  | "fallbacks"
  | "modelGroupAlias"
  | "modelList"
  | "providers"
  | "strategy";

/** All options of a router; `models` takes the place of `modelList`. */
export interface CreateModelyardOptions<Name extends string, Alias extends string = never> extends Omit<
  CreateRouterOptions,
  Replaced
> {
  readonly models: { readonly [Group in Name]: ModelEntry | readonly ModelEntry[] };
  /** A strategy, or the name of a built-in one. @defaultValue `simple-shuffle` */
  readonly strategy?: CreateRouterOptions["strategy"] | StrategyName;
  /** What serves after a group has failed, in order. */
  readonly fallbacks?: NamedFallbacks<NoInfer<Name>>;
  readonly contextWindowFallbacks?: NamedFallbacks<NoInfer<Name>>;
  readonly contentPolicyFallbacks?: NamedFallbacks<NoInfer<Name>>;
  readonly defaultFallbacks?: readonly NoInfer<Name>[];
  readonly modelGroupAlias?: { readonly [From in Alias]: NoInfer<Name> };
  /** Modelyard's own providers, for models that are given by name. @defaultValue none */
  readonly providers?: readonly Provider[];
}

export type StrategyName =
  | "cost-based-routing"
  | "latency-based-routing"
  | "least-busy"
  | "simple-shuffle"
  | "usage-based-routing"
  | "usage-based-routing-v2";

/** A provider of the AI SDK over models of the AI SDK. */
export interface Modelyard<Names extends string = string> extends ModelyardProvider<Names> {
  readonly router: Router<Names>;
}

/**
 * Routes between models of the AI SDK. Every model is a deployment, with limits, cooldowns, timeouts and retries.
 * @throws `invalid_option` with the path of the option and how to fix it
 */
export function createModelyard<Name extends string, Alias extends string = never>(
  options: CreateModelyardOptions<Name, Alias>,
): Modelyard<Alias | Name> {
  const { models, strategy, providers = [], ...routing } = options;
  const compiled = compileModels(models, providers);
  const router = createRouter({
    ...(routing as Omit<CreateRouterOptions, "modelList" | "providers">),
    ...(strategy === undefined ? {} : { strategy: typeof strategy === "string" ? createStrategy(strategy) : strategy }),
    providers: [...providers, ...compiled.providers],
    modelList: compiled.modelList,
  }) as unknown as Router<Alias | Name>;
  const { supportedUrls, maxEmbeddingsPerCall } = compiled;
  return providerOf<Alias | Name>(router, {
    hasSdkModels: compiled.providers.length > 0,
    ...(supportedUrls === undefined ? {} : { supportedUrls }),
    ...(maxEmbeddingsPerCall === undefined ? {} : { maxEmbeddingsPerCall }),
  }) as Modelyard<Alias | Name>;
}
