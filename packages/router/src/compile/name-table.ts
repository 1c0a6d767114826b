import { escapeRegExp, type ModelListing, type RouterConfig } from "@modelyard/core";
import type { GroupRuntime } from "../state/group-runtime.js";

/** What a name led to. */
export interface ResolvedName {
  readonly group: GroupRuntime;
  /** What the `*`s of a pattern stand for; `undefined`: the name is no pattern's. */
  readonly captures: readonly string[] | undefined;
}

interface Pattern {
  readonly group: GroupRuntime;
  readonly expression: RegExp;
  readonly literals: number;
}

/** Names callers may use: groups, aliases, deployment ids, patterns. Compiled once per configuration. */
export class NameTable {
  readonly #exact = new Map<string, ResolvedName>();
  readonly #patterns: readonly Pattern[];
  readonly #listing: readonly ModelListing[];
  readonly aliases: Readonly<Record<string, string>>;
  /** What is odd about the aliases, for people. */
  readonly warnings: readonly string[];

  constructor(
    groups: ReadonlyMap<string, GroupRuntime>,
    byId: ReadonlyMap<string, GroupRuntime>,
    aliases: NonNullable<RouterConfig["modelGroupAlias"]>,
  ) {
    const warnings: string[] = [];
    for (const [id, group] of byId) this.#exact.set(id, { group, captures: undefined });
    const listing: ModelListing[] = [];
    const targets: Record<string, string> = {};
    const entry = (id: string, group: GroupRuntime, alias: boolean): ModelListing => ({
      id,
      group: group.name,
      alias,
      wildcard: group.name.includes("*"),
      deployments: group.members.length,
    });
    for (const group of groups.values()) listing.push(entry(group.name, group, false));
    for (const [name, value] of Object.entries(aliases)) {
      const target = typeof value === "string" ? value : value.model;
      const group = groups.get(target);
      if (groups.has(name)) warnings.push(`modelGroupAlias.${name}: a model group has the same name and wins.`);
      else if (group === undefined)
        warnings.push(`modelGroupAlias.${name}: it leads to "${target}", which is no model group.`);
      else {
        this.#exact.set(name, { group, captures: undefined });
        targets[name] = target;
        if (typeof value === "string" || value.hidden !== true) listing.push(entry(name, group, true));
      }
    }
    for (const group of groups.values()) this.#exact.set(group.name, { group, captures: undefined });
    this.#patterns = [...groups.values()]
      .filter((group) => group.name.includes("*"))
      .map((group) => ({
        group,
        expression: toExpression(group.name),
        literals: group.name.replaceAll("*", "").length,
      }))
      .toSorted((left, right) => right.literals - left.literals || right.group.name.length - left.group.name.length);
    this.#listing = listing;
    this.aliases = targets;
    this.warnings = warnings;
  }

  /** Groups, aliases and ids before patterns; among patterns the most specific one. */
  resolve(name: string): ResolvedName | undefined {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    for (const { group, expression } of this.#patterns) {
      const match = expression.exec(name);
      if (match !== null) return { group, captures: match.slice(1) };
    }
    return undefined;
  }

  listing(): readonly ModelListing[] {
    return this.#listing;
  }

  names(): readonly string[] {
    return this.#listing.map((entry) => entry.id);
  }
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split("*").map(escapeRegExp);
  return new RegExp(`^${parts.join("(.*)")}$`, "su");
}

/** The vendor's model for a name that a pattern covers: each `*` is replaced by what it stood for. */
export function concreteModel(model: string, captures: readonly string[] | undefined): string {
  if (captures === undefined || !model.includes("*")) return model;
  let position = 0;
  return model.replaceAll("*", () => {
    const capture = captures[Math.min(position, captures.length - 1)] ?? "";
    position += 1;
    return capture;
  });
}
