import type {
  Callback,
  CallOptions,
  DeploymentOptions,
  RouterError,
  RouterEvent,
  RouterEventType,
  Trail,
} from "@modelyard/core";
import { seededRandom } from "@modelyard/core";
import { scriptedProvider, type ScriptedProvider, VirtualClock } from "@modelyard/testing";
import { createRouter } from "../../src/create-router.js";
import type { CreateRouterOptions } from "../../src/options.js";
import type { Router } from "../../src/router.js";

/** One deployment of the group `gpt-4`, unless `more` says otherwise. */
export const one = (id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions => ({
  id,
  modelName: "gpt-4",
  model: `openai/${id}`,
  ...more,
});

const heard: readonly RouterEventType[] = [
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

/** A router over a scripted provider on a virtual clock, with everything it told. */
export interface Harness {
  readonly clock: VirtualClock;
  readonly provider: ScriptedProvider;
  readonly router: Router;
  readonly events: readonly RouterEvent[];
  /** A plain chat call to `gpt-4`; virtual time passes until it is over. */
  readonly ask: (body?: object, options?: CallOptions) => Promise<object>;
  /** What kinds of events there were, in order. */
  readonly types: () => readonly string[];
  /** The deployments that were called, in order. */
  readonly served: () => readonly string[];
}

export type HarnessOptions = Partial<CreateRouterOptions> & { readonly modelList: readonly DeploymentOptions[] };

export function setup(options: HarnessOptions): Harness {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const events: RouterEvent[] = [];
  const all: Callback = {
    name: "all",
    events: heard,
    on: (event) => {
      events.push(event);
    },
  };
  const router: Router = createRouter({
    providers: [provider],
    clock,
    random: seededRandom(1),
    retryBudget: false,
    callbacks: [all],
    ...options,
  });
  const ask = (body: object = {}, callOptions: CallOptions = {}) =>
    clock.until(
      router.completion({ model: "gpt-4", messages: [{ role: "user", content: "hi" }], ...body }, callOptions),
    );
  return {
    clock,
    provider,
    router,
    events,
    ask,
    types: () => events.map((event) => event.type),
    served: () => provider.calls.map((call) => call.deploymentId),
  };
}

/** How an answer came about. */
export function trailOf(answer: object): Trail {
  return (answer as { readonly routing: Trail }).routing;
}

/** What a call failed with. @throws when it did not */
export async function failure(promise: Promise<unknown>): Promise<RouterError> {
  try {
    await promise;
  } catch (error) {
    return error as RouterError;
  }
  throw new Error("it should have failed");
}
