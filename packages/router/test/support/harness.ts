import type { DeploymentOptions, RouterEventType, Trail } from "@modelyard/core";
import {
  type Harness as TestingHarness,
  type HarnessOptions as TestingHarnessOptions,
  routerHarness,
} from "@modelyard/testing";
import { createRouter } from "../../src/create-router.js";
import type { CreateRouterOptions } from "../../src/options.js";
import type { Router } from "../../src/router.js";

const recorded: readonly RouterEventType[] = [
  "request_started",
  "cache_hit",
  "cache_miss",
  "attempt_started",
  "attempt_succeeded",
  "attempt_failed",
  "attempt_aborted",
  "fallback",
  "request_succeeded",
  "request_failed",
  "deployment_cooldown",
  "deployment_probing",
  "deployment_recovered",
  "limit_reached",
  "configuration_changed",
  "callback_failed",
  "strategy_failed",
];

/** A router with a scripted provider on a virtual clock. */
export type Harness = TestingHarness<Router>;

export type HarnessOptions = Partial<CreateRouterOptions> & { readonly modelList: readonly DeploymentOptions[] };

/** Creates a router from options, and records its events: most of them, unless the harness is given the types. */
export function setup(options: HarnessOptions, harness: TestingHarnessOptions = {}): Harness {
  return routerHarness((defaults) => createRouter({ ...defaults, ...options }), { events: recorded, ...harness });
}

/** How an answer came about. */
export function trailOf(answer: object): Trail {
  return (answer as { readonly routing: Trail }).routing;
}
