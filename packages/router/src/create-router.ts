import { type AliasTarget, silentLogger, systemClock, systemRandom } from "@modelyard/core";
import { RetryBudget } from "@modelyard/policies";
import { simpleShuffle } from "@modelyard/strategies";
import { checkOptions } from "./compile/check-options.js";
import type { CreateRouterOptions } from "./options.js";
import { reservationTtlMs } from "./pipeline/reservation.js";
import { Router } from "./router.js";
import { EventHub } from "./state/event-hub.js";
import { Renewals } from "./state/renewals.js";

/** `openai/*` as the names it covers. */
type Spelled<Name extends string> = Name extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Spelled<Tail>}`
  : Name;

/** The names that a literal configuration defines: groups, aliases, deployments by id. */
export type ModelNames<Options> = Options extends { readonly modelList: readonly (infer Entry)[] }
  ? | (Entry extends { readonly modelName: infer Name extends string } ? Spelled<Name> : never)
    | (Entry extends { readonly id: infer Id extends string } ? Id : never)
    | (Options extends { readonly modelGroupAlias: infer Aliases extends Readonly<Record<string, AliasTarget>> }
        ? Extract<keyof Aliases, string>
        : never)
    | (Options extends { readonly routingGroups: infer Groups extends Readonly<Record<string, readonly string[]>> }
        ? Extract<keyof Groups, string>
        : never)
  : string;

/**
 * A router. Nothing is called and nothing is printed before the first request.
 * @throws `invalid_option` with the path of the option and how to mend it
 */
export function createRouter<const Options extends CreateRouterOptions>(options: Options): Router<ModelNames<Options>> {
  checkOptions(options);
  const {
    providers,
    strategy = simpleShuffle(),
    groupStrategies = {},
    filters = [],
    callbacks = [],
    responseCache,
    sharedState,
    catalogue,
    tokenEstimator,
    clock = systemClock,
    random = systemRandom,
    logger = silentLogger,
    ...config
  } = options as CreateRouterOptions;
  return new Router({
    config,
    providers,
    strategy,
    groupStrategies,
    catalogue,
    services: {
      clock,
      now: () => clock.now(),
      random,
      logger,
      hub: new EventHub(callbacks, clock, logger),
      filters,
      sharedState,
      renewals: new Renewals(clock, reservationTtlMs / 3),
      responseCache,
      tokenEstimator,
      retryBudget: config.retryBudget === false ? undefined : new RetryBudget(config.retryBudget),
    },
  });
}
