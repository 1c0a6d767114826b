import { didYouMean, type FallbackEntry, longestWaitMs, type RouterConfig } from "@modelyard/core";
import { fallbackName, type FallbackLists } from "@modelyard/policies";
import type { GroupRuntime } from "./group-runtime.js";
import type { NameTable } from "./name-table.js";

interface Compiled {
  readonly config: RouterConfig;
  readonly names: NameTable;
  readonly fallbacks: FallbackLists;
  readonly groups: ReadonlyMap<string, GroupRuntime>;
}

/** Warnings about a configuration that works but may not do what was meant, each once. */
export function configWarnings({ config, names, fallbacks, groups }: Compiled): readonly string[] {
  return [
    ...new Set([
      ...names.warnings,
      ...danglingFallbacks(fallbacks, names, groups),
      ...unknownGroups(config, groups),
      ...longCooldowns(config),
      ...reviews(groups),
    ]),
  ];
}

function danglingFallbacks(
  lists: FallbackLists,
  names: NameTable,
  groups: ReadonlyMap<string, unknown>,
): readonly string[] {
  const known = [...groups.keys(), ...Object.keys(names.aliases)];
  const warnings: string[] = [];
  const check = (label: string, map: ReadonlyMap<string, readonly FallbackEntry[]>): void => {
    for (const [group, entries] of map) {
      if (group !== "*" && !names.knows(group))
        warnings.push(`${label}.${group}: there is no model group "${group}".${didYouMean(group, known)}`);
      for (const entry of entries) {
        const name = fallbackName(entry);
        if (names.resolve(name) === undefined)
          warnings.push(
            `${label}.${group}: there is no model group "${name}", so this fallback will be skipped.${didYouMean(name, known)}`,
          );
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
      if (!groups.has(name))
        warnings.push(`${label}.${name}: there is no model group "${name}".${didYouMean(name, groups.keys())}`);
  }
  for (const [position, names] of (config.cache?.groups ?? []).entries()) {
    for (const name of names)
      if (!groups.has(name))
        warnings.push(
          `cache.groups[${String(position)}]: there is no model group "${name}".${didYouMean(name, groups.keys())}`,
        );
  }
  return warnings;
}

function longCooldowns({ cooldownMs, maxCooldownMs, groups = {}, modelList }: RouterConfig): readonly string[] {
  const written: readonly (readonly [path: string, ms: number | undefined])[] = [
    ["cooldownMs", cooldownMs],
    ["maxCooldownMs", maxCooldownMs],
    ...Object.entries(groups).map(([name, group]) => [`groups.${name}.cooldownMs`, group.cooldownMs] as const),
    ...modelList.map((entry, position) => [`modelList[${String(position)}].cooldownMs`, entry.cooldownMs] as const),
  ];
  return written
    .filter(([, ms]) => ms !== undefined && ms > longestWaitMs)
    .map(([path, ms]) => `${path}: ${String(ms)} ms is longer than a day, so one day is used.`);
}

function reviews(groups: ReadonlyMap<string, GroupRuntime>): readonly string[] {
  return [...groups.values()].flatMap(({ name, strategy, members }) => {
    try {
      const sentences = strategy.review?.(members.map((member) => member.deployment)) ?? [];
      return sentences.map((sentence) => `${name} (${strategy.name}): ${sentence}`);
    } catch (cause) {
      return [`${name} (${strategy.name}): the strategy's review() threw: ${String(cause)}`];
    }
  });
}
