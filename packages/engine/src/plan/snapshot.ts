import type { ConfigWarning, CooldownPolicy, ModelCatalog, Provider, RouterConfig, Strategy } from "@modelyard/core";
import { didYouMean } from "@modelyard/core/kit";
import { type ResolvedConfig, resolveConfig } from "@modelyard/core/settings";
import { compileFallbacks, fallbackName, type FallbackLists, fallbacksFor } from "@modelyard/policies";
import { Accounts } from "./accounts.js";
import { type Ceiling, ceilingsOf } from "./ceilings.js";
import type { DeploymentRuntime } from "./deployment-runtime.js";
import { Affinity } from "../affinity/affinity.js";
import { affinityOf, GroupRuntime } from "./group-runtime.js";
import { applySharedCooldown } from "./shared-cooldowns.js";
import type { SharedParts } from "../shared/shared-view.js";
import { compileDeployments, compileRuntimes } from "./compile-runtimes.js";
import { configWarnings } from "./config-warnings.js";
import { ConcreteFacts } from "./model-facts.js";
import { checkAliases, NameTable } from "./name-table.js";

/** A compiled configuration. A changed configuration makes a new snapshot, and running calls keep theirs. */
export interface Snapshot {
  readonly config: ResolvedConfig;
  /** The configuration without defaults: settings that are not in it have their default value. */
  readonly written: RouterConfig;
  readonly ceilings: readonly Ceiling[];
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  readonly runtimes: readonly DeploymentRuntime[];
  readonly names: NameTable;
  readonly fallbacks: FallbackLists;
  /** The accounts at vendors, which decide where a request that refers to something stored may go. */
  readonly accounts: Accounts;
  readonly strategies: ReadonlySet<Strategy>;
  /** Prices, context windows and capabilities of the models that patterns stand for. */
  readonly facts: ConcreteFacts;
  readonly warnings: readonly ConfigWarning[];
  /** Where sessions are. `undefined`: no group keeps them at their deployments. */
  readonly affinity: Affinity | undefined;
  /** Whether a group has a fallback to deployments other than its own. */
  readonly hasFallback: (requestedModel: string, group: GroupRuntime) => boolean;
  /** Called when the health of a deployment changes, so that its groups check their deployments again. */
  readonly trouble: (runtime: DeploymentRuntime) => void;
  /** Applies a cooldown that another process started. @returns the new cooldown, or `undefined` if nothing changed */
  readonly applySharedCooldown: SharedParts["applySharedCooldown"];
}

export interface SnapshotInput {
  readonly config: RouterConfig;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly catalog: ModelCatalog | undefined;
  readonly cooldown: CooldownPolicy;
  readonly strategy: Strategy;
  readonly groupStrategies: Readonly<Record<string, Strategy>>;
  /** The current snapshot, from which deployments with the same id keep their state. */
  readonly previous: Snapshot | undefined;
}

/**
 * Compiles a configuration.
 * @throws `invalid_option`, in which case no running state has changed
 */
