import {
  type CallOptions,
  type Deployment,
  type FallbackEntry,
  invalidOption,
  type ModelCatalogue,
  type Provider,
  type RouterConfig,
  type Strategy,
} from "@modelyard/core";
import {
  compileFallbacks,
  type CooldownRules,
  DeploymentHealth,
  DeploymentLimits,
  fallbackName,
  type FallbackLists,
  hasFallback,
  plainTimeouts,
  streamTimeouts,
  type TimeoutSource,
} from "@modelyard/policies";
import { entryOptions } from "../request/control-fields.js";
import { DeploymentRuntime } from "../state/deployment-runtime.js";
import { GroupRuntime } from "../state/group-runtime.js";
import { compileDeployment } from "./compile-deployment.js";
import { NameTable } from "./name-table.js";

/** Everything that a configuration says, ready to be used. A change makes a new one; running calls keep theirs. */
export interface Snapshot {
  readonly config: RouterConfig;
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  readonly members: readonly DeploymentRuntime[];
  readonly names: NameTable;
  readonly fallbacks: FallbackLists;
  readonly strategies: ReadonlySet<Strategy>;
  readonly warnings: readonly string[];
  /** Whether a group that fails has somewhere to go. */
  readonly hasFallback: (requestedModel: string, group: string) => boolean;
  /** Some state of this deployment changed: its groups must look at their members again. */
  readonly trouble: (runtime: DeploymentRuntime) => void;
}

export interface SnapshotInput {
  readonly config: RouterConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalogue: ModelCatalogue | undefined;
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
  /** What runs now: deployments with the same id keep their state. */
  readonly previous: Snapshot | undefined;
}

export function compileSnapshot(input: SnapshotInput): Snapshot {
  const { config } = input;
  const members = compileMembers(input);
  const groups = new Map<string, GroupRuntime>();
  const strategyOf = (name: string): Strategy => input.groupStrategies[name] ?? input.strategy;
  const makeGroup = (name: string, list: readonly DeploymentRuntime[]): GroupRuntime =>
    new GroupRuntime(
      name,
      list,
      strategyOf(name),
      config.groups?.[name] ?? {},
      config.groups?.[name]?.retryPolicy ?? config.modelGroupRetryPolicy?.[name] ?? config.retryPolicy,
    );
  const byGroup = new Map<string, DeploymentRuntime[]>();
  for (const member of members) {
    const list = byGroup.get(member.deployment.group);
    if (list === undefined) byGroup.set(member.deployment.group, [member]);
    else list.push(member);
  }
  for (const [name, list] of byGroup) groups.set(name, makeGroup(name, list));
  const byId = new Map(members.map((member) => [member.deployment.id, makeGroup(member.deployment.group, [member])]));
  const names = new NameTable(groups, byId, config.modelGroupAlias ?? {});
  const fallbacks = compileLists(config);
  return {
    config,
    groups,
    members,
    names,
    fallbacks,
    strategies: new Set([...groups.values()].map((group) => group.strategy)),
    warnings: [
      ...names.warnings,
      ...danglingFallbacks(fallbacks, names),
      ...unknownGroups(config, groups),
      ...reviews(groups),
    ],
    hasFallback: (requestedModel, group) => hasFallback(fallbacks, [requestedModel, group]),
    trouble: ({ deployment }) => {
      for (const group of [groups.get(deployment.group), byId.get(deployment.id)])
        if (group !== undefined) group.troubled = true;
    },
  };
}

function compileLists(config: RouterConfig): FallbackLists {
  const general = compileFallbacks(config.fallbacks);
  if (config.defaultFallbacks !== undefined && config.defaultFallbacks.length > 0 && !general.has("*")) {
    general.set("*", config.defaultFallbacks);
  }
  const contextWindow = compileFallbacks(config.contextWindowFallbacks);
  const contentPolicy = compileFallbacks(config.contentPolicyFallbacks);
  checkEntries("fallbacks", general);
  checkEntries("contextWindowFallbacks", contextWindow);
  checkEntries("contentPolicyFallbacks", contentPolicy);
  return { general, contextWindow, contentPolicy };
}

/** @throws `invalid_option` for fields that no fallback may set, or that cannot be read */
function checkEntries(label: string, map: ReadonlyMap<string, readonly FallbackEntry[]>): void {
  for (const [group, entries] of map) {
    for (const [position, entry] of entries.entries()) {
      if (typeof entry === "string") continue;
      const path = `${label}.${group}[${String(position)}]`;
      let options: CallOptions | undefined;
      try {
        options = entryOptions(entry);
      } catch (cause) {
        throw invalidOption(path, cause instanceof Error ? cause.message : "it cannot be read.", "Correct it.");
      }
      if (options?.clientAuth !== undefined)
        throw invalidOption(path, "a fallback brings no key and no address.", "Put them into the model list.");
    }
  }
}

