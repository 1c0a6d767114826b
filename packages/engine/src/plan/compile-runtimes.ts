import type { CooldownPolicy, Deployment, ModelCatalog, Provider, RouterConfig } from "@modelyard/core";
import { connectionSecrets, type FinishReasons, invalidOption, scrub } from "@modelyard/core/kit";
import { kindOf } from "@modelyard/core/options";
import {
  DeploymentHealth,
  DeploymentLimits,
  type HealthSettings,
  plainTimeouts,
  streamTimeouts,
  type TimeoutSource,
} from "@modelyard/policies";
import { DeploymentRuntime } from "./deployment-runtime.js";
import { Interner } from "./intern.js";
import { compileDeployment } from "./compile-deployment.js";
import { type FieldPath, parseFieldPath, type ResolvedConfig } from "@modelyard/core/settings";

export interface CompileInput {
  readonly config: ResolvedConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalog: ModelCatalog | undefined;
  readonly cooldown: CooldownPolicy;
}

/**
 * Checks and compiles the deployments of a configuration, without changing any running state.
 * @throws `invalid_option` with the path in `modelList`
 */
export function compileDeployments({ config, providers, catalog }: CompileInput): readonly Deployment[] {
  const alike = new Interner();
  const deployments = uniqueIds(
    config.modelList.map((options, position) =>
      compileDeployment({ options, path: `modelList[${String(position)}]`, config, providers, catalog, alike }),
    ),
    config,
  );
  for (const [position, deployment] of deployments.entries()) {
    const problems = problemsOf(deployment, providers.get(deployment.provider));
    if (problems.length > 0 && deployment.mockResponse === undefined)
      throw invalidOption(`modelList[${String(position)}]`, problems.join(" "), "");
  }
  return deployments;
}

/** The problems that the provider finds. If `validate` itself fails, that is reported as a bug in the provider. */
function problemsOf(deployment: Deployment, provider: Provider | undefined): readonly string[] {
  const fix = `Fix validate() of the provider "${deployment.provider}".`;
  let problems: unknown;
  try {
    problems = provider?.validate?.(deployment) ?? [];
  } catch (thrown) {
    const { connection } = deployment;
    return [
      `the provider threw while validating it: ${scrub(String(thrown), connectionSecrets(connection, connection.apiKey))}.`,
      fix,
    ];
  }
  if (Array.isArray(problems) && problems.every((problem) => typeof problem === "string")) return problems;
  return [`the provider's validate() must return a list of strings, and returned ${kindOf(problems)}.`, fix];
}

const none = Object.freeze([]);

/** Creates the running state of deployments. Those with the same id as before keep their state. It never throws. */
export function compileRuntimes(
  deployments: readonly Deployment[],
  { config, providers, cooldown }: CompileInput,
  previous: readonly DeploymentRuntime[],
): readonly DeploymentRuntime[] {
  const kept = new Map(previous.map((runtime) => [runtime.deployment.id, runtime]));
  const taken = new Set<number>();
  for (const deployment of deployments) {
    const runtime = kept.get(deployment.id);
    if (runtime !== undefined) taken.add(runtime.index);
  }
  let next = 0;
  const freeIndex = (): number => {
    while (taken.has(next)) next += 1;
    taken.add(next);
    return next;
  };
  const alike = new Interner();
  return deployments.map((deployment, position) => {
    const provider = providers.get(deployment.provider) as Provider;
    const before = kept.get(deployment.id);
    const own = config.modelList[position];
    const index = before?.index ?? freeIndex();
    return compileRuntime({ deployment, provider, config, own, index, before, alike, cooldown });
  });
}

interface RuntimeInput {
  readonly deployment: Deployment;
  readonly provider: Provider;
  readonly config: ResolvedConfig;
  readonly own: TimeoutSource | undefined;
  readonly index: number;
  readonly before: DeploymentRuntime | undefined;
  readonly alike: Interner;
  readonly cooldown: CooldownPolicy;
}

function compileRuntime(input: RuntimeInput): DeploymentRuntime {
  const { deployment, provider, config, own, index, before, alike, cooldown } = input;
  const group = config.groups?.[deployment.group];
  const settings: HealthSettings = {
    allowedFails: config.allowedFails,
    allowedFailsPolicy: config.allowedFailsPolicy,
    cooldownMs: deployment.cooldownMs ?? group?.cooldownMs ?? config.cooldownMs,
    maxCooldownMs: config.maxCooldownMs,
    slowStartMs: config.slowStartMs,
    disabled: config.disableCooldowns,
  };
  const health = before?.health ?? new DeploymentHealth(cooldown, deployment, settings);
  const limits = before?.limits ?? new DeploymentLimits();
  if (before !== undefined) health.configure(settings);
  limits.configure({ limits: deployment.limits, algorithm: config.limitAlgorithm });
  const defaults = { ...config.defaultParams, ...deployment.defaults };
  const dropped = droppedFields(deployment, config);
  const parts = {
    deployment,
    index,
    provider,
    health,
    limits,
    plain: alike.of(plainTimeouts([own, group, config])),
    streamed: alike.of(streamTimeouts([own, group, config])),
    timeoutSources: [own, group, config],
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    dropped,
    omittedFields: dropped.length === 0 ? undefined : alike.of(dropped.map(({ path }) => path)),
    dropParams: deployment.dropParams ?? config.dropParams,
    finishReasons: finishReasonsOf(deployment, provider),
  };
  if (before === undefined) return new DeploymentRuntime(parts);
  before.configure(parts);
  return before;
}

function finishReasonsOf({ finishReasons }: Deployment, provider: Provider): FinishReasons | undefined {
  if (finishReasons === undefined || provider.finishReasons === undefined)
    return finishReasons ?? provider.finishReasons;
  return { ...provider.finishReasons, ...finishReasons };
}

function droppedFields(deployment: Deployment, config: RouterConfig): readonly FieldPath[] {
  const paths = [...(config.additionalDropParams ?? []), ...deployment.additionalDropParams];
  return paths.length === 0 ? none : paths.map((path) => parseFieldPath(path, "additionalDropParams"));
}

/** Gives identical entries distinct ids. A duplicate id in the configuration is an error. */
function uniqueIds(deployments: readonly Deployment[], config: RouterConfig): readonly Deployment[] {
  const seen = new Map<string, number>();
  return deployments.map((deployment, position) => {
    const times = (seen.get(deployment.id) ?? 0) + 1;
    seen.set(deployment.id, times);
    if (times === 1) return deployment;
    if (config.modelList[position]?.id !== undefined) {
      throw invalidOption(
        `modelList[${String(position)}].id`,
        `duplicate id "${deployment.id}".`,
        "Every deployment needs a unique id.",
      );
    }
    return Object.freeze({ ...deployment, id: `${deployment.id}-${String(times)}` });
  });
}
