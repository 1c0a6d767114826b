import type { DeploymentOptions, FallbackEntry, GroupOptions } from "@modelyard/core";
import type { CreateRouterOptions } from "./options.js";

/** `openai/*` as the names it covers. */
export type Spelled<Name extends string> = Name extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Spelled<Tail>}`
  : Name;

/** An alias, or a fallback, that leads to a name the router knows. */
type NamedAlias<Name extends string> = Name | { readonly model: Name; readonly hidden?: boolean };
type NamedEntry<Name extends string> = Name | (Exclude<FallbackEntry, string> & { readonly model: Name });
type NamedMap<Name extends string> = { readonly [From in Name | "*"]?: readonly NamedEntry<Name>[] };
type NamedFallbacks<Name extends string> = NamedMap<Name> | readonly NamedMap<Name>[];

/** The options that name groups. */
interface NamedLists<Name extends string> {
  readonly groups?: { readonly [Group in Name]?: GroupOptions };
  readonly fallbacks?: NamedFallbacks<Name>;
  readonly contextWindowFallbacks?: NamedFallbacks<Name>;
  readonly contentPolicyFallbacks?: NamedFallbacks<Name>;
  readonly defaultFallbacks?: readonly NamedEntry<Name>[];
}

/** The names a router answers to, and its patterns as they are written. */
type KnownName<Group extends string, Id extends string, Alias extends string, Several extends string> = NoInfer<
  Group | Spelled<Group> | Id | Alias | Several
>;

/**
 * The options of a router again, with a place for each kind of name. Misspelled options are errors, and so are fallbacks,
 * aliases and groups that name what the list of models does not have, as far as its names are literals.
 */
export interface NamingOptions<Group extends string, Id extends string, Alias extends string, Several extends string>
  extends
    Omit<CreateRouterOptions, "modelList" | "modelGroupAlias" | "routingGroups" | keyof NamedLists<string>>,
    NamedLists<KnownName<Group, Id, Alias, Several>> {
  readonly modelList: readonly (Omit<DeploymentOptions, "modelName" | "id"> & {
    readonly modelName: Group;
    readonly id?: Id;
  })[];
  readonly modelGroupAlias?: Readonly<Record<Alias, NamedAlias<KnownName<Group, Id, Alias, Several>>>>;
  readonly routingGroups?: Readonly<Record<Several, readonly KnownName<Group, Id, Alias, Several>[]>>;
}
