import { consoleLogger } from "@modelyard/core";
import { systemClock, systemRandom } from "@modelyard/core/kit";
import { resolveConfig } from "@modelyard/core/settings";
import { failureRate, RetryBudget } from "@modelyard/policies";
import { simpleShuffle } from "@modelyard/strategies";
import { checkOptions } from "./check-options.js";
import { EventHub, FaultLog, guardedCatalog, guardedCooldown, Renewals, reservationTtlMs } from "@modelyard/engine";
import type { NamingOptions, Spelled } from "./named-options.js";
import type { CreateRouterOptions } from "./options.js";
import { Router } from "./router.js";

/**
 * Creates a router. No vendor is called before the first request.
 * @throws `invalid_option` with the path of the option and how to fix it
 */
export function createRouter<
  Group extends string,
  Id extends string = never,
  Alias extends string = never,
  Several extends string = never,
  Target extends string = never,
>(named: NamingOptions<Group, Id, Alias, Several, Target>): Router<Spelled<Group> | Id | Alias | Several> {
  // `NamingOptions` only adds compile-time checks of names.
  const options = named as CreateRouterOptions;
  checkOptions(options);
  const {
    providers,
    strategy = simpleShuffle(),
    groupStrategies = {},
    cooldown,
    filters = [],
    callbacks = [],
    responseCache,
    sharedState,
    catalog,
    tokenEstimator,
    clock = systemClock,
    random = systemRandom,
    logger = consoleLogger,
    ...config
  } = options;
  const { retryBudget } = resolveConfig(config);
  const faults = new FaultLog(clock, logger);
  return new Router({
    config,
    providers,
    strategy,
    groupStrategies,
    cooldown: cooldown === undefined ? failureRate() : guardedCooldown(cooldown, faults),
    catalog: catalog === undefined ? undefined : guardedCatalog(catalog, faults),
    services: {
      clock,
      now: () => clock.now(),
      random,
      logger,
      hub: new EventHub(callbacks, clock, logger, faults),
      faults,
      filters,
      spareStrategy: simpleShuffle(),
      sharedState,
      renewals: new Renewals(clock, reservationTtlMs / 3),
      responseCache,
      tokenEstimator,
      retryBudget: retryBudget === false ? undefined : new RetryBudget(retryBudget),
    },
  });
}