export function compileSnapshot(input: SnapshotInput): Snapshot {
  // The closures below live as long as the snapshot. They must not capture `input`, which would keep all previous
  // snapshots.
  const { config: written, strategy, groupStrategies } = input;
  const config = resolveConfig(written);
  const deployments = compileDeployments({ ...input, config });
  const fallbacks = compileLists(config);
  checkAliases(config.modelGroupAlias ?? {}, new Set(deployments.map((deployment) => deployment.group)));
  // Nothing below may throw, because running state is changed from here on.
  const runtimes = compileRuntimes(deployments, { ...input, config }, input.previous?.runtimes ?? []);
  const makeGroup = (name: string, list: readonly DeploymentRuntime[]): GroupRuntime =>
    new GroupRuntime(
      name,
      list,
      groupStrategies[name] ?? strategy,
      config.groups?.[name] ?? {},
      config.groups?.[name]?.retryPolicy ?? config.modelGroupRetryPolicy?.[name] ?? config.retryPolicy,
      affinityOf(config.groups?.[name]?.affinity ?? config.affinity),
    );
  const groups = new Map<string, GroupRuntime>();
  for (const [name, list] of byGroup(runtimes)) {
    const group = makeGroup(name, list);
    groups.set(name, group);
  }
  const byId = new Map(
    runtimes.map((runtime) => [runtime.deployment.id, makeGroup(runtime.deployment.group, [runtime])]),
  );
  const unions = unionsOf(config.routingGroups ?? {}, groups, makeGroup);
  const names = new NameTable({ groups, unions: unions.groups, byId, aliases: config.modelGroupAlias ?? {} });
  const all = [...groups.values(), ...unions.groups.values()];
  const affinity = all.some((group) => group.affinity !== undefined)
    ? (input.previous?.affinity ?? new Affinity(config.affinityTtlMs))
    : undefined;
  affinity?.configure(config.affinityTtlMs, runtimes);
  const snapshot: Snapshot = {
    config,
    affinity,
    written,
    ceilings: ceilingsOf(written),
    groups,
    runtimes,
    names,
    fallbacks,
    accounts: new Accounts(runtimes),
    facts: new ConcreteFacts(input.catalog, input.providers),
    strategies: new Set(all.map((group) => group.strategy)),
    warnings: [
      ...unions.warnings,
      ...configWarnings({ config, names, fallbacks, groups, ids: deployments.map(({ id }) => id) }),
    ],
    hasFallback: (requestedModel, group) =>
      fallbacksFor(fallbacks, [requestedModel, group.name], "internal_server").entries.some((entry) => {
        const others = names.resolve(fallbackName(entry))?.group.runtimes ?? [];
        return others.some((runtime) => !group.runtimes.includes(runtime));
      }),
    trouble: (runtime) => {
      const { id, group: own } = runtime.deployment;
      for (const group of [groups.get(own), byId.get(id)]) if (group !== undefined) group.troubled = true;
      for (const union of unions.groups.values()) if (union.runtimes.includes(runtime)) union.troubled = true;
    },
    applySharedCooldown: (cooldown, now) => applySharedCooldown(snapshot, cooldown, now),
  };
  return snapshot;
}

function byGroup(runtimes: readonly DeploymentRuntime[]): ReadonlyMap<string, readonly DeploymentRuntime[]> {
  const lists = new Map<string, DeploymentRuntime[]>();
  for (const runtime of runtimes) {
    const list = lists.get(runtime.deployment.group);
    if (list === undefined) lists.set(runtime.deployment.group, [runtime]);
    else list.push(runtime);
  }
  return lists;
}

interface Unions {
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Compiles routing groups. A model group with the same name wins. Deployments whose model is a pattern are not
 * included.
 */
function unionsOf(
  routingGroups: NonNullable<RouterConfig["routingGroups"]>,
  groups: ReadonlyMap<string, GroupRuntime>,
  makeGroup: (name: string, list: readonly DeploymentRuntime[]) => GroupRuntime,
): Unions {
  const unions = new Map<string, GroupRuntime>();
  const warnings: ConfigWarning[] = [];
  for (const [name, models] of Object.entries(routingGroups)) {
    const path = ["routingGroups", name];
    for (const model of models)
      if (!groups.has(model))
        warnings.push({
          path,
          kind: "unknown_group",
          message: `there is no model group "${model}", so it is skipped.${didYouMean(model, groups.keys())}`,
        });
    if (groups.has(name)) {
      warnings.push({ path, kind: "hidden_name", message: "a model group has the same name and wins." });
      continue;
    }
    const runtimes = models
      .flatMap((model) => groups.get(model)?.runtimes ?? [])
      .filter((runtime) => !runtime.deployment.model.includes("*"));
    if (runtimes.length > 0) unions.set(name, makeGroup(name, [...new Set(runtimes)]));
  }
  return { groups: unions, warnings };
}

/** Compiles the fallback lists. `defaultFallbacks` become the entry `*` of the general list, unless it has one. */
export function compileLists(config: RouterConfig): FallbackLists {
  const general = compileFallbacks(config.fallbacks);
  if (config.defaultFallbacks !== undefined && config.defaultFallbacks.length > 0 && !general.has("*")) {
    general.set("*", config.defaultFallbacks);
  }
  const contextWindow = compileFallbacks(config.contextWindowFallbacks);
  const contentPolicy = compileFallbacks(config.contentPolicyFallbacks);
  return { general, contextWindow, contentPolicy };
}
