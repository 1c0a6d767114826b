import { type CallOptions, type ChatCompletion, type RouterError, seededRandom } from "@modelyard/core";
import { formatWarning } from "@modelyard/core/kit";
import { anthropic as realAnthropic } from "@modelyard/providers-anthropic";
import { azure as realAzure, openai as realOpenAI } from "@modelyard/providers-openai";
import { type CreateRouterOptions, createRouter, type Routed, type Router } from "@modelyard/router";
import { failure, type ProviderBehavior, type ScriptedProvider, VirtualClock } from "@modelyard/testing";
import { standIn } from "./stand-in.js";
import type { YamlRouter } from "../../src/from-yaml-options.js";
import { routerFromYaml } from "../../src/router-from-yaml.js";

type Vendor = "openai" | "azure" | "anthropic";

/** A router with scripted vendors on a virtual clock, on which the guide's examples run. */
export interface GuideHarness {
  readonly clock: VirtualClock;
  readonly openai: ScriptedProvider;
  readonly azure: ScriptedProvider;
  readonly anthropic: ScriptedProvider;
  readonly router: Router;
  readonly warnings: readonly string[];
  /** Makes a chat call and lets virtual time pass until it ends. */
  ask(model: string, options?: CallOptions): Promise<Routed<ChatCompletion>>;
  /** Like `ask`, but no virtual time passes: for tests with real waits, such as for Redis. */
  askNow(model: string): Promise<Routed<ChatCompletion>>;
  /** Like `ask`, for a call that fails. @returns its error */
  refusal(model: string, options?: CallOptions): Promise<RouterError>;
  /** `vendor/model` of every call so far, in order. */
  calls(): readonly string[];
  /** When the calls were made, in milliseconds after the first one. */
  times(): readonly number[];
  /** Empties the list of calls. */
  forget(): void;
  close(): Promise<void>;
}

/** The environment variables that the guide's files name. */
export const variables: Readonly<Record<string, string>> = {
  AZURE_API_KEY: "azure-key",
  OPENAI_API_KEY: "openai-key",
  ANTHROPIC_API_KEY: "anthropic-key",
};

type Scripts = Partial<Readonly<Record<`${Vendor}/${string}`, readonly ProviderBehavior[]>>>;

function vendors(clock: VirtualClock, scripts: Scripts) {
  const openai = standIn(realOpenAI(), clock);
  const azure = standIn(realAzure(), clock);
  const anthropic = standIn(realAnthropic(), clock);
  const all = { openai, azure, anthropic };
  for (const [name, behaviors] of Object.entries(scripts)) {
    const [vendor, model] = name.split("/") as [Vendor, string];
    all[vendor].script(model, ...(behaviors ?? []));
  }
  return all;
}

function createHarness(
  clock: VirtualClock,
  made: ReturnType<typeof vendors>,
  router: Router,
  warnings: readonly string[],
  close: () => Promise<void>,
): GuideHarness {
  const { openai, azure, anthropic } = made;
  const calls = () =>
    [openai, azure, anthropic].flatMap((vendor) => vendor.calls).toSorted((left, right) => left.at - right.at);
  const messages = [{ role: "user", content: "Hello" }] as const;
  const ask = (model: string, options?: CallOptions): Promise<Routed<ChatCompletion>> =>
    clock.until(router.completion({ model, messages }, options));
  return {
    clock,
    openai,
    azure,
    anthropic,
    router,
    warnings,
    ask,
    askNow: (model) => router.completion({ model, messages }),
    refusal: (model, options) => failure(ask(model, options)),
    calls: () => calls().map(({ call }) => `${call.deployment.provider}/${call.model}`),
    times: () => calls().map(({ at }) => at - (calls()[0]?.at ?? 0)),
    forget: () => {
      for (const vendor of [openai, azure, anthropic]) (vendor.calls as unknown[]).length = 0;
    },
    close,
  };
}

/** A harness whose router is created from options, as the TypeScript version of the guide's Python snippet. */
export function fromOptions(options: Omit<CreateRouterOptions, "providers">, scripts: Scripts = {}): GuideHarness {
  const clock = new VirtualClock();
  const made = vendors(clock, scripts);
  const router = createRouter({
    ...options,
    providers: [made.openai, made.azure, made.anthropic],
    clock,
    random: seededRandom(7),
  });
  return createHarness(clock, made, router, router.warnings.map(formatWarning), () => router.close());
}

/** A harness whose router is created from a configuration file of the guide. */
export async function fromYaml(
  text: string,
  scripts: Scripts = {},
  env: Readonly<Record<string, string>> = variables,
): Promise<GuideHarness> {
  const clock = new VirtualClock();
  const made = vendors(clock, scripts);
  const yaml: YamlRouter = await routerFromYaml(text, {
    env,
    providers: [made.openai, made.azure, made.anthropic],
    router: { clock, random: seededRandom(7) },
  });
  return createHarness(clock, made, yaml.router, yaml.warnings, () => yaml.close());
}

/** The same configuration in both forms, for `describe.each`: functions that start a harness. */
export function both(
  options: Omit<CreateRouterOptions, "providers">,
  text: string,
): readonly (readonly ["TypeScript" | "YAML", (scripts?: Scripts) => Promise<GuideHarness>])[] {
  return [
    ["TypeScript", (scripts) => Promise.resolve(fromOptions(options, scripts))],
    ["YAML", (scripts) => fromYaml(text, scripts)],
  ];
}

/** How often each value occurs. */
export function tally(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