function compileMembers(input: SnapshotInput): readonly DeploymentRuntime[] {
  const { config, previous, providers } = input;
  const kept = new Map(previous?.members.map((member) => [member.deployment.id, member]));
  const deployments = uniqueIds(
    config.modelList.map((options, position) =>
      compileDeployment({
        options,
        path: `modelList[${String(position)}]`,
        config,
        providers,
        catalogue: input.catalogue,
      }),
    ),
    config,
  );
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
  return deployments.map((deployment, position) => {
    const provider = providers.get(deployment.provider) as Provider;
    const problems = provider.validate?.(deployment) ?? [];
    if (problems.length > 0 && deployment.mockResponse === undefined) {
      throw invalidOption(`modelList[${String(position)}]`, problems.join(" "), "");
    }
    const before = kept.get(deployment.id);
    const own = config.modelList[position];
    return compileRuntime({ deployment, provider, config, own, index: before?.index ?? freeIndex(), before });
  });
}

interface RuntimeInput {
  readonly deployment: Deployment;
  readonly provider: Provider;
  readonly config: RouterConfig;
  readonly own: TimeoutSource | undefined;
  readonly index: number;
  readonly before: DeploymentRuntime | undefined;
}

function compileRuntime({ deployment, provider, config, own, index, before }: RuntimeInput): DeploymentRuntime {
  const group = config.groups?.[deployment.group];
  const rules: CooldownRules = {
    allowedFails: config.allowedFails,
    allowedFailsPolicy: config.allowedFailsPolicy,
    cooldownMs: group?.cooldownMs ?? config.cooldownMs ?? 5_000,
    slowStartMs: config.slowStartMs ?? 10_000,
    disabled: config.disableCooldowns === true,
  };
  const health = before?.health ?? new DeploymentHealth(rules, deployment.cooldownMs);
  const limits = before?.limits ?? new DeploymentLimits();
  health.configure(rules, deployment.cooldownMs);
  limits.configure({ limits: deployment.limits, algorithm: config.limitAlgorithm ?? "window" });
  const defaults = { ...config.defaultParams, ...deployment.defaults };
  const parts = {
    deployment,
    index,
    provider,
    health,
    limits,
    plain: plainTimeouts([own, group, config]),
    streamed: streamTimeouts([own, group, config]),
    timeoutSources: [own, group, config],
    defaults: Object.keys(defaults).length === 0 ? undefined : defaults,
    dropped: [...(config.additionalDropParams ?? []), ...deployment.additionalDropParams],
    dropParams: deployment.dropParams ?? config.dropParams ?? false,
  };
  if (before === undefined) return new DeploymentRuntime(parts);
  before.configure(parts);
  return before;
}

/** Equal entries get ids of their own; an id that was written twice is a mistake. */
function uniqueIds(deployments: readonly Deployment[], config: RouterConfig): readonly Deployment[] {
  const seen = new Map<string, number>();
  return deployments.map((deployment, position) => {
    const times = (seen.get(deployment.id) ?? 0) + 1;
    seen.set(deployment.id, times);
    if (times === 1) return deployment;
    if (config.modelList[position]?.id !== undefined) {
      throw invalidOption(
        `modelList[${String(position)}].id`,
        `"${deployment.id}" was used before.`,
        "Every deployment needs an id of its own.",
      );
    }
    return Object.freeze({ ...deployment, id: `${deployment.id}-${String(times)}` });
  });
}

function danglingFallbacks(lists: FallbackLists, names: NameTable): readonly string[] {
  const warnings: string[] = [];
  const check = (label: string, map: ReadonlyMap<string, readonly FallbackEntry[]>): void => {
    for (const [group, entries] of map) {
      if (group !== "*" && !names.knows(group)) warnings.push(`${label}.${group}: it is no model group.`);
      for (const entry of entries) {
        const name = fallbackName(entry);
        if (names.resolve(name) === undefined)
          warnings.push(`${label}.${group}: "${name}" is no model group and is skipped.`);
      }
    }
  };
  check("fallbacks", lists.general);
  check("contextWindowFallbacks", lists.contextWindow);
  check("contentPolicyFallbacks", lists.contentPolicy);
  return warnings;
}

function unknownGroups(config: RouterConfig, groups: ReadonlyMap<string, GroupRuntime>): readonly string[] {
  const warnings: string[] = [];
  for (const [label, map] of [
    ["groups", config.groups],
    ["modelGroupRetryPolicy", config.modelGroupRetryPolicy],
  ] as const) {
    for (const name of Object.keys(map ?? {}))
      if (!groups.has(name)) warnings.push(`${label}.${name}: it is no model group.`);
  }
  for (const [position, names] of (config.cache?.groups ?? []).entries()) {
    for (const name of names)
      if (!groups.has(name)) warnings.push(`cache.groups[${String(position)}]: "${name}" is no model group.`);
  }
  return warnings;
}

function reviews(groups: ReadonlyMap<string, GroupRuntime>): readonly string[] {
  return [...groups.values()].flatMap((group) => {
    const sentences = group.strategy.review?.(group.members.map((member) => member.deployment)) ?? [];
    return sentences.map((sentence) => `${group.name} (${group.strategy.name}): ${sentence}`);
  });
}
