import type { DeploymentOptions, GroupOptions } from "@modelyard/core";
import type { FallbackEntry } from "@modelyard/core/kit";
import type { CreateRouterOptions } from "./options.js";

/** A pattern, e.g. `openai/*`, as the names it covers. */
export type Spelled<Name extends string> = Name extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Spelled<Tail>}`
  : Name;

/** An alias, or a fallback, that leads to a name the router knows. */
type NamedAlias<Name extends string> = Name | { readonly model: Name; readonly hidden?: boolean };
type NamedEntry<Name extends string> = Name | (Exclude<FallbackEntry, string> & { readonly model: Name });
type NamedMap<Name extends string> = { readonly [From in Name | "*"]?: readonly NamedEntry<Name>[] };
type NamedFallbacks<Name extends string> = NamedMap<Name> | readonly NamedMap<Name>[];

/**
 * Where the compiler finds the names that options lead to; nothing is of this type, so it allows nothing itself.
 * @typeParam Target - the names
 */
type Found<Target extends string, Shape> = [Target] extends [Target] ? never : Shape;
type FoundList<Target extends string> = readonly (Target | { readonly model: Target })[];
type FoundMap<Target extends string> = Readonly<Record<string, FoundList<Target>>>;
type FoundFallbacks<Target extends string> = Found<Target, FoundMap<Target> | readonly FoundMap<Target>[]>;

/** The options that name groups. */
interface NamedLists<Name extends string, Target extends string> {
  readonly groups?: { readonly [Group in Name]?: GroupOptions };
  readonly fallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly contextWindowFallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly contentPolicyFallbacks?: NamedFallbacks<Name> | FoundFallbacks<Target>;
  readonly defaultFallbacks?: readonly NamedEntry<Name>[] | Found<Target, FoundList<Target>>;
}

/**
 * The names a router answers to, and its patterns as they are written; any name, once one that options lead to is known
 * only as a `string`.
 */
type KnownName<
  Group extends string,
  Id extends string,
  Alias extends string,
  Several extends string,
  Target extends string,
> = NoInfer<string extends Target ? string : Group | Spelled<Group> | Id | Alias | Several>;

/**
 * The options of a router again, with a place for each kind of name. Misspelled options are errors, and so are fallbacks,
 * aliases and groups that name what the list of models does not have, as far as its names are literals.
 */
export interface NamingOptions<
  Group extends string,
  Id extends string,
  Alias extends string,
  Several extends string,
  Target extends string,
>
  extends
    Omit<CreateRouterOptions, "modelList" | "modelGroupAlias" | "routingGroups" | keyof NamedLists<string, string>>,
    NamedLists<KnownName<Group, Id, Alias, Several, Target>, Target> {
  readonly modelList: readonly (Omit<DeploymentOptions, "modelName" | "id"> & {
    readonly modelName: Group;
    readonly id?: Id;
  })[];
  readonly modelGroupAlias?:
    | Readonly<Record<Alias, NamedAlias<KnownName<Group, Id, Alias, Several, Target>>>>
    | Found<Target, Readonly<Record<string, Target | { readonly model: Target }>>>;
  readonly routingGroups?:
    | Readonly<Record<Several, readonly KnownName<Group, Id, Alias, Several, Target>[]>>
    | Found<Target, Readonly<Record<string, readonly Target[]>>>;
}
