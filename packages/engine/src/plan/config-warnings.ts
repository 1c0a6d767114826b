import type { ConfigWarning, RouterConfig } from "@modelyard/core";
import { didYouMean, type FallbackEntry, formatWarning, longestWaitMs, type OptionPath } from "@modelyard/core/kit";
import { fallbackName, type FallbackLists } from "@modelyard/policies";
import type { GroupRuntime } from "./group-runtime.js";
import type { NameTable } from "./name-table.js";

interface Compiled {
  readonly config: RouterConfig;
  readonly names: NameTable;
  readonly fallbacks: FallbackLists;
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  /** The ids of all deployments, in the order of the model list. */
  readonly ids: readonly string[];
}

/** Warnings about a configuration that works but may not do what was intended, without duplicates. */
export function configWarnings({ config, names, fallbacks, groups, ids }: Compiled): readonly ConfigWarning[] {
  const all = [
    ...names.warnings,
    ...danglingFallbacks(fallbacks, names, groups),
    ...unknownGroups(config, groups),
    ...longCooldowns(config),
    ...lateDeployments(groups, ids),
    ...reviews(groups, ids),
  ];
  return [...new Map(all.map((warning) => [formatWarning(warning), warning])).values()];
}

function danglingFallbacks(
  lists: FallbackLists,
  names: NameTable,
  groups: ReadonlyMap<string, unknown>,
): readonly ConfigWarning[] {
  const known = [...groups.keys(), ...Object.keys(names.aliases)];
  const warnings: ConfigWarning[] = [];
  const check = (option: string, map: ReadonlyMap<string, readonly FallbackEntry[]>): void => {
    for (const [group, entries] of map) {
      const path = [option, group];
      if (group !== "*" && !names.knows(group)) warnings.push(unknownGroup(path, group, known));
      for (const entry of entries) {
        const name = fallbackName(entry);
        if (names.resolve(name) === undefined)
          warnings.push(unknownGroup(path, name, known, ", so this fallback will be skipped"));
      }
    }
  };
  check("fallbacks", lists.general);
  check("contextWindowFallbacks", lists.contextWindow);
  check("contentPolicyFallbacks", lists.contentPolicy);
  return warnings;
}

function unknownGroup(path: OptionPath, name: string, known: Iterable<string>, so = ""): ConfigWarning {
  return {
    path,
    kind: "unknown_group",
    message: `there is no model group "${name}"${so}.${didYouMean(name, known)}`,
  };
}

function unknownGroups(config: RouterConfig, groups: ReadonlyMap<string, GroupRuntime>): readonly ConfigWarning[] {
  const named = [
    ...Object.keys(config.groups ?? {}).map((name) => [["groups", name], name] as const),
    ...Object.keys(config.modelGroupRetryPolicy ?? {}).map((name) => [["modelGroupRetryPolicy", name], name] as const),
    ...(config.cache?.groups ?? []).flatMap((list, position) =>
      list.map((name) => [["cache", "groups", position], name] as const),
    ),
  ];
  return named.filter(([, name]) => !groups.has(name)).map(([path, name]) => unknownGroup(path, name, groups.keys()));
}

function longCooldowns({ cooldownMs, maxCooldownMs, groups = {}, modelList }: RouterConfig): readonly ConfigWarning[] {
  const written: readonly (readonly [path: OptionPath, ms: number | undefined])[] = [
    [["cooldownMs"], cooldownMs],
    [["maxCooldownMs"], maxCooldownMs],
    ...Object.entries(groups).map(([name, group]) => [["groups", name, "cooldownMs"], group.cooldownMs] as const),
    ...modelList.map((entry, position) => [["modelList", position, "cooldownMs"], entry.cooldownMs] as const),
  ];
  return written
    .filter(([, ms]) => ms !== undefined && ms > longestWaitMs)
    .map(([path, ms]) => ({
      path,
      kind: "long_cooldown",
      message: `${String(ms)} ms is longer than a day, so one day is used.`,
    }));
}

/**
 * Warnings about deployments without an order beside some whose orders begin above 1. A user who gives a spare deployment the order 2
 * expects the others to serve first, but they come last.
 */
function lateDeployments(groups: ReadonlyMap<string, GroupRuntime>, ids: readonly string[]): readonly ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  for (const { name, ordered, firstTier, runtimes } of groups.values()) {
    const first = firstTier[0]?.deployment.order ?? 0;
    if (!ordered || first < 2) continue;
    for (const { deployment } of runtimes)
      if (deployment.order === undefined)
        warnings.push({
          path: ["modelList", ids.indexOf(deployment.id)],
          kind: "no_order",
          message: `${name}: ${deployment.provider}/${deployment.model} has no order, so it serves after those with order ${String(first)}. Set one.`,
        });
  }
  return warnings;
}

function reviews(groups: ReadonlyMap<string, GroupRuntime>, ids: readonly string[]): readonly ConfigWarning[] {
  return [...groups.values()].flatMap(({ name, strategy, runtimes }) => {
    const about = `${name} (${strategy.name})`;
    try {
      const remarks = strategy.review?.(runtimes.map((runtime) => runtime.deployment)) ?? [];
      return remarks.map((remark) => {
        if (typeof remark === "string") return { path: [], kind: "review", message: `${about}: ${remark}` };
        const { message, kind, deploymentId } = remark;
        const position = deploymentId === undefined ? -1 : ids.indexOf(deploymentId);
        return { path: position < 0 ? [] : ["modelList", position], kind, message: `${about}: ${message}` };
      });
    } catch (cause) {
      return [{ path: [], kind: "review", message: `${about}: the strategy's review() threw: ${String(cause)}` }];
    }
  });
}
