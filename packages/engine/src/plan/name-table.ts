import type { ConfigWarning, RouterConfig } from "@modelyard/core";
import { didYouMean, invalidOption, type ModelListing } from "@modelyard/core/kit";
import type { GroupRuntime } from "./group-runtime.js";
import { Wildcard } from "./wildcard.js";

/** The group that a name resolved to. */
export interface ResolvedName {
  readonly group: GroupRuntime;
  /** The parts of the name that the `*`s of a pattern matched, or `undefined` if the name did not match a pattern. */
  readonly captures: readonly string[] | undefined;
}

interface Pattern {
  readonly group: GroupRuntime;
  readonly wildcard: Wildcard;
}

export interface NameTableInput {
  readonly groups: ReadonlyMap<string, GroupRuntime>;
  /** Routing groups, which combine several groups under one name. */
  readonly unions: ReadonlyMap<string, GroupRuntime>;
  readonly byId: ReadonlyMap<string, GroupRuntime>;
  readonly aliases: Aliases;
}

type Aliases = NonNullable<RouterConfig["modelGroupAlias"]>;

/** Limit for names that are matched against patterns. Vendors' names are far shorter. */
const longestName = 512;

/** The names that callers may use: groups, aliases, deployment ids and patterns. Built once per configuration. */
export class NameTable {
  readonly #exact = new Map<string, ResolvedName>();
  readonly #groups: ReadonlyMap<string, GroupRuntime>;
  readonly #patterns: readonly Pattern[];
  readonly #listing: readonly ModelListing[];
  /** The final target of each alias: a group, or a name that a pattern matches. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Warnings about the aliases. */
  readonly warnings: readonly ConfigWarning[];

  constructor({ groups, unions, byId, aliases }: NameTableInput) {
    this.#groups = groups;
    // If a deployment's model is a pattern, its id alone does not determine the model.
    for (const [id, group] of byId) if (!needsName(group)) this.#exact.set(id, { group, captures: undefined });
    for (const [name, group] of unions) this.#exact.set(name, { group, captures: undefined });
    for (const group of groups.values()) {
      if (needsName(group)) this.#exact.delete(group.name);
      else this.#exact.set(group.name, { group, captures: undefined });
    }
    this.#patterns = [...groups.values()]
      .filter((group) => group.name.includes("*"))
      .map((group) => ({ group, wildcard: new Wildcard(group.name) }))
      .toSorted(
        (left, right) =>
          right.wildcard.literals - left.wildcard.literals || right.group.name.length - left.group.name.length,
      );
    const listing = [...groups.values(), ...unions.values()].map((group) => listingOf(group.name, group, false));
    const warnings: ConfigWarning[] = [];
    const ends = new Map<string, string>();
    const targets: Record<string, string> = {};
    const resolved = new Map<string, ResolvedName>();
    for (const [name, value] of Object.entries(aliases)) {
      const path = ["modelGroupAlias", name];
      if (groups.has(name)) {
        warnings.push({ path, kind: "hidden_name", message: "a model group has the same name and wins." });
        continue;
      }
      if (unions.has(name))
        warnings.push({ path, kind: "hidden_name", message: "it replaces the routing group of the same name." });
      const target = follow(name, aliases, groups, ends);
      const found = this.resolve(target);
      if (found === undefined) {
        const why = groups.has(target)
          ? "which covers many models: name one of them."
          : `but there is no such model group.${didYouMean(target, groups.keys())}`;
        warnings.push({ path, kind: "unknown_group", message: `it points to "${target}", ${why}` });
        continue;
      }
      resolved.set(name, found);
      targets[name] = target;
      if (typeof value === "string" || value.hidden !== true) listing.push(listingOf(name, found.group, true));
    }
    for (const [name, found] of resolved) this.#exact.set(name, found);
    this.#listing = listing;
    this.aliases = targets;
    this.warnings = warnings;
  }

  /** Resolves a name. Groups, aliases and ids win over patterns, and of several patterns the most specific one wins. */
  resolve(name: string): ResolvedName | undefined {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    if (name.length > longestName || name.includes("*")) return undefined;
    for (const { group, wildcard } of this.#patterns) {
      const captures = wildcard.match(name);
      if (captures !== undefined) return { group, captures };
    }
    return undefined;
  }

  /** Whether a name exists, where a pattern as it is written counts as a name too. */
  knows(name: string): boolean {
    return this.#groups.has(name) || this.resolve(name) !== undefined;
  }

  listing(): readonly ModelListing[] {
    return this.#listing;
  }

  /**
   * The listing of a name. Names that match a pattern have one although they are not listed; hidden names and ids do
   * not.
   */
  listed(name: string): ModelListing | undefined {
    const own = this.#listing.find((entry) => entry.id === name);
    if (own !== undefined || this.#exact.has(name)) return own;
    const covering = this.resolve(name)?.group;
    return covering === undefined ? undefined : listingOf(name, covering, false);
  }

  names(): readonly string[] {
    return this.#listing.map((entry) => entry.id);
  }
}

/** Whether the vendor's model depends on the requested name. */
function needsName(group: GroupRuntime): boolean {
  return group.runtimes.some((runtime) => runtime.deployment.model.includes("*"));
}

function listingOf(id: string, group: GroupRuntime, alias: boolean): ModelListing {
  return {
    id,
    group: group.name,
    alias,
    wildcard: !alias && group.name.includes("*"),
    deployments: group.runtimes.length,
  };
}

/** @throws `invalid_option` for aliases that point back to themselves */
export function checkAliases(aliases: Aliases, groups: { has(name: string): boolean }): void {
  const ends = new Map<string, string>();
  for (const name of Object.keys(aliases)) follow(name, aliases, groups, ends);
}

/**
 * Follows a chain of aliases to its end. A group ends the chain, even if an alias has the same name.
 * @param ends - the ends that are known already, so that a chain of a thousand aliases is followed only once
 */
function follow(
  name: string,
  aliases: Aliases,
  groups: { has(name: string): boolean },
  ends: Map<string, string>,
): string {
  const passed = new Set([name]);
  let at = name;
  for (;;) {
    const value = ends.has(at) || !Object.hasOwn(aliases, at) || groups.has(at) ? undefined : aliases[at];
    if (value === undefined) {
      const end = ends.get(at) ?? at;
      for (const alias of passed) ends.set(alias, end);
      return end;
    }
    at = typeof value === "string" ? value : value.model;
    if (passed.has(at)) {
      throw invalidOption(
        `modelGroupAlias.${name}`,
        `this alias points back to itself: ${[...passed, at].join(" -> ")}.`,
        "Point it to a model group.",
      );
    }
    passed.add(at);
  }
}
