import {
  type Callback,
  type CallOptions,
  type DeploymentOptions,
  type Random,
  type RouterEvent,
  type RouterEventType,
  seededRandom,
} from "@modelyard/core";
import { scriptedProvider, type ScriptedProvider } from "../scripted-provider.js";
import { VirtualClock } from "../virtual-clock.js";

/** An entry of a model list: a deployment of the group `gpt-4` whose model is `openai/` and the id, unless `more` says otherwise. */
export function deploymentOptions(id: string, more: Partial<DeploymentOptions> = {}): DeploymentOptions {
  return { id, modelName: "gpt-4", model: `openai/${id}`, ...more };
}

/** The part of a router that {@link routerHarness} calls. */
export interface HarnessedRouter {
  completion(
    request: { readonly model: string; readonly messages: readonly never[] },
    options?: CallOptions,
  ): Promise<object>;
}

/** Options for `createRouter` that make a test repeatable. */
export interface HarnessDefaults {
  readonly providers: readonly [ScriptedProvider];
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly retryBudget: false;
  /** One callback, which records events. */
  readonly callbacks: readonly [Callback];
}

export interface HarnessOptions {
  /** Events to record. @defaultValue the events of requests, attempts and fallbacks */
  readonly events?: readonly RouterEventType[];
  /** Seed of the router's random numbers. @defaultValue 1 */
  readonly seed?: number;
}

/** A router with a scripted provider on a virtual clock. */
export interface Harness<Router> {
  readonly clock: VirtualClock;
  readonly provider: ScriptedProvider;
  readonly router: Router;
  /** The recorded events, in order. */
  readonly events: readonly RouterEvent[];
  /** Makes a plain chat call to `gpt-4` and lets virtual time pass until it ends. `body` is added to the request. */
  readonly ask: (body?: object, options?: CallOptions) => Promise<object>;
  /** The types of the recorded events, in order. */
  readonly types: () => readonly RouterEventType[];
  /** Ids of the deployments that were called, in order. */
  readonly served: () => readonly string[];
}

const callEvents: readonly RouterEventType[] = [
  "request_started",
  "request_succeeded",
  "request_failed",
  "attempt_started",
  "attempt_succeeded",
  "attempt_failed",
  "attempt_aborted",
  "fallback",
];

/**
 * Creates a router for a test. `create` calls `createRouter` with the defaults and whatever the test is about:
 * `routerHarness((defaults) => createRouter({ ...defaults, modelList: [deploymentOptions("a")] }))`.
 */
export function routerHarness<Router extends HarnessedRouter>(
  create: (defaults: HarnessDefaults) => Router,
  { events: recorded = callEvents, seed = 1 }: HarnessOptions = {},
): Harness<Router> {
  const clock = new VirtualClock();
  const provider = scriptedProvider({ clock });
  const events: RouterEvent[] = [];
  const recorder: Callback = {
    name: "recorder",
    events: recorded,
    on: (event) => {
      events.push(event);
    },
  };
  const random = seededRandom(seed);
  const router = create({ providers: [provider], clock, random, retryBudget: false, callbacks: [recorder] });
  const messages = [{ role: "user", content: "hi" }] as readonly unknown[] as readonly never[];
  return {
    clock,
    provider,
    router,
    events,
    ask: (body = {}, options = {}) => clock.until(router.completion({ model: "gpt-4", messages, ...body }, options)),
    types: () => events.map(({ type }) => type),
    served: () => provider.calls.map(({ deploymentId }) => deploymentId),
  };
}
